package osmextract

import (
	"math"
	"reflect"
	"slices"
	"testing"

	"github.com/paulmach/orb"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/mvt"
	"github.com/loc2vec/loc2vec/pack"
)

// shapesAround returns the parts of each tile of a pack, with the columns moved so that they count from a
// meridian.
func shapesAround(t *testing.T, pack *pack.Reader, meridian float64) map[loc2vec.Tile][]loc2vec.Part {
	t.Helper()
	const columns = 1 << loc2vec.Zoom
	origin := uint32(math.Round((meridian+180)/360*columns)) % columns
	shapes := map[loc2vec.Tile][]loc2vec.Part{}
	var d mvt.Decoder
	for tile, err := range pack.Tiles() {
		if err != nil {
			t.Fatal(err)
		}
		data, err := pack.ReadTile(nil, tile)
		if err != nil {
			t.Fatal(err)
		}
		tile.X = (tile.X + columns/2 - origin + columns) % columns
		shapes[tile] = nil
		err = d.Decode(data, func(p *loc2vec.Part) {
			part := *p
			part.Points = slices.Clone(p.Points)
			shapes[tile] = append(shapes[tile], part)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return shapes
}

// mapAround returns a map around a meridian: a road, a house, a lake with an island, and an island in the sea
// with a town on it, all on both sides of the meridian.
func mapAround(meridian float64) extractFile {
	at := func(lat, lon float64) loc2vec.LatLon {
		lon += meridian
		if lon > 180 {
			lon -= 360
		}
		return loc2vec.LatLon{Lat: -16.8 + lat, Lon: lon}
	}
	box := loc2vec.Bounds{Min: at(-0.25, -0.25), Max: at(0.25, 0.25)}
	e := extractFile{box: &box}
	square := func(first int64, lat, lon, side float64) []int64 {
		var way []int64
		for i, corner := range [][2]float64{{-1, -1}, {-1, 1}, {1, 1}, {1, -1}} {
			id := first + int64(i)
			e.nodes = append(e.nodes, testNode{id: id, at: at(lat+corner[0]*side/2, lon+corner[1]*side/2)})
			way = append(way, id)
		}
		return append(way, first)
	}
	coast, house := square(1, 0, 0, 0.2), square(11, 0.0101, 0.0001, 0.0009)
	lake, island, wood := square(21, -0.03, 0.0011, 0.02), square(31, -0.03, 0.0021, 0.004), square(41, 0.05, 0.0307, 0.011)
	for i, lon := range []float64{-0.0801, -0.0007, 0.0013, 0.0603} {
		e.nodes = append(e.nodes, testNode{id: int64(51 + i), at: at(0.001*float64(i), lon)})
	}
	e.ways = []testWay{
		{1, coast, "natural=coastline"}, {2, house, "building=yes"}, {3, lake, ""}, {4, island, ""},
		{5, []int64{51, 52, 53, 54}, "highway=primary"}, {6, wood, "landuse=forest"},
	}
	e.relations = []testRelation{{1, "outer:3 inner:4", "type=multipolygon natural=water"}}
	return e
}

// nearlyEqual reports whether parts differ by one step at most: where a shape is cut first, cuts are rounded
// first.
func nearlyEqual(p, q loc2vec.Part) bool {
	near := func(a, b loc2vec.TilePoint) bool { return max(a.X-b.X, b.X-a.X, a.Y-b.Y, b.Y-a.Y) <= 1 }
	return p.Layer == q.Layer && p.Kind == q.Kind && slices.EqualFunc(p.Points, q.Points, near)
}

// A map across the antimeridian is the same as one across the meridian of Greenwich: from a file and from a
// database.
func TestAntimeridian(t *testing.T) {
	extracts := map[string]func(t *testing.T, e extractFile) (*pack.Reader, Stats){
		"file": func(t *testing.T, e extractFile) (*pack.Reader, Stats) {
			return extractOf(t, Options{Files: []string{e.write(t)}})
		},
		"file without a box": func(t *testing.T, e extractFile) (*pack.Reader, Stats) {
			e.box = nil
			return extractOf(t, Options{Files: []string{e.write(t)}})
		},
		"database": func(t *testing.T, e extractFile) (*pack.Reader, Stats) {
			places := map[int64]loc2vec.LatLon{}
			for _, n := range e.nodes {
				places[n.id] = n.at
			}
			lines := map[int64]orb.LineString{}
			for _, w := range e.ways {
				for _, n := range w.nodes {
					lines[w.id] = append(lines[w.id], pointOf(places[n]))
				}
			}
			features := []Feature{area("type=multipolygon natural=water", orb.Ring(lines[3]), orb.Ring(lines[4]))}
			for _, w := range e.ways {
				features = append(features, way(w.tags, lines[w.id]...))
			}
			return extractMemory(t, e.box, features...)
		},
	}
	for name, extract := range extracts {
		t.Run(name, func(t *testing.T) {
			wantPack, wantStats := extract(t, mapAround(0))
			gotPack, gotStats := extract(t, mapAround(180))
			want, got := shapesAround(t, wantPack, 0), shapesAround(t, gotPack, 180)
			for tile, parts := range want {
				if other, ok := got[tile]; !ok || !slices.EqualFunc(parts, other, nearlyEqual) {
					t.Errorf("tile %v: %v, %v, want %v", tile, ok, other, parts)
				}
			}
			if len(got) != len(want) || len(want) < 100 && name == "file" {
				t.Errorf("%d tiles, want %d", len(got), len(want))
			}
			if !reflect.DeepEqual(gotStats.Sea, wantStats.Sea) || gotStats.Sea.Whole == 0 && name == "file" || gotStats.Sea.Conflicts > 0 {
				t.Errorf("sea %+v, want %+v", gotStats.Sea, wantStats.Sea)
			}
			if !reflect.DeepEqual(gotStats.Shapes, wantStats.Shapes) || len(gotStats.Shapes) < 4 {
				t.Errorf("%v, want %v", gotStats.Shapes, wantStats.Shapes)
			}
		})
	}
}
