package osmextract

import (
	"math"
	"slices"
	"testing"

	"github.com/paulmach/osm"

	"github.com/loc2vec/loc2vec/osmextract/internal/grid"

	"github.com/loc2vec/loc2vec"
)

func TestLackingRun(t *testing.T) {
	tests := []struct {
		name   string
		known  []osm.NodeID
		nodes  []osm.NodeID
		want   [][]osm.NodeID
		edited bool
	}{
		{"the same", []osm.NodeID{1, 2, 3}, []osm.NodeID{1, 2, 3}, nil, false},
		{"nothing in common", []osm.NodeID{1, 2, 3}, []osm.NodeID{5, 6}, [][]osm.NodeID{{5, 6}}, false},
		{"continues", []osm.NodeID{1, 2, 3}, []osm.NodeID{3, 4, 5}, [][]osm.NodeID{{3, 4, 5}}, false},
		{"overlaps at the end", []osm.NodeID{1, 2, 3}, []osm.NodeID{2, 3, 4}, [][]osm.NodeID{{3, 4}}, false},
		{"overlaps at the start", []osm.NodeID{3, 4, 5}, []osm.NodeID{1, 2, 3, 4}, [][]osm.NodeID{{1, 2, 3}}, false},
		{"around", []osm.NodeID{3, 4}, []osm.NodeID{1, 2, 3, 4, 5}, [][]osm.NodeID{{1, 2, 3}, {4, 5}}, false},
		{"inside", []osm.NodeID{1, 2, 3, 4}, []osm.NodeID{2, 3}, nil, false},
		{"a node more", []osm.NodeID{1, 3}, []osm.NodeID{1, 2, 3}, nil, true},
		{"reversed", []osm.NodeID{1, 2, 3}, []osm.NodeID{3, 2, 1}, nil, true},
		{"leaves another way", []osm.NodeID{1, 2, 3}, []osm.NodeID{2, 9}, nil, true},
		{"closed", []osm.NodeID{1, 2, 3, 1}, []osm.NodeID{3, 4}, nil, true},
	}
	nodes := func(ids []osm.NodeID) (nodes osm.WayNodes) {
		for _, id := range ids {
			nodes = append(nodes, osm.WayNode{ID: id})
		}
		return nodes
	}
	for _, test := range tests {
		runs, ok := lackingRun(nodes(test.known), nodes(test.nodes))
		var got [][]osm.NodeID
		for _, run := range runs {
			got = append(got, run.NodeIDs())
		}
		if ok == test.edited || !slices.EqualFunc(got, test.want, slices.Equal) {
			t.Errorf("%s: %v, %v, want %v", test.name, got, ok, test.want)
		}
	}
}

// lengthsIn adds up the lengths of lines by layer, in metres.
func lengthsIn(t *testing.T, data Options) map[string]float64 {
	t.Helper()
	pack, _ := extractOf(t, data)
	lengths := map[string]float64{}
	eachPart(t, pack, func(tile loc2vec.Tile, p *loc2vec.Part) {
		for i := 1; p.Kind == loc2vec.KindLine && i < len(p.Points); i++ {
			a, b := p.Points[i-1], p.Points[i]
			lengths[p.Layer.String()] += tile.Origin().MetresPerUnit() / grid.Across * math.Hypot(float64(b.X-a.X), float64(b.Y-a.Y))
		}
	})
	return lengths
}

// clippedFiles are two extracts that were cut through a road, a lake and a wood: each has the nodes and the
// members that it knows. The halves of the lake are different members of one relation, those of the wood
// parts of one way.
func clippedFiles() (west, east, whole extractFile) {
	at := func(east, north float64) loc2vec.LatLon { return centre().Offset(east, north) }
	nodes := []testNode{
		{1, at(-900, 0), ""}, {2, at(-300, 0), ""}, {3, at(300, 0), ""}, {4, at(900, 0), ""}, // road
		{11, at(0, 100), ""}, {12, at(0, 500), ""}, {13, at(-400, 500), ""}, {14, at(-400, 100), ""},
		{15, at(400, 500), ""}, {16, at(400, 100), ""}, // lake
		{21, at(-400, -100), ""}, {22, at(0, -100), ""}, {23, at(400, -100), ""}, {24, at(400, -400), ""},
		{25, at(0, -400), ""}, {26, at(-400, -400), ""}, // wood
		{31, at(-800, 800), "shop=bakery"}, {32, at(800, 800), "shop=bakery"},
	}
	lake, wood := "type=multipolygon natural=water", "type=multipolygon landuse=forest"
	whole = extractFile{box: region(), nodes: nodes, ways: []testWay{
		{1, []int64{1, 2, 3, 4}, "highway=primary"},
		{2, []int64{12, 13, 14, 11}, ""}, {3, []int64{11, 16, 15, 12}, ""},
		{4, []int64{21, 22, 23}, ""}, {5, []int64{23, 24, 25, 26, 21}, ""},
	}, relations: []testRelation{{1, "outer:2 outer:3", lake}, {2, "outer:4 outer:5", wood}}}
	west = extractFile{box: region(), nodes: nodes, ways: []testWay{
		{1, []int64{1, 2, 3}, "highway=primary"}, {2, []int64{12, 13, 14, 11}, ""},
		{4, []int64{21, 22}, ""}, {5, []int64{25, 26, 21}, ""},
	}, relations: []testRelation{{1, "outer:2", lake}, {2, "outer:4 outer:5", wood}}}
	east = extractFile{box: region(), nodes: nodes, ways: []testWay{
		{1, []int64{3, 4}, "highway=primary"}, {3, []int64{11, 16, 15, 12}, ""},
		{4, []int64{22, 23}, ""}, {5, []int64{23, 24, 25}, ""},
	}, relations: []testRelation{{1, "outer:3", lake}, {2, "outer:5 outer:4", wood}}}
	return west, east, whole
}

// Two extracts of which each holds a part of a way or relation make the map of the whole, in either order.
func TestClippedInBothFiles(t *testing.T) {
	west, east, whole := clippedFiles()
	want := Options{Files: []string{whole.write(t)}}
	wantPack, _ := extractOf(t, want)
	wantAreas, wantLengths := areasIn(t, wantPack), lengthsIn(t, want)
	if wantAreas["water"] < 3e5 || wantAreas["vegetation"] < 2e5 || wantLengths["major_road"] < 1790 {
		t.Fatalf("areas %v, lengths %v", wantAreas, wantLengths)
	}
	for _, files := range [][]string{{west.write(t), east.write(t)}, {east.write(t), west.write(t)}} {
		got := Options{Files: files}
		gotPack, stats := extractOf(t, got)
		if areas := areasIn(t, gotPack); areas["water"] != wantAreas["water"] || areas["vegetation"] != wantAreas["vegetation"] {
			t.Errorf("areas %v, want %v", areas, wantAreas)
		}
		if l := lengthsIn(t, got); math.Abs(l["major_road"]-wantLengths["major_road"]) > 1 {
			t.Errorf("lengths %v, want %v", l, wantLengths)
		}
		// Ways 1, 4 and 5 and relation 1 are cut. Relation 2 and the shops are the same.
		if stats.Repeated != 7 || stats.Differing != 4 || stats.Joined != 3 || stats.Areas.Joined != 1 {
			t.Errorf("%d repeated, %d differing, %d and %d joined", stats.Repeated, stats.Differing, stats.Joined, stats.Areas.Joined)
		}
	}
}

// Of two versions of an element Extract uses the one of the first file and counts the other.
func TestEditedBetweenFiles(t *testing.T) {
	_, _, old := clippedFiles()
	_, _, edited := clippedFiles()
	edited.ways[0].nodes = []int64{1, 2, 11, 3, 4}
	edited.nodes = append(slices.Clone(edited.nodes), testNode{41, centre().Offset(-500, 300), ""})
	edited.ways = append(edited.ways, testWay{6, []int64{12, 13, 41}, ""})
	edited.relations[0].members = "outer:2 outer:3 outer:6" // as after a way has been split
	edited.nodes[16].tags = "amenity=school"
	want, _ := extractOf(t, Options{Files: []string{old.write(t)}})
	got, stats := extractOf(t, Options{Files: []string{old.write(t), edited.write(t)}})
	if g, w := got.Metadata().ContentSHA256, want.Metadata().ContentSHA256; g != w {
		t.Errorf("contents %s, want those of the first file, %s", g, w)
	}
	if stats.Differing != 3 || stats.Joined+stats.Areas.Joined != 0 {
		t.Errorf("%d differing, %d and %d joined, want 3 and none", stats.Differing, stats.Joined, stats.Areas.Joined)
	}
}
