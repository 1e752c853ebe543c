package osmextract

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/osmtestdata"
	"github.com/loc2vec/loc2vec/osmextract/schema"
	"github.com/loc2vec/loc2vec/pack"
)

// square adds the nodes of a square with a side in metres, centred east and north of the centre of the
// test region, and returns a closed way of them.
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

// centre is the centre of the test region and of a tile.
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
		pack, stats := extractOf(t, Options{Files: []string{e.write(t)}})
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
	pack, stats := extractOf(t, Options{Files: []string{e.write(t)}})
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

// An outline that is cut off is closed if that changes nothing inside the box, and only then.
func TestOutlinesCutOffAtTheBox(t *testing.T) {
	// The test region reaches 3000 m from its centre. Ways that members name and the file lacks lie
	// outside.
	tests := []struct {
		name   string
		chains []string // a way each, of corners in km east and north
		lacks  bool     // whether the file lacks a way of the outline
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
			e.square(1, -1000, -1000, 100) // so that the box fits most nodes
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
			pack, stats := extractOf(t, Options{Files: []string{e.write(t)}})
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

// A box that does not fit the nodes is ignored.
func TestBoxes(t *testing.T) {
	world := loc2vec.Bounds{Min: loc2vec.LatLon{Lat: -90, Lon: -180}, Max: loc2vec.LatLon{Lat: 90, Lon: 180}}
	elsewhere := loc2vec.Bounds{Min: loc2vec.LatLon{Lat: 1, Lon: 1}, Max: loc2vec.LatLon{Lat: 2, Lon: 2}}
	for _, box := range []*loc2vec.Bounds{nil, &world, &elsewhere} {
		e := extractFile{box: box}
		e.ways = []testWay{{1, e.square(1, 0, 0, 500), "building=yes"}}
		pack, _ := extractOf(t, Options{Files: []string{e.write(t)}})
		if n := pack.Metadata().Tiles; n != 1 || !contains(t, pack, centre()) {
			t.Errorf("box %v: %d tiles, want the one with the nodes", box, n)
		}
	}
}

// coastFile holds a coast from south to north that ends inside the area of its nodes.
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

// The pack depends neither on the number of goroutines nor on the temporary file.
func TestSamePackWhateverTheMachine(t *testing.T) {
	path := osmtestdata.Path(t, "monaco")
	want, _ := extractBytes(t, Options{Files: []string{path}, Procs: 1})
	for _, opts := range []Options{{Procs: 4}, {Procs: 2, Memory: 1}, {Procs: 3, Memory: 10_000}} {
		opts.Files = []string{path}
		if got, _ := extractBytes(t, opts); !bytes.Equal(got, want) {
			t.Errorf("another pack with %d goroutines and %d bytes", opts.Procs, opts.Memory)
		}
	}
}

// Two overlapping files make the same tiles as one file with all elements.
func TestSeveralFiles(t *testing.T) {
	whole := extractFile{box: region()}
	a, b, c := whole.square(1, 0, 0, 300), whole.square(11, 1000, 0, 300), whole.square(21, 2000, 500, 300)
	whole.nodes = append(whole.nodes, testNode{31, centre(), "shop=bakery"}, testNode{32, centre().Offset(900, 0), "amenity=school"})
	whole.ways = []testWay{
		{1, a, "building=yes"}, {2, b, "landuse=forest"}, {3, c, ""},
		{4, []int64{1, 11, 21}, "highway=residential"}, {5, []int64{2, 22}, "waterway=river"},
	}
	whole.relations = []testRelation{{1, "outer:3", "type=multipolygon natural=water"}}
	want, _ := extractBytes(t, Options{Files: []string{whole.write(t)}, Name: "test"})

	west, east := whole, whole
	west.ways, east.ways = slices.Clone(whole.ways[:4]), slices.Clone(whole.ways[1:])
	// The eastern file lacks a node of the road, the western one the member of the relation.
	west.ways = slices.DeleteFunc(west.ways, func(w testWay) bool { return w.id == 3 })
	east.nodes = slices.DeleteFunc(slices.Clone(whole.nodes), func(n testNode) bool { return n.id == 1 || n.id == 31 })
	west.nodes = slices.DeleteFunc(slices.Clone(whole.nodes), func(n testNode) bool { return n.id == 32 })
	both, stats := extractOf(t, Options{Files: []string{west.write(t), east.write(t)}, Name: "test"})

	single, err := pack.Open(bytes.NewReader(want), int64(len(want)))
	if err != nil {
		t.Fatal(err)
	}
	for tile, err := range single.Tiles() {
		if err != nil {
			t.Fatal(err)
		}
		one, err1 := single.ReadTile(nil, tile)
		two, err2 := both.ReadTile(nil, tile)
		if err1 != nil || err2 != nil || !bytes.Equal(one, two) {
			t.Errorf("tile %v differs: %v, %v", tile, err1, err2)
		}
	}
	if stats.Repeated != 3 { // ways 2 and 4, relation 1
		t.Errorf("%d repeated objects, want 3", stats.Repeated)
	}
	if n := len(both.Metadata().Sources); n != 2 {
		t.Errorf("%d sources", n)
	}
}

func TestProgressReachesTheEnd(t *testing.T) {
	last := map[string]Progress{}
	var order []string
	extractBytes(t, Options{Files: []string{osmtestdata.Path(t, "monaco")}, Progress: func(p Progress) {
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
	path := osmtestdata.Path(t, "monaco")
	pack, stats := extractOf(t, Options{Files: []string{path}})
	meta := pack.Metadata()
	if meta.Name != "monaco-20150428" || meta.SchemaHash != schema.Hash() || !strings.Contains(meta.Attribution, "OpenStreetMap") {
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
	// Monaco has 2 km² of land in some 16 km² of tiles, half of which are sea.
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
