package sea

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/paulmach/osm"
	"github.com/paulmach/osm/osmpbf"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/osmtestdata"
	"github.com/loc2vec/loc2vec/osmextract/internal/grid"
)

// realCoast is the coast of a real extract.
type realCoast struct {
	ways  []Way
	box   loc2vec.Bounds
	cover tileRect
}

// readCoast reads the coastlines of a PBF file. The area is the box of the header, or else the box of the
// nodes.
func readCoast(t testing.TB, path string) realCoast {
	t.Helper()
	var coast realCoast
	type way struct {
		id    int64
		nodes []int64
	}
	var ways []way
	needed := make(map[int64]bool)
	scan(t, path, func(s *osmpbf.Scanner) { s.SkipNodes, s.SkipRelations = true, true }, func(o osm.Object) {
		w, ok := o.(*osm.Way)
		if !ok || w.Tags.Find("natural") != "coastline" {
			return
		}
		ids := make([]int64, len(w.Nodes))
		for i, n := range w.Nodes {
			ids[i] = int64(n.ID)
			needed[ids[i]] = true
		}
		ways = append(ways, way{id: int64(w.ID), nodes: ids})
	})
	points := make(map[int64]loc2vec.Point, len(needed))
	data := loc2vec.Bounds{Min: loc2vec.LatLon{Lat: 90, Lon: 180}, Max: loc2vec.LatLon{Lat: -90, Lon: -180}}
	header := scan(t, path, func(s *osmpbf.Scanner) { s.SkipWays, s.SkipRelations = true, true }, func(o osm.Object) {
		n := o.(*osm.Node)
		ll := loc2vec.LatLon{Lat: n.Lat, Lon: n.Lon}
		data.Min = loc2vec.LatLon{Lat: min(data.Min.Lat, ll.Lat), Lon: min(data.Min.Lon, ll.Lon)}
		data.Max = loc2vec.LatLon{Lat: max(data.Max.Lat, ll.Lat), Lon: max(data.Max.Lon, ll.Lon)}
		if needed[int64(n.ID)] {
			points[int64(n.ID)] = ll.Point()
		}
	})
	for _, w := range ways {
		coast.ways = append(coast.ways, NewWays(w.id, w.nodes, func(i int) (loc2vec.Point, bool) {
			p, ok := points[w.nodes[i]]
			return p, ok
		})...)
	}
	coast.box = data
	if b := header.Bounds; b != nil {
		coast.box = loc2vec.Bounds{Min: loc2vec.LatLon{Lat: b.MinLat, Lon: b.MinLon}, Max: loc2vec.LatLon{Lat: b.MaxLat, Lon: b.MaxLon}}
	}
	first := loc2vec.LatLon{Lat: coast.box.Max.Lat, Lon: coast.box.Min.Lon}.Point().Tile()
	last := loc2vec.LatLon{Lat: coast.box.Min.Lat, Lon: coast.box.Max.Lon}.Point().Tile()
	coast.cover = tileRect{tile: first, columns: last.X - first.X + 1, rows: last.Y - first.Y + 1}
	return coast
}

func scan(t testing.TB, path string, configure func(*osmpbf.Scanner), each func(osm.Object)) *osmpbf.Header {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Skipf("needs the extract %s: %v", filepath.Base(path), err)
	}
	defer f.Close()
	s := osmpbf.New(context.Background(), f, 2)
	defer s.Close()
	configure(s)
	header, err := s.Header()
	if err != nil {
		t.Fatal(err)
	}
	for s.Scan() {
		each(s.Object())
	}
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
	return header
}

func (c realCoast) sea() (*Map, Stats) {
	return coastSea(c.ways, CoastOptions{Cover: c.cover, Boxes: []loc2vec.Bounds{c.box}})
}

// coastLandmark is a place known to be sea or land.
type coastLandmark struct {
	name string
	at   loc2vec.LatLon
	wet  bool
}

// coastPlaces lists landmarks by extract. Package osmtestdata finds some of them; the others are files
// of a folder that most checkouts lack.
func coastPlaces() map[string][]coastLandmark {
	const wet, dry = true, false
	return map[string][]coastLandmark{
		"monaco": {
			{"Port Hercule", loc2vec.LatLon{Lat: 43.7347, Lon: 7.4256}, wet},
			{"off Larvotto beach", loc2vec.LatLon{Lat: 43.7440, Lon: 7.4370}, wet},
			{"open sea in the south-east", loc2vec.LatLon{Lat: 43.7270, Lon: 7.4400}, wet},
			{"Casino", loc2vec.LatLon{Lat: 43.7392, Lon: 7.4275}, dry},
			{"Prince's Palace", loc2vec.LatLon{Lat: 43.7315, Lon: 7.4202}, dry},
			{"Oceanographic Museum", loc2vec.LatLon{Lat: 43.7309, Lon: 7.4254}, dry},
			{"Louis II stadium", loc2vec.LatLon{Lat: 43.7276, Lon: 7.4157}, dry},
			{"Jardin exotique", loc2vec.LatLon{Lat: 43.7326, Lon: 7.4140}, dry},
		},
		"honolulu": {
			{"off Waikiki beach", loc2vec.LatLon{Lat: 21.2720, Lon: -157.8320}, wet},
			{"Kaneohe Bay", loc2vec.LatLon{Lat: 21.4600, Lon: -157.8150}, wet},
			{"Pearl Harbor, beside Ford Island", loc2vec.LatLon{Lat: 21.3570, Lon: -157.9700}, wet},
			{"open sea in the south-west", loc2vec.LatLon{Lat: 21.2200, Lon: -158.3000}, wet},
			{"open sea in the north", loc2vec.LatLon{Lat: 21.7600, Lon: -157.8000}, wet},
			{"Ford Island", loc2vec.LatLon{Lat: 21.3640, Lon: -157.9600}, dry},
			{"Diamond Head", loc2vec.LatLon{Lat: 21.2620, Lon: -157.8060}, dry},
			{"Iolani Palace", loc2vec.LatLon{Lat: 21.3067, Lon: -157.8588}, dry},
			{"Wahiawa", loc2vec.LatLon{Lat: 21.5028, Lon: -158.0236}, dry},
			{"Kaena Point's ridge", loc2vec.LatLon{Lat: 21.5500, Lon: -158.2200}, dry},
		},
		"delaware": {
			{"Delaware Bay", loc2vec.LatLon{Lat: 39.1000, Lon: -75.2500}, wet},
			{"Atlantic off Rehoboth Beach", loc2vec.LatLon{Lat: 38.7200, Lon: -75.0300}, wet},
			{"Delaware River at New Castle", loc2vec.LatLon{Lat: 39.6500, Lon: -75.5450}, wet},
			{"Dover", loc2vec.LatLon{Lat: 39.1580, Lon: -75.5240}, dry},
			{"Wilmington", loc2vec.LatLon{Lat: 39.7450, Lon: -75.5480}, dry},
			{"Rehoboth Beach", loc2vec.LatLon{Lat: 38.7160, Lon: -75.0860}, dry},
			{"Georgetown", loc2vec.LatLon{Lat: 38.6900, Lon: -75.3850}, dry},
			{"Pea Patch Island", loc2vec.LatLon{Lat: 39.5880, Lon: -75.5720}, dry},
			{"Pennsylvania", loc2vec.LatLon{Lat: 39.9500, Lon: -75.6000}, dry},
		},
		"bremen": {
			{"Weser off Bremerhaven", loc2vec.LatLon{Lat: 53.5400, Lon: 8.5600}, wet},
			{"Weser at Vegesack", loc2vec.LatLon{Lat: 53.1690, Lon: 8.6150}, wet},
			{"Bremerhaven's centre", loc2vec.LatLon{Lat: 53.5440, Lon: 8.5850}, dry},
			{"Bremen's cathedral", loc2vec.LatLon{Lat: 53.0753, Lon: 8.8087}, dry},
			{"between the two cities", loc2vec.LatLon{Lat: 53.3500, Lon: 8.7500}, dry},
			{"Blockland", loc2vec.LatLon{Lat: 53.1300, Lon: 8.8200}, dry},
		},
		"malta-2016-11": {
			{"Grand Harbour", loc2vec.LatLon{Lat: 35.8930, Lon: 14.5160}, wet},
			{"Marsamxett Harbour", loc2vec.LatLon{Lat: 35.9010, Lon: 14.5080}, wet},
			{"between Comino and Gozo", loc2vec.LatLon{Lat: 36.0200, Lon: 14.3150}, wet},
			{"Marsaxlokk Bay", loc2vec.LatLon{Lat: 35.8280, Lon: 14.5450}, wet},
			{"open sea in the north-east", loc2vec.LatLon{Lat: 36.1000, Lon: 14.6000}, wet},
			{"Mdina", loc2vec.LatLon{Lat: 35.8859, Lon: 14.4031}, dry},
			{"Valletta", loc2vec.LatLon{Lat: 35.8989, Lon: 14.5135}, dry},
			{"Comino", loc2vec.LatLon{Lat: 36.0120, Lon: 14.3370}, dry},
			{"Victoria on Gozo", loc2vec.LatLon{Lat: 36.0440, Lon: 14.2390}, dry},
		},
		"helgoland-2026-07": {
			{"between the islands", loc2vec.LatLon{Lat: 54.1830, Lon: 7.9010}, wet},
			{"open sea in the west", loc2vec.LatLon{Lat: 54.1700, Lon: 7.8650}, wet},
			{"southern harbour", loc2vec.LatLon{Lat: 54.1720, Lon: 7.8940}, wet},
			{"Oberland", loc2vec.LatLon{Lat: 54.1825, Lon: 7.8830}, dry},
			{"Dune's airfield", loc2vec.LatLon{Lat: 54.1855, Lon: 7.9150}, dry},
		},
		"gibraltar-2017-09": {
			{"Bay of Gibraltar", loc2vec.LatLon{Lat: 36.1300, Lon: -5.3900}, wet},
			{"Mediterranean in the east", loc2vec.LatLon{Lat: 36.1300, Lon: -5.3000}, wet},
			{"Strait in the south", loc2vec.LatLon{Lat: 36.0700, Lon: -5.3400}, wet},
			{"inside the detached mole", loc2vec.LatLon{Lat: 36.1400, Lon: -5.3635}, wet},
			{"airport, middle of the runway", loc2vec.LatLon{Lat: 36.1512, Lon: -5.3480}, dry},
			{"the Rock", loc2vec.LatLon{Lat: 36.1250, Lon: -5.3430}, dry},
			{"Europa Point", loc2vec.LatLon{Lat: 36.1110, Lon: -5.3460}, dry},
			{"La Linea", loc2vec.LatLon{Lat: 36.1610, Lon: -5.3480}, dry},
		},
		"bahamas-2015-06": {
			{"Nassau Harbour", loc2vec.LatLon{Lat: 25.0815, Lon: -77.3400}, wet},
			{"Tongue of the Ocean", loc2vec.LatLon{Lat: 24.5000, Lon: -77.5000}, wet},
			{"Atlantic in the east", loc2vec.LatLon{Lat: 25.5000, Lon: -74.0000}, wet},
			{"Florida Strait", loc2vec.LatLon{Lat: 24.0000, Lon: -79.2000}, wet},
			{"Crooked Island's bight", loc2vec.LatLon{Lat: 22.6500, Lon: -74.1500}, wet},
			{"Nassau", loc2vec.LatLon{Lat: 25.0600, Lon: -77.3450}, dry},
			{"Paradise Island", loc2vec.LatLon{Lat: 25.0815, Lon: -77.3160}, dry},
			{"Freeport", loc2vec.LatLon{Lat: 26.5300, Lon: -78.6900}, dry},
			{"Andros", loc2vec.LatLon{Lat: 24.7500, Lon: -78.0000}, dry},
			{"Great Inagua", loc2vec.LatLon{Lat: 21.0800, Lon: -73.3500}, dry},
		},
		"us-virgin-islands-2023-10": {
			{"harbour of Charlotte Amalie", loc2vec.LatLon{Lat: 18.3330, Lon: -64.9300}, wet},
			{"between St Thomas and St Croix", loc2vec.LatLon{Lat: 18.0000, Lon: -64.8000}, wet},
			{"Charlotte Amalie", loc2vec.LatLon{Lat: 18.3440, Lon: -64.9310}, dry},
			{"Cruz Bay, inland", loc2vec.LatLon{Lat: 18.3300, Lon: -64.7850}, dry},
			{"Christiansted", loc2vec.LatLon{Lat: 17.7450, Lon: -64.7060}, dry},
			{"St Croix's airport", loc2vec.LatLon{Lat: 17.7020, Lon: -64.8000}, dry},
		},
		"helsinki-centre-2019-04": {
			{"South Harbour", loc2vec.LatLon{Lat: 60.1655, Lon: 24.9575}, wet},
			{"bay north of Kaisaniemi", loc2vec.LatLon{Lat: 60.1780, Lon: 24.9430}, wet},
			{"Senate Square", loc2vec.LatLon{Lat: 60.1695, Lon: 24.9522}, dry},
			{"railway station", loc2vec.LatLon{Lat: 60.1719, Lon: 24.9414}, dry},
			{"Kamppi", loc2vec.LatLon{Lat: 60.1690, Lon: 24.9320}, dry},
		},
		"belize-2015-08": {
			{"off Belize City", loc2vec.LatLon{Lat: 17.4500, Lon: -88.1200}, wet},
			{"Caribbean in the east", loc2vec.LatLon{Lat: 17.0000, Lon: -87.0000}, wet},
			{"Belize City", loc2vec.LatLon{Lat: 17.4990, Lon: -88.1950}, dry},
			{"Belmopan", loc2vec.LatLon{Lat: 17.2510, Lon: -88.7590}, dry},
			{"San Pedro", loc2vec.LatLon{Lat: 17.9210, Lon: -87.9610}, dry},
			{"Guatemala", loc2vec.LatLon{Lat: 17.0000, Lon: -89.2000}, dry},
		},
		"saint-barthelemy-2014-01": {
			{"harbour of Gustavia", loc2vec.LatLon{Lat: 17.8990, Lon: -62.8530}, wet},
			{"open sea in the south", loc2vec.LatLon{Lat: 17.7000, Lon: -62.8000}, wet},
			{"Morne du Vitet", loc2vec.LatLon{Lat: 17.9050, Lon: -62.8020}, dry},
		},
		"liechtenstein-2022-12": {
			{"Vaduz", loc2vec.LatLon{Lat: 47.1410, Lon: 9.5210}, dry},
		},
	}
}

// extractPath returns the path of an extract of coastPlaces.
func extractPath(t testing.TB, name string) string {
	if _, err := osmtestdata.Lookup(name); err == nil {
		return osmtestdata.Path(t, name)
	}
	return filepath.Join("..", "..", "..", "..", "shared", "osm", name+".osm.pbf")
}

func TestRealCoasts(t *testing.T) {
	for name, landmarks := range coastPlaces() {
		t.Run(name, func(t *testing.T) {
			coast := readCoast(t, extractPath(t, name))
			s, stats := coast.sea()
			t.Logf("%+v", stats)
			checkRings(t, s, coast.cover)
			if stats.Conflicts == 0 {
				checkSeams(t, s, coast.cover, coast.ways)
			}
			for _, landmark := range landmarks {
				if got := s.inSea(grid.Of(landmark.at.Point())); got != landmark.wet {
					t.Errorf("%s (%v): in the sea %v, want %v", landmark.name, landmark.at, got, landmark.wet)
				}
			}
		})
	}
}
