package osmextract

import (
	"context"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec"
)

// pictureOf draws the tiles of a range: "#" for those of the area.
func pictureOf(a *coveredArea, r tileRange) string {
	var rows []string
	for y := r.y0; y <= r.y1; y++ {
		row := ""
		for x := r.x0; x <= r.x1; x++ {
			if a.contains(x, y) {
				row += "#"
			} else {
				row += "."
			}
		}
		rows = append(rows, row)
	}
	return strings.Join(rows, "\n")
}

// nodesIn puts a node, or as many as the digit says, into each tile that the picture marks.
func nodesIn(picture string, r tileRange) *nodeTable {
	var chunks []nodeChunk
	id := int64(0)
	for y, row := range strings.Split(picture, "\n") {
		for x, mark := range row {
			if mark == '.' {
				continue
			}
			n := 1
			if mark >= '0' && mark <= '9' {
				n = int(mark-'0') * 100
			}
			b := loc2vec.Tile{X: uint32(int(r.x0) + x), Y: uint32(int(r.y0) + y)}.Bounds()
			at := location{int32((b.Min.Lat + b.Max.Lat) / 2 * 1e7), int32((b.Min.Lon + b.Max.Lon) / 2 * 1e7)}
			for range n {
				id++
				chunks = appendNode(chunks, id, at)
			}
		}
	}
	return newNodeTable(chunks)
}

func TestDataArea(t *testing.T) {
	r := middleRange(9)
	tests := []struct{ name, nodes, want string }{
		{"gaps of two tiles are closed",
			".........\n.##..#...\n.##..#...\n.........\n",
			".........\n.#####...\n.#####...\n........."},
		{"larger gaps stay", "##...####\n##...####", "##...####\n##...####"},
		{"a bay stays, a hole closes",
			"#########\n##..#####\n##..#####\n#########\n#########\n####...##\n####...##\n####...##\n####...##",
			"#########\n#########\n#########\n#########\n#########\n####...##\n####...##\n####...##\n####...##"},
	}
	for _, test := range tests {
		area := dataArea(nodesIn(strings.TrimSpace(test.nodes), r))
		view := r
		view.y1 = r.y0 + int32(strings.Count(test.want, "\n"))
		if got := pictureOf(area, view); got != test.want {
			t.Errorf("%s:\n%s\nwant\n%s", test.name, got, test.want)
		}
	}
}

// A few nodes far away do not make an area.
func TestDataAreaLeavesOutFarNodes(t *testing.T) {
	r := middleRange(200)
	far := strings.Repeat("."+strings.Repeat(".", 199)+"\n", 150)
	area := dataArea(nodesIn("99999\n99999\n99999\n"+far+strings.Repeat(".", 150)+"#", r))
	if n := area.count(); n != 15 {
		t.Errorf("%d tiles, want 15", n)
	}
}

// The tiles end at 85.05 degrees: a pole is on none of them.
func TestDataAreaOfAPole(t *testing.T) {
	pole := newNodeTable([]nodeChunk{newNodeChunk(1, location{lat: -899_900_000, lon: 30_000_000})})
	if area := dataArea(pole); area != nil {
		t.Errorf("%d tiles, want none", area.count())
	}
	e := extractFile{nodes: []testNode{{id: 1, at: loc2vec.LatLon{Lat: -89.99, Lon: 3}, tags: "shop=bakery"}}}
	_, err := Extract(context.Background(), io.Discard, Options{Files: []string{e.write(t)}})
	if err == nil || !strings.Contains(err.Error(), "which area it covers") {
		t.Errorf("an extract of a pole: %v", err)
	}
}

func TestTrimmed(t *testing.T) {
	r := middleRange(10)
	const mapped = "..........\n..####....\n.#....#...\n.#....#...\n.#....#...\n..####....\n..........\n..........\n..........\n.........#"
	nodes := nodesIn(mapped, r)
	settled := func(loc2vec.Tile) bool { return true } // whatever has nodes
	nw, se := loc2vec.Tile{X: uint32(r.x0), Y: uint32(r.y0)}.Bounds(), loc2vec.Tile{X: uint32(r.x1), Y: uint32(r.y1)}.Bounds()
	// Not quite all of the tiles at the edges.
	box := loc2vec.Bounds{
		Min: loc2vec.LatLon{Lat: se.Min.Lat + 0.002, Lon: nw.Min.Lon + 0.002},
		Max: loc2vec.LatLon{Lat: nw.Max.Lat - 0.002, Lon: se.Max.Lon - 0.002},
	}
	area := boxArea(box).trimmed(nodes, settled, nil)
	// The middle is empty but enclosed.
	want := "..........\n..####....\n.######...\n.######...\n.######...\n..####....\n..........\n..........\n..........\n.........#"
	if got := pictureOf(area, r); got != want {
		t.Errorf("\n%s\nwant\n%s", got, want)
	}
	for _, b := range area.bounds {
		if b.Min.Lat < box.Min.Lat || b.Max.Lat > box.Max.Lat || b.Min.Lon < box.Min.Lon || b.Max.Lon > box.Max.Lon {
			t.Errorf("%v leads out of %v", b, box)
		}
	}
	// Sea is covered without nodes.
	water := newSeaMap(boxArea(box))
	for x := r.x0; x <= r.x1; x++ {
		water.whole.set(loc2vec.Tile{X: uint32(x), Y: uint32(r.y0)}, sea)
	}
	want = "##########" + want[10:]
	if got := pictureOf(boxArea(box).trimmed(nodes, settled, water), r); got != want {
		t.Errorf("with sea\n%s\nwant\n%s", got, want)
	}
	wild := func(loc2vec.Tile) bool { return false }
	sparse := nodesIn("1.........\n#.........\n.........."+mapped[32:], r)
	if got, want := boxArea(box).trimmed(sparse, wild, nil), boxArea(box); got.count() != 1 || !got.contains(r.x0, r.y0) {
		t.Errorf("of unsettled tiles with few nodes\n%s\nstay, of %d", pictureOf(got, r), want.count())
	}
	full := boxArea(box)
	if got := full.trimmed(nodesIn(strings.Repeat("##########\n", 9)+"##########", r), settled, nil); got != full {
		t.Error("nothing to trim, but the area changed")
	}
}

// The boxes of an area hold its tiles and nothing else.
func TestAreaBoxes(t *testing.T) {
	rng := newRNG(1)
	r := middleRange(8)
	for range 100 {
		tiles := map[tileKey]bool{}
		for range 1 + rng.IntN(50) {
			tiles[keyOf(r.x0+rng.Int32N(8), r.y0+rng.Int32N(8))] = true
		}
		area := areaOf(tiles)
		if area.count() != len(tiles) {
			t.Fatalf("%d tiles, want %d", area.count(), len(tiles))
		}
		for y := r.y0; y <= r.y1; y++ {
			for x := r.x0; x <= r.x1; x++ {
				b := loc2vec.Tile{X: uint32(x), Y: uint32(y)}.Bounds()
				middle := loc2vec.LatLon{Lat: (b.Min.Lat + b.Max.Lat) / 2, Lon: (b.Min.Lon + b.Max.Lon) / 2}
				n := 0
				for _, box := range area.bounds {
					if box.Contains(middle) {
						n++
					}
				}
				if held := tiles[keyOf(x, y)]; held != (n == 1) || n > 1 || held != area.contains(x, y) {
					t.Fatalf("tile %d/%d: held %v, in %d boxes", x, y, held, n)
				}
			}
		}
	}
}

// An area in so many parts that their boxes would not fit into the metadata is listed as one box.
func TestListedBoxes(t *testing.T) {
	scattered := func(n int32) *coveredArea {
		tiles := map[tileKey]bool{}
		for y := range n {
			for x := range n {
				tiles[keyOf(8000+4*x, 6000+4*y)] = true
			}
		}
		return areaOf(tiles)
	}
	if n := len(scattered(60).listed()); n != 3600 {
		t.Errorf("3600 tiles apart from each other: %d boxes", n)
	}
	many := scattered(130)
	listed := many.listed()
	if len(listed) != 1 {
		t.Fatalf("%d boxes", len(listed))
	}
	for _, b := range many.bounds {
		if around := listed[0]; !around.Contains(b.Min) || !around.Contains(b.Max) {
			t.Fatalf("%v is not in %v", b, around)
		}
	}
	fiji := boxArea(loc2vec.Bounds{Min: loc2vec.LatLon{Lat: -19, Lon: 177}, Max: loc2vec.LatLon{Lat: -16, Lon: -179}})
	want := loc2vec.Bounds{Min: loc2vec.LatLon{Lat: -19, Lon: -180}, Max: loc2vec.LatLon{Lat: many.bounds[0].Max.Lat, Lon: 180}}
	if got := many.join(fiji).listed(); len(got) != 1 || got[0] != want {
		t.Errorf("with Fiji %v, want %v", got, want)
	}
}

func TestBoxAreaAcrossTheAntimeridian(t *testing.T) {
	area := boxArea(loc2vec.Bounds{Min: loc2vec.LatLon{Lat: -17, Lon: 179.9}, Max: loc2vec.LatLon{Lat: -16.9, Lon: -179.9}})
	for _, lon := range []float64{179.95, -179.95, 180, -180} {
		tile := loc2vec.LatLon{Lat: -16.95, Lon: lon}.Point().Tile()
		if !area.Covers(tile) {
			t.Errorf("longitude %g is not covered", lon)
		}
	}
	if area.Covers(loc2vec.LatLon{Lat: -16.95, Lon: 0}.Point().Tile()) {
		t.Error("Greenwich is covered")
	}
	if n := area.count(); n > 12*7 {
		t.Errorf("%d tiles", n)
	}
}

func TestJoinAreas(t *testing.T) {
	a, b := tilesOf(tileRange{10, 10, 12, 11}), tilesOf(tileRange{12, 11, 14, 13})
	want := "###..\n#####\n..###\n..###"
	if got := pictureOf(a.join(b), tileRange{10, 10, 14, 13}); got != want {
		t.Errorf("\n%s\nwant\n%s", got, want)
	}
	far := a.join(tilesOf(tileRange{20, 20, 20, 20}))
	if far.count() != 7 || far.contains(20, 15) || !far.contains(20, 20) {
		t.Errorf("%+v", far)
	}
}

// The rows that latitudes are sorted into are those of the projection.
func TestRowFinder(t *testing.T) {
	rng := newRNG(2)
	area := tilesOf(tileRange{0, 0, 0, tilesAcross - 1})
	f := newRowFinder(area)
	for range 10_000 {
		at := location{lat: rng.Int32N(1_700_000_000) - 850_000_000}
		tile := at.latLon().Point().Tile()
		got := f.find(at.lat)
		// Latitudes of edges are rounded to 1e-7 degrees.
		if b := (loc2vec.Tile{Y: uint32(got)}).Bounds(); at.latLon().Lat < b.Min.Lat-1e-7 || at.latLon().Lat > b.Max.Lat+1e-7 {
			t.Fatalf("latitude %v: row %d, want %d", at.latLon().Lat, got, tile.Y)
		}
	}
	if f := newRowFinder(tilesOf(tileRange{0, 5000, 0, 5001})); f.find(-800_000_000) != -1 || f.find(800_000_000) != -1 {
		t.Error("a row outside of the area")
	}
}

func TestNodeTable(t *testing.T) {
	rng := newRNG(3)
	for _, sorted := range []bool{true, false} {
		ids := map[int64]location{}
		for range 5000 {
			id := rng.Int64N(20_000)
			if rng.IntN(10) == 0 {
				id += 1 << 40
			}
			ids[id-100] = location{rng.Int32N(180e7+1) - 90e7, int32(rng.Int64N(360e7+1) - 180e7)}
		}
		var order []int64
		for id := range ids {
			order = append(order, id)
		}
		if sorted {
			slices.Sort(order)
		}
		var chunks []nodeChunk
		for len(order) > 0 { // in blocks
			n := min(len(order), 1+rng.IntN(1000))
			var block []nodeChunk
			for _, id := range order[:n] {
				block = appendNode(block, id, ids[id])
			}
			for i := range block {
				block[i].trim()
			}
			chunks = append(chunks, block...)
			order = order[n:]
		}
		rng.Shuffle(len(chunks), func(i, j int) { chunks[i], chunks[j] = chunks[j], chunks[i] })
		table := newNodeTable(chunks)
		if table.len() != len(ids) {
			t.Fatalf("%d nodes, want %d", table.len(), len(ids))
		}
		held := 0
		for id, at := range table.nodes() {
			if ids[id] != at {
				t.Fatalf("node %d: %v, want %v", id, at, ids[id])
			}
			held++
		}
		if held != len(ids) {
			t.Fatalf("%d nodes yielded, want %d", held, len(ids))
		}
		f := newNodeFinder(table, newNodeTable(nil))
		for range 50_000 {
			id := rng.Int64N(20_100) - 150
			if rng.IntN(5) == 0 {
				id += 1 << 40
			}
			for range 1 + rng.IntN(3) { // some in sequence
				want, known := ids[id]
				if got, ok := f.find(id); ok != known || got != want {
					t.Fatalf("node %d: %v, %v, want %v, %v", id, got, ok, want, known)
				}
				id++
			}
		}
	}
}

// The first table that has a node says where it is, in whatever order nodes are looked up.
func TestNodeFinderOfSeveralTables(t *testing.T) {
	rng := newRNG(5)
	where := map[int64]location{}
	var tables []*nodeTable
	for i := range int32(3) {
		var chunks []nodeChunk
		for id := range int64(1000) {
			if rng.IntN(2) == 0 {
				continue
			}
			at := location{i, int32(id)}
			chunks = appendNode(chunks, id, at)
			if _, ok := where[id]; !ok {
				where[id] = at
			}
		}
		tables = append(tables, newNodeTable(chunks))
	}
	f := newNodeFinder(tables...)
	for range 10_000 {
		id := rng.Int64N(1000)
		want, known := where[id]
		if got, ok := f.find(id); ok != known || got != want {
			t.Fatalf("node %d: %v, %v, want %v, %v", id, got, ok, want, known)
		}
	}
}
