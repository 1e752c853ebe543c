package osmextract

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/osmextract/internal/grid"
)

// pictureOf shows the tiles of a range, "#" for those of the area.
func pictureOf(a *grid.Area, r grid.TileRange) string {
	var rows []string
	for y := r.Y0; y <= r.Y1; y++ {
		row := ""
		for x := r.X0; x <= r.X1; x++ {
			if a.Contains(x, y) {
				row += "#"
			} else {
				row += "."
			}
		}
		rows = append(rows, row)
	}
	return strings.Join(rows, "\n")
}

// nodesIn puts a node into each marked tile of the picture, or a hundred times as many as a digit says.
func nodesIn(picture string, r grid.TileRange) *nodeTable {
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
			b := loc2vec.Tile{X: uint32(int(r.X0) + x), Y: uint32(int(r.Y0) + y)}.Bounds()
			at := grid.Location{Lat: int32((b.Min.Lat + b.Max.Lat) / 2 * 1e7), Lon: int32((b.Min.Lon + b.Max.Lon) / 2 * 1e7)}
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
		view.Y1 = r.Y0 + int32(strings.Count(test.want, "\n"))
		if got := pictureOf(area, view); got != test.want {
			t.Errorf("%s:\n%s\nwant\n%s", test.name, got, test.want)
		}
	}
}

// A few distant nodes do not make an area.
func TestDataAreaLeavesOutFarNodes(t *testing.T) {
	r := middleRange(200)
	far := strings.Repeat("."+strings.Repeat(".", 199)+"\n", 150)
	area := dataArea(nodesIn("99999\n99999\n99999\n"+far+strings.Repeat(".", 150)+"#", r))
	if n := area.Count(); n != 15 {
		t.Errorf("%d tiles, want 15", n)
	}
}

// Tiles end at 85.05 degrees, so a pole is on none.
func TestDataAreaOfAPole(t *testing.T) {
	pole := newNodeTable([]nodeChunk{newNodeChunk(1, grid.Location{Lat: -899_900_000, Lon: 30_000_000})})
	if area := dataArea(pole); area != nil {
		t.Errorf("%d tiles, want none", area.Count())
	}
	e := extractFile{nodes: []testNode{{id: 1, at: loc2vec.LatLon{Lat: -89.99, Lon: 3}, tags: "shop=bakery"}}}
	_, err := Extract(context.Background(), io.Discard, Options{Files: []string{e.write(t)}})
	if err == nil || !strings.Contains(err.Error(), "beyond the tiles") {
		t.Errorf("an extract of a pole: %v", err)
	}
}

func TestTrimmed(t *testing.T) {
	r := middleRange(10)
	const mapped = "..........\n..####....\n.#....#...\n.#....#...\n.#....#...\n..####....\n..........\n..........\n..........\n.........#"
	nodes := nodesIn(mapped, r)
	builtUp := func(loc2vec.Tile) bool { return true } // all tiles with nodes
	dry := func(loc2vec.Tile) bool { return false }
	nw, se := loc2vec.Tile{X: uint32(r.X0), Y: uint32(r.Y0)}.Bounds(), loc2vec.Tile{X: uint32(r.X1), Y: uint32(r.Y1)}.Bounds()
	// Not all of the tiles at the edges.
	box := loc2vec.Bounds{
		Min: loc2vec.LatLon{Lat: se.Min.Lat + 0.002, Lon: nw.Min.Lon + 0.002},
		Max: loc2vec.LatLon{Lat: nw.Max.Lat - 0.002, Lon: se.Max.Lon - 0.002},
	}
	area := trimmed(grid.BoxArea(box), nodes.countIn(grid.BoxArea(box)), builtUp, dry)
	// The middle is empty, but enclosed.
	want := "..........\n..####....\n.######...\n.######...\n.######...\n..####....\n..........\n..........\n..........\n.........#"
	if got := pictureOf(area, r); got != want {
		t.Errorf("\n%s\nwant\n%s", got, want)
	}
	for _, b := range area.Listed() {
		if b.Min.Lat < box.Min.Lat || b.Max.Lat > box.Max.Lat || b.Min.Lon < box.Min.Lon || b.Max.Lon > box.Max.Lon {
			t.Errorf("%v leads out of %v", b, box)
		}
	}
	// Sea is covered without nodes.
	water := func(t loc2vec.Tile) bool { return t.Y == uint32(r.Y0) }
	want = "##########" + want[10:]
	if got := pictureOf(trimmed(grid.BoxArea(box), nodes.countIn(grid.BoxArea(box)), builtUp, water), r); got != want {
		t.Errorf("with sea\n%s\nwant\n%s", got, want)
	}
	wild := dry
	sparse := nodesIn("1.........\n#.........\n.........."+mapped[32:], r)
	if got, want := trimmed(grid.BoxArea(box), sparse.countIn(grid.BoxArea(box)), wild, dry), grid.BoxArea(box); got.Count() != 1 || !got.Contains(r.X0, r.Y0) {
		t.Errorf("of tiles that are not built up and have few nodes\n%s\nstay, of %d", pictureOf(got, r), want.Count())
	}
	full := grid.BoxArea(box)
	if got := trimmed(full, nodesIn(strings.Repeat("##########\n", 9)+"##########", r).countIn(full), builtUp, dry); got != full {
		t.Error("nothing to trim, but the area changed")
	}
}

// middleRange is a range of n × n tiles.
func middleRange(n int32) grid.TileRange {
	return grid.TileRange{X0: 8000, Y0: 5000, X1: 8000 + n - 1, Y1: 5000 + n - 1}
}

// The bins hold every place on Earth, on processors whose int has 32 bits as well.
func TestDegreeBinsOfTheWholeEarth(t *testing.T) {
	b := newDegreeBins()
	for _, lat := range []int32{-90e7, 0, 90e7} {
		for _, lon := range []int32{-180e7, 0, 180e7} {
			b.add(grid.Location{Lat: lat, Lon: lon})
		}
	}
	want := loc2vec.Bounds{Min: loc2vec.LatLon{Lat: -90, Lon: -180}, Max: loc2vec.LatLon{Lat: 90, Lon: 180}}
	if got := b.trimmedBox(); got != want || b.len() != 9 {
		t.Errorf("%d nodes in %v, want 9 in %v", b.len(), got, want)
	}
}

// A lake or wood that covers whole tiles is mapped at the edge of the box as well, where it has no nodes. A park is
// not: it says nothing about what covers the ground.
func TestAreasAtTheEdgeOfTheBox(t *testing.T) {
	for tags, want := range map[string]bool{"natural=water": true, "landuse=forest": true, "leisure=park": false} {
		e := extractFile{box: &loc2vec.Bounds{Min: centre().Offset(-3000, -3000), Max: centre().Offset(17000, 17000)}}
		e.ways = []testWay{{1, e.square(1, 0, 0, 100), "building=yes"}, {2, e.square(11, 12000, 12000, 14000), tags}}
		pack, stats := extractOf(t, Options{Files: []string{e.write(t)}})
		inside := map[loc2vec.Tile]bool{}
		for tile, err := range pack.Tiles() {
			if err != nil {
				t.Fatal(err)
			}
			inside[tile] = true
		}
		for _, at := range []float64{5500, 12000, 16900} { // the shore, the middle and the edge of the box
			if tile := centre().Offset(at, at).Point().Tile(); inside[tile] != want {
				t.Errorf("%s: tile %v at %g m is mapped: %v", tags, tile, at, inside[tile])
			}
		}
		if !inside[centre().Point().Tile()] || stats.Unmapped == 0 {
			t.Errorf("%s: the house is mapped: %v, %d tiles unmapped", tags, inside[centre().Point().Tile()], stats.Unmapped)
		}
	}
}
