package osmextract

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/extracts"
)

// square adds the nodes of a square of the given side in metres, centred at the given metres east
// and north of a place in the middle of the test region, and returns them as a closed way.
func (e *extractFile) square(first int64, east, north, side float64) []int64 {
	var way []int64
	for i, corner := range [][2]float64{{-1, -1}, {1, -1}, {1, 1}, {-1, 1}} {
		id := first + int64(i)
		at := centre().Offset(east+corner[0]*side/2, north+corner[1]*side/2)
		e.nodes = append(e.nodes, testNode{id: id, at: at})
		way = append(way, id)
	}
	return append(way, first)
}

// centre is where the test region is: the middle of a tile.
func centre() loc2vec.LatLon {
	b := loc2vec.Tile{X: 8500, Y: 5900}.Bounds()
	return loc2vec.LatLon{Lat: (b.Min.Lat + b.Max.Lat) / 2, Lon: (b.Min.Lon + b.Max.Lon) / 2}
}

// region is a box of a few tiles around the centre.
func region() *loc2vec.Bounds {
	return &loc2vec.Bounds{Min: centre().Offset(-3000, -3000), Max: centre().Offset(3000, 3000)}
}

func TestMultipolygonTags(t *testing.T) {
	tests := []struct {
		name                      string
		outer, inner, relation    string // tags
		members                   string
		vegetation, water, parks  float64 // expected, in square metres: the outer way has 1,000,000, the inner 10,000
		openOuter, secondOuterWay bool
	}{
		{name: "tags on the relation", relation: "type=multipolygon landuse=forest", vegetation: 990_000},
		{name: "roles do not matter", relation: "type=multipolygon landuse=forest", members: ":1 :2", vegetation: 990_000},
		{name: "wrong roles do not matter", relation: "type=multipolygon landuse=forest", members: "inner:1 outer:2", vegetation: 990_000},
		{name: "a member twice", relation: "type=multipolygon landuse=forest", members: "outer:1 outer:1 inner:2", vegetation: 990_000},
		{name: "boundary", relation: "type=boundary leisure=park", parks: 990_000},
		{name: "tags on the outer way", outer: "landuse=forest", relation: "type=multipolygon", vegetation: 990_000},
		{name: "tags on the outer way, a name on the relation", outer: "landuse=forest", relation: "type=multipolygon name=X", vegetation: 990_000},
		{name: "tags on both", outer: "landuse=forest", relation: "type=multipolygon landuse=forest", vegetation: 990_000},
		{name: "another layer on the outer way", outer: "leisure=park", relation: "type=multipolygon landuse=forest", vegetation: 990_000, parks: 1_000_000},
		{name: "tags on the inner way", inner: "natural=water", relation: "type=multipolygon landuse=forest", vegetation: 990_000, water: 10_000},
		{name: "inner way of the same layer", inner: "landuse=meadow", relation: "type=multipolygon landuse=forest", vegetation: 1_000_000},
		{name: "old style, inner way of another layer", outer: "landuse=forest", inner: "natural=water", relation: "type=multipolygon", vegetation: 990_000, water: 10_000},
		{name: "old style, inner way of the same layer", outer: "landuse=forest", inner: "landuse=meadow", relation: "type=multipolygon", vegetation: 1_000_000},
		{name: "old style, the inner way repeats the tags", outer: "landuse=forest source=a", inner: "landuse=forest source=b", relation: "type=multipolygon", vegetation: 990_000},
		{name: "administrative boundary", outer: "landuse=forest", relation: "type=multipolygon boundary=administrative", vegetation: 1_000_000},
		{name: "no multipolygon", outer: "landuse=forest", relation: "type=route route=bus", vegetation: 1_000_000},
		{name: "a missing member", outer: "landuse=forest", relation: "type=multipolygon", members: "outer:1 inner:2 inner:3", vegetation: 990_000},
		{name: "a missing outer way", inner: "natural=water", relation: "type=multipolygon landuse=forest", members: "inner:2 outer:4", water: 10_000},
	}
	for _, test := range tests {
		e := extractFile{box: region()}
		outer, inner := e.square(1, 0, 0, 1000), e.square(11, 100, 50, 100)
		e.ways = []testWay{{1, outer, test.outer}, {2, inner, test.inner}}
		if test.members == "" {
			test.members = "outer:1 inner:2"
		}
		e.relations = []testRelation{{1, test.members, test.relation}}
		pack, stats := extractOf(t, Options{PBF: []string{e.write(t)}})
		got := areasIn(t, pack)
		for layer, want := range map[string]float64{"vegetation": test.vegetation, "water": test.water, "park": test.parks} {
			if math.Abs(got[layer]-want) > 0.002*want {
				t.Errorf("%s: %s covers %.0f m², want %.0f", test.name, layer, got[layer], want)
			}
		}
		if want := strings.Count(test.members, ":3") + strings.Count(test.members, ":4"); stats.Areas.MissingWays != want {
			t.Errorf("%s: %d missing ways, want %d", test.name, stats.Areas.MissingWays, want)
		}
	}
}

// An old-style multipolygon may have several outer rings, each of several ways.
func TestOldStyleMultipolygonOfSeveralWays(t *testing.T) {
	e := extractFile{box: region()}
	a, b := e.square(1, 0, 0, 1000), e.square(11, 2000, 0, 1000)
	e.ways = []testWay{
		{1, a[:3], "landuse=forest"}, {2, a[2:], "landuse=forest"},
		{3, b[:4], "natural=water"}, {4, b[3:], "source=survey"},
	}
	e.relations = []testRelation{{1, "outer:1 outer:2 outer:3 outer:4", "type=multipolygon"}}
	pack, stats := extractOf(t, Options{PBF: []string{e.write(t)}})
	got := areasIn(t, pack)
	for _, layer := range []string{"vegetation", "water"} {
		if math.Abs(got[layer]-1e6) > 2e3 {
			t.Errorf("%s covers %.0f m², want 1000000", layer, got[layer])
		}
	}
	if stats.Areas.OldStyle != 1 || stats.Areas.Complete != 1 {
		t.Errorf("%+v", stats.Areas)
	}
}

// An outline that is cut off is closed where that changes nothing inside of the box, and only there.
func TestOutlinesCutOffAtTheBox(t *testing.T) {
	// The test region reaches 3000 m from its centre. Ways that are named but not there lie outside.
	tests := []struct {
		name   string
		chains []string // of corners, in km east and north, a way each
		lacks  bool     // some way of the outline is not in the file
		closed int
		wet    string // places inside the outline
	}{
		{"beyond the eastern side", []string{"4,1 2,1 2,-1 4,-1"}, true, 1, "2.1,0.9 2.9,0.9 2.9,-0.9 2.9,0"},
		{"beyond the northern side, in two ways", []string{"0,4 0,2 1,2", "1,2 1,5"}, true, 1, "0.1,2.1 0.9,2.9"},
		{"with a ring of its own", []string{"4,1 2,1 2,-1 4,-1", "0,0 1,0 1,1 0,1 0,0"}, true, 1, "2.1,0.9 2.9,0.9 2.9,-0.9 2.9,0 0.5,0.5"},
		{"an end inside", []string{"2.5,1 2,1 2,-1 4,-1"}, true, 0, ""},
		{"beyond two sides", []string{"4,1 1,1 1,4"}, true, 0, ""},
		{"two gaps", []string{"4,1 2,1 2,-1 4,-1", "0,4 0,2 1,2 1,5"}, true, 0, ""},
		{"nothing lacks", []string{"4,1 2,1 2,-1 4,-1"}, false, 0, ""},
	}
	parse := func(corner string) loc2vec.LatLon {
		var east, north float64
		if _, err := fmt.Sscanf(corner, "%g,%g", &east, &north); err != nil {
			t.Fatal(err)
		}
		return centre().Offset(1000*east, 1000*north)
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e := extractFile{box: region()}
			e.square(1, -1000, -1000, 100) // most nodes are inside, or the box would not be believed
			e.square(11, -1000, -2000, 100)
			ids, next, members := map[string]int64{}, int64(100), ""
			for i, chain := range test.chains {
				way := testWay{id: int64(i + 1)}
				for _, corner := range strings.Fields(chain) {
					if ids[corner] == 0 {
						ids[corner] = next
						e.nodes = append(e.nodes, testNode{id: next, at: parse(corner)})
						next++
					}
					way.nodes = append(way.nodes, ids[corner])
				}
				e.ways = append(e.ways, way)
				members += fmt.Sprintf("outer:%d ", way.id)
			}
			if test.lacks {
				members += "outer:99"
			}
			e.relations = []testRelation{{id: 1, members: members, tags: "type=multipolygon natural=water"}}
			pack, stats := extractOf(t, Options{PBF: []string{e.write(t)}})
			if stats.Areas.Closed != test.closed || stats.Areas.Complete != 0 || stats.Areas.Open+stats.Areas.Empty != 1 {
				t.Errorf("%+v, want %d closed", stats.Areas, test.closed)
			}
			for _, corner := range strings.Fields("2.1,0.9 2.9,0.9 2.9,-0.9 0.1,2.1 0.9,2.9 2.9,0 0.5,0.5 1.9,0 2.9,1.1 2.9,-1.1 -1,2.5 -1,1.5") {
				if got, want := covered(t, pack, loc2vec.Water, parse(corner)), slices.Contains(strings.Fields(test.wet), corner); got != want {
					t.Errorf("water at %s: %v, want %v", corner, got, want)
				}
			}
		})
	}
}

func TestMissingNodes(t *testing.T) {
	e := extractFile{box: region()}
	sq := e.square(1, 0, 0, 1000)
	e.ways = []testWay{
		{1, []int64{sq[0], sq[1], 99, sq[2], sq[3]}, "highway=residential"},   // broken in two
		{2, []int64{sq[0], 99, sq[2], 98, sq[3]}, "highway=primary"},          // nothing left but single nodes and a pair
		{3, []int64{sq[0], sq[1], 97, sq[2], sq[3], sq[0]}, "landuse=meadow"}, // drawn without the node
		{4, []int64{sq[0], 96, 95, sq[0]}, "building=yes"},                    // no area left
	}
	pack, stats := extractOf(t, Options{PBF: []string{e.write(t)}})
	if stats.MissingNodes != 6 || stats.BrokenWays != 2 {
		t.Errorf("%d missing nodes, %d broken ways, want 6 and 2", stats.MissingNodes, stats.BrokenWays)
	}
	lengths := map[string]float64{}
	eachPart(t, pack, func(tile loc2vec.Tile, p *loc2vec.Part) {
		if p.Kind == loc2vec.KindLine {
			for i := 1; i < len(p.Points); i++ {
				step := tile.Origin().MetresPerUnit() / gridAcross
				lengths[p.Layer.String()] += step * math.Hypot(float64(p.Points[i].X-p.Points[i-1].X), float64(p.Points[i].Y-p.Points[i-1].Y))
			}
		}
	})
	if math.Abs(lengths["minor_road"]-2000) > 4 || lengths["major_road"] != 0 {
		t.Errorf("lengths %v, want 2000 m of minor road", lengths)
	}
	areas := areasIn(t, pack)
	if math.Abs(areas["vegetation"]-1e6) > 2e3 || areas["building"] != 0 {
		t.Errorf("areas %v, want 1000000 m² of vegetation", areas)
	}
}

// contains reports whether the pack covers a place.
func contains(t *testing.T, pack *loc2vec.Pack, place loc2vec.LatLon) bool {
	t.Helper()
	inside, err := pack.Contains(place)
	if err != nil {
		t.Fatal(err)
	}
	return inside
}

// A box that says nothing about the nodes is not believed.
func TestBoxes(t *testing.T) {
	world := loc2vec.Bounds{Min: loc2vec.LatLon{Lat: -90, Lon: -180}, Max: loc2vec.LatLon{Lat: 90, Lon: 180}}
	elsewhere := loc2vec.Bounds{Min: loc2vec.LatLon{Lat: 1, Lon: 1}, Max: loc2vec.LatLon{Lat: 2, Lon: 2}}
	for _, box := range []*loc2vec.Bounds{nil, &world, &elsewhere} {
		e := extractFile{box: box}
		e.ways = []testWay{{1, e.square(1, 0, 0, 500), "building=yes"}}
		pack, _ := extractOf(t, Options{PBF: []string{e.write(t)}})
		if n := pack.Metadata().Tiles; n != 1 || !contains(t, pack, centre()) {
			t.Errorf("box %v: %d tiles, want the one with the nodes", box, n)
		}
	}
}

// coastFile has a coast from south to north, which ends inside the area that its nodes cover.
func coastFile() extractFile {
	var e extractFile
	add := func(east, north float64) {
		e.nodes = append(e.nodes, testNode{id: int64(len(e.nodes) + 1), at: centre().Offset(east, north)})
	}
	coast := testWay{id: 1, tags: "natural=coastline"}
	for north := -6000.0; north <= 5000; north += 500 { // sea in the east
		add(-4000, north)
		coast.nodes = append(coast.nodes, int64(len(e.nodes)))
	}
	for east := -6000.0; east <= 6000; east += 1000 {
		for north := -6000.0; north <= 6000; north += 1000 {
			add(east, north)
		}
	}
	e.ways = []testWay{coast}
	return e
}

// A coast that ends inside the covered area is led out of it on the shortest way. A box that is not
// believed does not say where that is.
func TestCoastsWithAWrongBox(t *testing.T) {
	e := coastFile()
	want, _ := extractOf(t, Options{PBF: []string{e.write(t)}})
	// Of its edges the western one is the nearest to the coast's end, of the tiles the northern one.
	e.box = &loc2vec.Bounds{Min: centre().Offset(-7000, -300_000), Max: centre().Offset(300_000, 300_000)}
	got, _ := extractOf(t, Options{PBF: []string{e.write(t)}})
	if a, b := areasIn(t, want)["water"], areasIn(t, got)["water"]; a != b || a == 0 {
		t.Errorf("%.0f m² of sea, with a box that does not fit %.0f", a, b)
	}
}

// The pack does not depend on the number of goroutines or on whether pieces were spilled.
func TestSamePackWhateverTheMachine(t *testing.T) {
	path := extracts.Path(t, "monaco")
	want, _ := extractBytes(t, Options{PBF: []string{path}, Procs: 1})
	for _, opts := range []Options{{Procs: 4}, {Procs: 2, Memory: 1}, {Procs: 3, Memory: 10_000}} {
		opts.PBF = []string{path}
		if got, _ := extractBytes(t, opts); !bytes.Equal(got, want) {
			t.Errorf("another pack with %d goroutines and %d bytes", opts.Procs, opts.Memory)
		}
	}
}

// Two files that overlap make the same tiles as one file with everything.
func TestSeveralFiles(t *testing.T) {
	whole := extractFile{box: region()}
	a, b, c := whole.square(1, 0, 0, 300), whole.square(11, 1000, 0, 300), whole.square(21, 2000, 500, 300)
	whole.nodes = append(whole.nodes, testNode{31, centre(), "shop=bakery"}, testNode{32, centre().Offset(900, 0), "amenity=school"})
	whole.ways = []testWay{
		{1, a, "building=yes"}, {2, b, "landuse=forest"}, {3, c, ""},
		{4, []int64{1, 11, 21}, "highway=residential"}, {5, []int64{2, 22}, "waterway=river"},
	}
	whole.relations = []testRelation{{1, "outer:3", "type=multipolygon natural=water"}}
	want, _ := extractBytes(t, Options{PBF: []string{whole.write(t)}, Name: "test"})

	west, east := whole, whole
	west.ways, east.ways = slices.Clone(whole.ways[:4]), slices.Clone(whole.ways[1:])
	// The east knows not all nodes of the road, and the west does not know the member of the relation.
	west.ways = slices.DeleteFunc(west.ways, func(w testWay) bool { return w.id == 3 })
	east.nodes = slices.DeleteFunc(slices.Clone(whole.nodes), func(n testNode) bool { return n.id == 1 || n.id == 31 })
	west.nodes = slices.DeleteFunc(slices.Clone(whole.nodes), func(n testNode) bool { return n.id == 32 })
	pack, stats := extractOf(t, Options{PBF: []string{west.write(t), east.write(t)}, Name: "test"})

	single, err := loc2vec.OpenPack(bytes.NewReader(want), int64(len(want)))
	if err != nil {
		t.Fatal(err)
	}
	for tile, err := range single.Tiles() {
		if err != nil {
			t.Fatal(err)
		}
		one, err1 := single.ReadTile(nil, tile)
		two, err2 := pack.ReadTile(nil, tile)
		if err1 != nil || err2 != nil || !bytes.Equal(one, two) {
			t.Errorf("tile %v differs: %v, %v", tile, err1, err2)
		}
	}
	if stats.Repeated != 3 { // ways 2 and 4, relation 1
		t.Errorf("%d repeated objects, want 3", stats.Repeated)
	}
	if n := len(pack.Metadata().Sources); n != 2 {
		t.Errorf("%d sources", n)
	}
}

// Where files differ on a node the order of objects, and so that of the goroutines' work, decides nothing.
func TestFilesThatDisagree(t *testing.T) {
	a, b := extractFile{box: region()}, extractFile{box: region()}
	a.ways = []testWay{{2, a.square(5, 0, 0, 300), "source=survey"}}
	b.ways = []testWay{{1, b.square(1, 1000, 0, 300), "source=survey"}, {2, b.square(5, 0, 0, 900), "source=survey"}}
	second := b.write(t)
	extracted := func(relations ...testRelation) map[string]float64 {
		a.relations = relations
		pack, _ := extractOf(t, Options{PBF: []string{a.write(t), second}, Procs: 1})
		return areasIn(t, pack)
	}
	wood, lake := testRelation{1, "outer:1", "type=multipolygon landuse=forest"}, testRelation{2, "outer:2", "type=multipolygon natural=water"}
	for _, got := range []map[string]float64{extracted(wood, lake), extracted(lake, wood)} {
		if math.Abs(got["vegetation"]-9e4) > 500 || math.Abs(got["water"]-9e4) > 500 {
			t.Errorf("%v, want 90000 m² of each", got)
		}
	}
}

// Files that are not sorted are read as well.
func TestUnsortedNodes(t *testing.T) {
	e := extractFile{box: region()}
	e.ways = []testWay{{1, e.square(1, 0, 0, 500), "building=yes"}}
	want, _ := extractBytes(t, Options{PBF: []string{e.write(t)}})
	slices.Reverse(e.nodes)
	got, _ := extractBytes(t, Options{PBF: []string{e.write(t)}})
	areas := func(data []byte) map[string]float64 {
		pack, err := loc2vec.OpenPack(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		return areasIn(t, pack)
	}
	if a, b := areas(want), areas(got); a["building"] != b["building"] || a["building"] == 0 {
		t.Errorf("%v, unsorted %v", a, b)
	}
}

func TestBadInput(t *testing.T) {
	good, err := os.ReadFile(extracts.Path(t, "monaco"))
	if err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(good)
	flipped[200_000] ^= 1
	empty := (&extractFile{box: region()}).bytes()
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"empty.osm.pbf", nil, "the file is empty"},
		{"text.osm.pbf", []byte("this is not a map, and goes on for a while"), "not an OpenStreetMap PBF"},
		{"truncated.osm.pbf", good[:len(good)-1000], "truncated"},
		{"flipped.osm.pbf", flipped, "blob at byte "},
		{"nothing.osm.pbf", empty, "holds no nodes"},
	}
	for _, test := range tests {
		path := filepath.Join(t.TempDir(), test.name)
		if err := os.WriteFile(path, test.data, 0o600); err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		_, err := Extract(context.Background(), io.Discard, Options{PBF: []string{path}, TempDir: dir})
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
		if test.name != "nothing.osm.pbf" && !errors.Is(err, loc2vec.ErrCorrupt) {
			t.Errorf("%s: %v is not ErrCorrupt", test.name, err)
		}
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("%s: temporary files are left: %v", test.name, left)
		}
	}
	if _, err := Extract(context.Background(), io.Discard, Options{}); err == nil {
		t.Error("no files: no error")
	}
	missing := filepath.Join(t.TempDir(), "missing.osm.pbf")
	if _, err := Extract(context.Background(), io.Discard, Options{PBF: []string{missing}}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
}

// failingWriter fails after some bytes, as a full disk does.
type failingWriter struct{ left int }

var errFull = errors.New("no space left")

func (w *failingWriter) Write(p []byte) (int, error) {
	if w.left -= len(p); w.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	_, err := Extract(context.Background(), &failingWriter{left: 5000}, Options{PBF: []string{extracts.Path(t, "monaco")}, TempDir: dir})
	if !errors.Is(err, errFull) {
		t.Errorf("%v, want %v", err, errFull)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("temporary files are left: %v", left)
	}
}

// Cancelling at any stage ends the extraction and leaves no temporary files.
func TestCancel(t *testing.T) {
	path := extracts.Path(t, "honolulu")
	for _, stage := range []string{"nodes and relations", "ways", "relations", "tiles"} {
		ctx, cancel := context.WithCancel(context.Background())
		dir := t.TempDir()
		var cancelled time.Time
		_, err := Extract(ctx, io.Discard, Options{PBF: []string{path}, TempDir: dir, Memory: 1000, Progress: func(p Progress) {
			if p.Stage == stage && p.Done > 0 && cancelled.IsZero() {
				cancelled = time.Now()
				cancel()
			}
		}})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled in %s: %v", stage, err)
		}
		if took := time.Since(cancelled); took > 2*time.Second {
			t.Errorf("cancelled in %s: took %v to stop", stage, took)
		}
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("cancelled in %s: temporary files are left: %v", stage, left)
		}
		cancel()
	}
}

// The sea is a stage of its own, and ends when it is told to.
func TestCancelInTheSea(t *testing.T) {
	e := coastFile()
	path, water := e.write(t), filepath.Join(t.TempDir(), "water.geojson")
	if err := os.WriteFile(water, []byte(waterFile(t, [][]float64{{0, 0, 1, 0, 1, 1, 0, 0}})), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, water := range []string{"", water} {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		last := Progress{}
		_, err := Extract(ctx, io.Discard, Options{PBF: []string{path}, WaterPolygons: water, TempDir: t.TempDir(), Progress: func(p Progress) {
			if last = p; p.Stage == "sea" {
				cancel()
			}
		}})
		if !errors.Is(err, context.Canceled) || errors.Is(err, loc2vec.ErrCorrupt) || last.Stage != "sea" || last.Done != 0 {
			t.Errorf("water polygons %q: %v, after %+v", water, err, last)
		}
	}
}

// That there are no water polygons is known before anything is read.
func TestWaterPolygonsMissing(t *testing.T) {
	e := coastFile()
	missing := filepath.Join(t.TempDir(), "missing.geojson")
	_, err := Extract(context.Background(), io.Discard, Options{PBF: []string{e.write(t)}, WaterPolygons: missing, TempDir: t.TempDir(), Progress: func(p Progress) {
		t.Errorf("%+v", p)
	}})
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v, want %v", err, os.ErrNotExist)
	}
}

func TestProgressReachesTheEnd(t *testing.T) {
	last := map[string]Progress{}
	var order []string
	extractBytes(t, Options{PBF: []string{extracts.Path(t, "monaco")}, Progress: func(p Progress) {
		if _, ok := last[p.Stage]; !ok {
			order = append(order, p.Stage)
		}
		last[p.Stage] = p
	}})
	if want := []string{"nodes and relations", "ways", "relations", "sea", "tiles"}; !slices.Equal(order, want) {
		t.Errorf("stages %v, want %v", order, want)
	}
	for stage, p := range last {
		if p.Done != p.Total || p.Total == 0 {
			t.Errorf("%s: ended at %d of %d", stage, p.Done, p.Total)
		}
	}
}

func TestMonaco(t *testing.T) {
	path := extracts.Path(t, "monaco")
	pack, stats := extractOf(t, Options{PBF: []string{path}})
	meta := pack.Metadata()
	if meta.Name != "monaco-20150428" || meta.SchemaHash != loc2vec.SchemaHash() || !strings.Contains(meta.Attribution, "OpenStreetMap") {
		t.Errorf("metadata %+v", meta)
	}
	source := meta.Sources[0]
	if source.Date != "2015-04-27T20:21:02Z" || source.Bytes != 270427 || len(source.SHA256) != 64 {
		t.Errorf("source %+v", source)
	}
	if stats.Nodes != 17233 || stats.Ways != 2398 || stats.Relations != 108 {
		t.Errorf("read %d nodes, %d ways, %d relations", stats.Nodes, stats.Ways, stats.Relations)
	}
	if stats.Shapes["building"] < 1000 || stats.Shapes["building"] > 1100 {
		t.Errorf("%d buildings", stats.Shapes["building"])
	}
	// The town of Monaco has 2 km² of land in the 16 km² or so of its tiles; half of them are sea.
	areas := areasIn(t, pack)
	if areas["building"] < 3e5 || areas["building"] > 8e5 {
		t.Errorf("%.0f m² of buildings", areas["building"])
	}
	if areas["water"] < 4e6 || areas["water"] > 14e6 {
		t.Errorf("%.0f m² of water", areas["water"])
	}
	if !contains(t, pack, loc2vec.LatLon{Lat: 43.7384, Lon: 7.4246}) || contains(t, pack, loc2vec.LatLon{Lat: 43.80, Lon: 7.42}) {
		t.Error("the covered area is not that of the header")
	}
}
