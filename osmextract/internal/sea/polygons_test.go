package sea

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/osmextract/internal/grid"
)

// waterFile returns a FeatureCollection of polygons, with positions like those of coastline.
func waterFile(t testing.TB, polygons ...[][]float64) string {
	t.Helper()
	collection := geojson.NewFeatureCollection()
	for _, rings := range polygons {
		var polygon orb.Polygon
		for _, positions := range rings {
			var ring orb.Ring
			for _, p := range coastline(middle(), positions...).Points {
				ll := p.LatLon()
				ring = append(ring, orb.Point{ll.Lon, ll.Lat})
			}
			polygon = append(polygon, ring)
		}
		collection.Append(geojson.NewFeature(polygon))
	}
	data, err := json.Marshal(collection)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestWaterPolygons(t *testing.T) {
	square := func(x0, y0, x1, y1 float64) []float64 { return []float64{x0, y0, x1, y0, x1, y1, x0, y1, x0, y0} }
	turned := func(x0, y0, x1, y1 float64) []float64 { return []float64{x0, y0, x0, y1, x1, y1, x1, y0, x0, y0} }
	// Its corners are collinear.
	sliver := func(x, y float64) []float64 {
		const step = 1.0 / loc2vec.Extent
		return []float64{x, y, x + step, y, x + 3*step, y, x, y}
	}
	for _, c := range []struct {
		name     string
		polygons [][][]float64
		want     string
		stats    Stats
	}{
		{
			name:     "a sea with an island, either way round",
			polygons: [][][]float64{{turned(-1, -1, 9, 9), turned(1.25, 0.25, 1.75, 0.75)}},
			want: `
				~~~~~~~~~~~~
				~~~~~##~~~~~
				~~~~~##~~~~~
				~~~~~~~~~~~~
				~~~~~~~~~~~~
				~~~~~~~~~~~~
				~~~~~~~~~~~~
				~~~~~~~~~~~~
				~~~~~~~~~~~~
				~~~~~~~~~~~~
				~~~~~~~~~~~~
				~~~~~~~~~~~~`,
			stats: Stats{Polygons: 1, Whole: 8, Mixed: 1},
		},
		{
			name: "a sea in two polygons that meet inside a tile, and a pond",
			polygons: [][][]float64{
				{square(-1, -1, 1.5, 1)},
				{square(1.5, -1, 9, 1)},
				{square(0.25, 2.25, 0.75, 2.75)},
			},
			want: `
				~~~~~~~~~~~~
				~~~~~~~~~~~~
				~~~~~~~~~~~~
				~~~~~~~~~~~~
				############
				############
				############
				############
				############
				#~~#########
				#~~#########
				############`,
			stats: Stats{Polygons: 3, Whole: 3, Mixed: 1},
		},
		{
			name:     "an island that is larger than the tile",
			polygons: [][][]float64{{square(-9, -9, 9, 9), square(0.5, 0.5, 2.5, 2.5)}},
			want: `
				~~~~~~~~~~~~
				~~~~~~~~~~~~
				~~########~~
				~~########~~
				~~########~~
				~~########~~
				~~########~~
				~~########~~
				~~########~~
				~~########~~
				~~~~~~~~~~~~
				~~~~~~~~~~~~`,
			stats: Stats{Polygons: 1, Mixed: 8},
		},
		{
			name:     "a rock that is smaller than the grid",
			polygons: [][][]float64{{square(-1, -1, 9, 9), sliver(1.5, 0.5)}},
			want:     strings.Repeat("\n"+strings.Repeat("~", 12), 12),
			stats:    Stats{Polygons: 1, Whole: 9},
		},
		{
			name:     "ponds that are smaller than the grid, one across tiles, one with an island larger than itself",
			polygons: [][][]float64{{sliver(1.5, 0.5)}, {sliver(0.9999, 1.5)}, {sliver(1.5, 2.5), square(1.25, 2.25, 1.75, 2.75)}},
			want:     strings.Repeat("\n"+strings.Repeat("#", 12), 12),
			stats:    Stats{Polygons: 3},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			cover := tileRect{tile: middle(), columns: 3, rows: 3}
			s, stats, err := FromPolygons(strings.NewReader(waterFile(t, c.polygons...)), cover)
			if err != nil {
				t.Fatal(err)
			}
			want := strings.ReplaceAll(strings.TrimPrefix(c.want, "\n"), "\t", "") + "\n"
			if got := picture(s, cover); got != want {
				t.Errorf("got\n%swant\n%s", got, want)
			}
			if stats != c.stats {
				t.Errorf("statistics\ngot  %+v\nwant %+v", stats, c.stats)
			}
			checkRings(t, s, cover)
		})
	}
}

// Islands make the same sea as coastlines and as holes of one water polygon.
func TestWaterPolygonsEqualCoastlines(t *testing.T) {
	for seed := range uint64(10) {
		rng := rand.New(rand.NewPCG(seed, 6))
		cover := tileRect{tile: middle(), columns: 6, rows: 6}
		ways, _ := randomCoasts(rng, cover, 20)
		fromCoast, _ := coastSea(ways, CoastOptions{Cover: cover})
		var stats Stats
		around := coastline(middle(), -9, -9, 15, -9, 15, 15, -9, 15, -9, -9)
		polygon := orb.Polygon{nil}
		for _, p := range around.Points {
			polygon[0] = append(polygon[0], orb.Point{p.LatLon().Lon, p.LatLon().Lat})
		}
		for _, chain := range joinCoast(ways, 0, &stats) {
			var ring orb.Ring
			for _, p := range append(chain.points, chain.points[0]) {
				ll := loc2vec.Point{X: float64(p.X) / grid.Across, Y: float64(p.Y) / grid.Across}.LatLon()
				ring = append(ring, orb.Point{ll.Lon, ll.Lat})
			}
			polygon = append(polygon, ring)
		}
		data, err := json.Marshal(geojson.NewFeature(polygon))
		if err != nil {
			t.Fatal(err)
		}
		fromPolygon, _, err := FromPolygons(strings.NewReader(string(data)), cover)
		if err != nil {
			t.Fatal(err)
		}
		for tile := range cover.Tiles() {
			a, b := int64(0), int64(0)
			for _, ring := range fromCoast.Rings(tile) {
				a += loc2vec.DoubleArea(ring)
			}
			for _, ring := range fromPolygon.Rings(tile) {
				b += loc2vec.DoubleArea(ring)
			}
			if a != b {
				t.Fatalf("seed %d, tile %v: area %d from coastlines, %d from the polygon", seed, tile, a, b)
			}
		}
	}
}

func TestWaterPolygonsBadInput(t *testing.T) {
	pond := `{"type":"Feature","properties":null,"geometry":{"type":"Polygon","coordinates":[[[17.8,42.1],[17.81,42.1],[17.81,42.11],[17.8,42.1]]]}}`
	bare := strings.TrimSuffix(strings.SplitAfter(pond, `"geometry":`)[1], "}")
	for _, c := range []struct {
		name, data string
		is         error  // nil: any error
		says       string // "": no error
	}{
		{name: "feature", data: pond},
		{name: "sequence of features", data: "\x1e" + pond + "\n\x1e" + pond + "\n"},
		{name: "collection with a line and a feature without geometry", data: `{"type":"FeatureCollection","features":[` + pond +
			`,{"type":"Feature","geometry":{"type":"LineString","coordinates":[[1,2],[3,4]]}},{"type":"Feature","geometry":null}]}`},
		{name: "collection of geometries", data: pond + `{"type":"Feature","geometry":{"type":"GeometryCollection","geometries":[null]}}`},
		{name: "polygon in a collection", data: `{"type":"Feature","geometry":{"type":"GeometryCollection","geometries":[` + bare + `]}}`},
		{name: "bare polygon after a mark", data: "\ufeff" + bare},
		{name: "lines", data: `{"type":"LineString","coordinates":[[1,2],[3,4]]}{"type":"Feature","geometry":null}`, is: loc2vec.ErrCorrupt, says: "holds no polygon, only other features: 1 without a geometry, 1 LineString"},
		{name: "position of one number", data: strings.Replace(pond, "[17.81,42.1]", "[17.81]", 1), is: loc2vec.ErrCorrupt, says: "at byte"},
		{name: "polygon without coordinates", data: `{"type":"Feature","geometry":{"type":"Polygon"}}`, is: loc2vec.ErrCorrupt, says: "at byte"},
		{name: "polygon of numbers", data: `{"type":"Feature","geometry":{"type":"Polygon","coordinates":[1,2]}}`, is: loc2vec.ErrCorrupt, says: "at byte"},
		{name: "features in features", data: strings.Repeat(`{"features":[`, 100_000), is: loc2vec.ErrCorrupt, says: "max depth"},
		{name: "deep geometry", data: `{"geometry":{"type":"Polygon","coordinates":` + strings.Repeat("[", 100_000), is: loc2vec.ErrCorrupt, says: "max depth"},
		{name: "empty file", data: "", is: loc2vec.ErrCorrupt, says: "holds no polygon"},
		{name: "collection of nothing", data: `{"type":"FeatureCollection","features":[]}`, is: loc2vec.ErrCorrupt, says: "holds no polygon"},
		{name: "truncated", data: pond[:len(pond)-20], is: loc2vec.ErrCorrupt, says: "at byte"},
		{name: "not JSON", data: "water", is: loc2vec.ErrCorrupt, says: "at byte"},
		{name: "not an object", data: "[1]", is: loc2vec.ErrCorrupt, says: "not GeoJSON"},
		{name: "shapefile", data: "\x00\x00\x27\x0a\x00\x00", says: "ogr2ogr"},
		{name: "zip", data: "PK\x03\x04", says: "ogr2ogr"},
		{name: "metres", data: strings.ReplaceAll(pond, "17.8", "1981000"), is: loc2vec.ErrCoordinate, says: "EPSG:4326"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := FromPolygons(strings.NewReader(c.data), tileRect{tile: middle(), columns: 2, rows: 2})
			switch {
			case c.says == "" && err != nil:
				t.Errorf("got %v", err)
			case c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)):
				t.Errorf("got %v, want an error with %q", err, c.says)
			case c.is != nil && !errors.Is(err, c.is):
				t.Errorf("got %v, want one that is %v", err, c.is)
			}
		})
	}
}

func FuzzWaterPolygons(f *testing.F) {
	f.Add([]byte(waterFile(f, [][]float64{{0.5, 0.5, 1.5, 0.5, 1.5, 1.5, 0.5, 0.5}, {0.75, 0.6, 0.8, 0.7, 0.9, 0.8, 0.75, 0.6}})))
	f.Add([]byte(`{"type":"Feature","geometry":{"type":"MultiPolygon","coordinates":[[[[17.8,42.1],[-180,90],[180,-90],[17.8,42.1]]]]}}`))
	f.Add([]byte("\x1e{\"geometry\":null}"))
	cover := tileRect{tile: middle(), columns: 3, rows: 3}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, _, err := FromPolygons(strings.NewReader(string(data)), cover)
		if err != nil {
			return
		}
		for tile := range cover.Tiles() {
			for _, ring := range s.Rings(tile) {
				for _, p := range ring {
					if min(p.X, p.Y) < 0 || max(p.X, p.Y) > loc2vec.Extent {
						t.Fatal(fmt.Errorf("tile %v: point %v", tile, p))
					}
				}
			}
		}
	})
}

// TestWaterPolygonsAcrossTheAntimeridian: a polygon across the antimeridian, in one ring or cut in two as RFC 7946 wants
// it, gives the sea of the same polygon anywhere else.
func TestWaterPolygonsAcrossTheAntimeridian(t *testing.T) {
	const row, turns = 8100, 1 << loc2vec.Zoom
	width := 360.0 / turns // of a tile
	seaAt := func(column uint32, rings ...[][2]float64) (areas []int64) {
		var coordinates []string
		for _, ring := range rings {
			var points []string
			for _, p := range append(ring, ring[0]) {
				lon := float64(column)*width - 180 + p[0]*width
				if lon < -180 {
					lon += 360
				}
				lat := loc2vec.Point{Y: (row + p[1]) / turns}.LatLon().Lat
				points = append(points, fmt.Sprintf("[%.9f,%.9f]", lon, lat))
			}
			coordinates = append(coordinates, "[["+strings.Join(points, ",")+"]]")
		}
		file := `{"type":"MultiPolygon","coordinates":[` + strings.Join(coordinates, ",") + `]}`
		west := loc2vec.Tile{X: (column + turns - 1) % turns, Y: row}
		east := loc2vec.Tile{X: column, Y: row}
		s, _, err := FromPolygons(strings.NewReader(file), tileSet{west: true, east: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, tile := range []loc2vec.Tile{west, east} {
			area := int64(0)
			for _, ring := range s.Rings(tile) {
				area += loc2vec.DoubleArea(ring)
			}
			areas = append(areas, area)
		}
		return areas
	}
	whole := [][2]float64{{-0.5, 0.25}, {0.25, 0.25}, {0.25, 0.75}, {-0.5, 0.75}}
	west := [][2]float64{{-0.5, 0.25}, {0, 0.25}, {0, 0.75}, {-0.5, 0.75}}
	east := [][2]float64{{0, 0.25}, {0.25, 0.25}, {0.25, 0.75}, {0, 0.75}}
	want := seaAt(8200, whole)
	if want[0] == 0 || want[1] == 0 || want[0] != 2*want[1] {
		t.Fatalf("areas %v elsewhere", want)
	}
	if got := seaAt(0, whole); !slices.Equal(got, want) {
		t.Errorf("in one ring: areas %v, want %v", got, want)
	}
	// On the antimeridian itself 180 and -180 are the same: the western part ends at 180.
	if got := seaAt(8200, west, east); !slices.Equal(got, want) {
		t.Errorf("cut in two elsewhere: areas %v, want %v", got, want)
	}
}
