package osmextract

import (
	"fmt"
	"iter"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec"
)

// tileRect is a covered area of columns × rows tiles from a north-western one on.
type tileRect struct {
	tile          loc2vec.Tile
	columns, rows uint32
}

func (r tileRect) Covers(t loc2vec.Tile) bool {
	return t.X-r.tile.X < r.columns && t.Y-r.tile.Y < r.rows
}

func (r tileRect) Tiles() iter.Seq[loc2vec.Tile] {
	return func(yield func(loc2vec.Tile) bool) {
		for y := range r.rows {
			for x := range r.columns {
				if !yield(loc2vec.Tile{X: r.tile.X + x, Y: r.tile.Y + y}) {
					return
				}
			}
		}
	}
}

// middle is a tile far from all edges of the world.
func middle() loc2vec.Tile { return loc2vec.Tile{X: 9000, Y: 6000} }

// coastline makes a way of positions in tiles, counted from the tile's north-western corner. Nodes
// are numbered by their position, so that ways meet where their ends do.
func coastline(tile loc2vec.Tile, positions ...float64) coastWay {
	var way coastWay
	for i := 0; i < len(positions); i += 2 {
		x, y := int64(math.Round(positions[i]*loc2vec.Extent)), int64(math.Round(positions[i+1]*loc2vec.Extent))
		x += int64(tile.X) << extentBits
		y += int64(tile.Y) << extentBits
		way.Nodes = append(way.Nodes, x<<32|y)
		way.Points = append(way.Points, loc2vec.Point{X: float64(x) / gridAcross, Y: float64(y) / gridAcross})
	}
	way.ID = way.Nodes[0] ^ way.Nodes[len(way.Nodes)-1]<<1
	return way
}

// inSea reports whether the place, in grid steps, is in the sea: within an odd number of rings.
func (s *seaMap) inSea(p gridPoint) bool {
	t := p.tile()
	inside := false
	for _, ring := range s.Rings(t) {
		in, onLine := seaRing{points: ring}.containsPoint(loc2vec.TilePoint{X: p.x - int32(t.X)<<extentBits, Y: p.y - int32(t.Y)<<extentBits})
		inside = inside != (in || onLine)
	}
	return inside
}

// picture draws an area with four characters to a tile: ~ for sea, # for land.
func picture(s *seaMap, r tileRect) string {
	var b strings.Builder
	const perTile = 4
	for y := range r.rows * perTile {
		for x := range r.columns * perTile {
			p := gridPoint{
				x: int32(r.tile.X)<<extentBits + int32(x)*loc2vec.Extent/perTile + loc2vec.Extent/perTile/2 + 3,
				y: int32(r.tile.Y)<<extentBits + int32(y)*loc2vec.Extent/perTile + loc2vec.Extent/perTile/2 + 5,
			}
			if s.inSea(p) {
				b.WriteByte('~')
			} else {
				b.WriteByte('#')
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestCoastShapes(t *testing.T) {
	for _, c := range []struct {
		name          string
		columns, rows uint32
		ways          [][]float64
		want          string
		stats         SeaStats
	}{
		{
			name: "straight coast, sea in the east", columns: 3, rows: 2,
			ways: [][]float64{{1.5, 3, 1.5, -1}},
			want: `
				######~~~~~~
				######~~~~~~
				######~~~~~~
				######~~~~~~
				######~~~~~~
				######~~~~~~
				######~~~~~~
				######~~~~~~`,
			stats: SeaStats{Ways: 1, Chains: 1, Whole: 2, Mixed: 2},
		},
		{
			name: "the same coast the other way", columns: 3, rows: 1,
			ways: [][]float64{{1.5, -1, 1.5, 3}},
			want: `
				~~~~~~######
				~~~~~~######
				~~~~~~######
				~~~~~~######`,
			stats: SeaStats{Ways: 1, Chains: 1, Whole: 1, Mixed: 1},
		},
		{
			name: "island inside one tile", columns: 3, rows: 3,
			ways: [][]float64{{1.25, 1.25, 1.25, 1.75, 1.75, 1.75, 1.75, 1.25, 1.25, 1.25}},
			want: `
				~~~~~~~~~~~~
				~~~~~~~~~~~~
				~~~~~~~~~~~~
				~~~~~~~~~~~~
				~~~~~~~~~~~~
				~~~~~##~~~~~
				~~~~~##~~~~~
				~~~~~~~~~~~~
				~~~~~~~~~~~~
				~~~~~~~~~~~~
				~~~~~~~~~~~~
				~~~~~~~~~~~~`,
			stats: SeaStats{Ways: 1, Rings: 1, Whole: 8, Mixed: 1},
		},
		{
			name: "two islands, one of them of several ways across tiles", columns: 3, rows: 2,
			ways: [][]float64{
				{0.25, 0.25, 0.25, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25},
				{0.75, 0.75, 0.75, 1.75, 1.5, 1.75},
				{1.5, 1.75, 2.25, 1.75, 2.25, 0.75},
				{2.25, 0.75, 0.75, 0.75},
			},
			want: `
				~~~~~~~~~~~~
				~#~~~~~~~~~~
				~~~~~~~~~~~~
				~~~######~~~
				~~~######~~~
				~~~######~~~
				~~~######~~~
				~~~~~~~~~~~~`,
			stats: SeaStats{Ways: 4, Rings: 2, Mixed: 6},
		},
		{
			name: "sea inside a ring", columns: 3, rows: 1,
			ways: [][]float64{{1.25, 0.25, 1.75, 0.25, 1.75, 0.75, 1.25, 0.75, 1.25, 0.25}},
			want: `
				############
				#####~~#####
				#####~~#####
				############`,
			stats: SeaStats{Ways: 1, Rings: 1, Mixed: 1},
		},
		{
			name: "sea inside a ring across tiles, island in it, whole tiles inside", columns: 5, rows: 4,
			ways: [][]float64{
				{0.5, 0.5, 4.5, 0.5, 4.5, 3.5, 0.5, 3.5, 0.5, 0.5},
				{2.25, 1.25, 2.25, 1.75, 2.75, 1.75, 2.75, 1.25, 2.25, 1.25},
			},
			want: `
				####################
				####################
				##~~~~~~~~~~~~~~~~##
				##~~~~~~~~~~~~~~~~##
				##~~~~~~~~~~~~~~~~##
				##~~~~~~~##~~~~~~~##
				##~~~~~~~##~~~~~~~##
				##~~~~~~~~~~~~~~~~##
				##~~~~~~~~~~~~~~~~##
				##~~~~~~~~~~~~~~~~##
				##~~~~~~~~~~~~~~~~##
				##~~~~~~~~~~~~~~~~##
				##~~~~~~~~~~~~~~~~##
				##~~~~~~~~~~~~~~~~##
				####################
				####################`,
			stats: SeaStats{Ways: 2, Rings: 2, Whole: 5, Mixed: 15},
		},
		{
			name: "peninsula that touches the tile's edge three times", columns: 1, rows: 1,
			ways: [][]float64{{0.75, 2, 0.75, 0.8, 1.5, 0.9, 1.5, 0.6, 0.75, 0.5, 0.5, -0.5, 0.25, 0.5, 0.25, 2}},
			want: `
				~##~
				~##~
				~###
				~##~`,
			stats: SeaStats{Ways: 1, Chains: 1, Mixed: 1},
		},
		{
			name: "harbour mole", columns: 2, rows: 1,
			ways: [][]float64{{3, 0.5, 1.2, 0.5, 1.2, 0.25, 0.8, 0.25, 0.8, 0.5, -1, 0.5}},
			want: `
				~~~~~~~~
				~~~##~~~
				########
				########`,
			stats: SeaStats{Ways: 1, Chains: 1, Mixed: 2},
		},
		{
			name: "strait", columns: 3, rows: 2,
			ways: [][]float64{{4, 0.75, -1, 0.75}, {-1, 1.25, 4, 1.25}},
			want: `
				~~~~~~~~~~~~
				~~~~~~~~~~~~
				~~~~~~~~~~~~
				############
				############
				~~~~~~~~~~~~
				~~~~~~~~~~~~
				~~~~~~~~~~~~`,
			stats: SeaStats{Ways: 2, Chains: 2, Mixed: 6},
		},
		{
			name: "coast along the edge of tiles, sea in the west", columns: 3, rows: 2,
			ways: [][]float64{{1, -1, 1, 3}},
			want: `
				~~~~########
				~~~~########
				~~~~########
				~~~~########
				~~~~########
				~~~~########
				~~~~########
				~~~~########`,
			stats: SeaStats{Ways: 1, Chains: 1, Whole: 2},
		},
		{
			name: "coast along the edge of tiles, sea in the east", columns: 3, rows: 1,
			ways: [][]float64{{1, 3, 1, -1}},
			want: `
				####~~~~~~~~
				####~~~~~~~~
				####~~~~~~~~
				####~~~~~~~~`,
			stats: SeaStats{Ways: 1, Chains: 1, Whole: 2},
		},
		{
			name: "island that fills four tiles exactly", columns: 4, rows: 4,
			ways: [][]float64{{1, 1, 1, 3, 3, 3, 3, 1, 1, 1}},
			want: `
				~~~~~~~~~~~~~~~~
				~~~~~~~~~~~~~~~~
				~~~~~~~~~~~~~~~~
				~~~~~~~~~~~~~~~~
				~~~~########~~~~
				~~~~########~~~~
				~~~~########~~~~
				~~~~########~~~~
				~~~~########~~~~
				~~~~########~~~~
				~~~~########~~~~
				~~~~########~~~~
				~~~~~~~~~~~~~~~~
				~~~~~~~~~~~~~~~~
				~~~~~~~~~~~~~~~~
				~~~~~~~~~~~~~~~~`,
			stats: SeaStats{Ways: 1, Rings: 1, Whole: 12},
		},
		{
			name: "coast through the corners of tiles", columns: 2, rows: 2,
			ways: [][]float64{{-1, 3, 3, -1}},
			want: `
				#######~
				######~~
				#####~~~
				####~~~~
				###~~~~~
				##~~~~~~
				#~~~~~~~
				~~~~~~~~`,
			stats: SeaStats{Ways: 1, Chains: 1, Whole: 1, Mixed: 2},
		},
		{
			name: "a way and the same way again, and a part of it under another id", columns: 3, rows: 1,
			ways: [][]float64{{1.5, 3, 1.5, 0.75, 1.5, 0.5, 1.5, -1}, {1.5, 3, 1.5, 0.75, 1.5, 0.5, 1.5, -1}, {1.5, 0.75, 1.5, 0.5}},
			want: `
				######~~~~~~
				######~~~~~~
				######~~~~~~
				######~~~~~~`,
			stats: SeaStats{Ways: 3, Repeated: 2, Chains: 1, Whole: 1, Mixed: 1},
		},
		{
			name: "a way drawn against its neighbours", columns: 3, rows: 1,
			ways: [][]float64{{1.5, 3, 1.5, 0.75}, {1.5, 0.25, 1.5, 0.75}, {1.5, 0.25, 1.5, -1}},
			want: `
				######~~~~~~
				######~~~~~~
				######~~~~~~
				######~~~~~~`,
			stats: SeaStats{Ways: 3, Reversed: 1, Chains: 1, Whole: 1, Mixed: 1},
		},
		{
			name: "an islet drawn the wrong way round", columns: 3, rows: 1,
			ways: [][]float64{{0.5, 3, 0.5, -1}, {1.25, 0.25, 1.75, 0.25, 1.75, 0.75, 1.25, 0.75, 1.25, 0.25}},
			want: `
				##~~~~~~~~~~
				##~~~##~~~~~
				##~~~##~~~~~
				##~~~~~~~~~~`,
			stats: SeaStats{Ways: 2, Chains: 1, Rings: 1, Whole: 1, Mixed: 2, Conflicts: 1},
		},
		{
			name: "coast that ends inside a tile", columns: 3, rows: 2,
			ways: [][]float64{{1.5, 3, 1.5, 0.4}},
			want: `
				######~~~~~~
				######~~~~~~
				######~~~~~~
				######~~~~~~
				######~~~~~~
				######~~~~~~
				######~~~~~~
				######~~~~~~`,
			stats: SeaStats{Ways: 1, Chains: 1, Extended: 1, Whole: 2, Mixed: 2},
		},
		{
			name: "a gap in the coast", columns: 3, rows: 3,
			ways: [][]float64{{1.5, 4, 1.5, 1.6}, {1.5, 1.4, 1.5, -1}},
			want: `
				######~~~~~~
				######~~~~~~
				######~~~~~~
				######~~~~~~
				######~~~~~~
				######~~~~~~
				######~~~~~~
				######~~~~~~
				######~~~~~~
				######~~~~~~
				######~~~~~~
				######~~~~~~`,
			stats: SeaStats{Ways: 2, Chains: 2, Bridged: 1, Whole: 3, Mixed: 3},
		},
		{
			name: "no coast", columns: 2, rows: 1, want: `
				########
				########
				########
				########`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			cover := tileRect{tile: middle(), columns: c.columns, rows: c.rows}
			var ways []coastWay
			for _, w := range c.ways {
				ways = append(ways, coastline(middle(), w...))
			}
			s, stats := newCoastSea(ways, coastOptions{Cover: cover})
			want := strings.ReplaceAll(strings.TrimPrefix(c.want, "\n"), "\t", "") + "\n"
			if got := picture(s, cover); got != want {
				t.Errorf("got\n%swant\n%s", got, want)
			}
			if stats != c.stats {
				t.Errorf("statistics\ngot  %+v\nwant %+v", stats, c.stats)
			}
			checkRings(t, s, cover)
			if !strings.Contains(c.name, "exactly") && !strings.Contains(c.name, "edge of tiles") {
				checkSeams(t, s, cover, ways)
			}
		})
	}
}

// checkRings checks that rings are oriented and ordered as loc2vec.Feature asks, and that the area
// is between none and the whole tile.
func checkRings(t *testing.T, s *seaMap, cover tileCover) {
	t.Helper()
	for tile := range cover.Tiles() {
		total := int64(0)
		for i, ring := range s.Rings(tile) {
			area := shoelace(ring)
			total += area
			if area == 0 || i == 0 && area < 0 {
				t.Fatalf("tile %v: ring %d has area %d", tile, i, area)
			}
			for k, p := range ring {
				if p == ring[(k+1)%len(ring)] || min(p.X, p.Y) < 0 || max(p.X, p.Y) > loc2vec.Extent {
					t.Fatalf("tile %v: ring %d: bad point %v", tile, i, p)
				}
			}
		}
		if total < 0 || total > tileArea {
			t.Fatalf("tile %v: area %d of %d", tile, total, tileArea)
		}
	}
}

// checkSeams checks that both tiles at an edge agree on where it is wet, which holds unless a coast
// runs along the edge: places between coast points on an edge are left out.
func checkSeams(t *testing.T, s *seaMap, cover tileCover, ways []coastWay) {
	t.Helper()
	onEdge := make(map[gridPoint]bool)
	for _, w := range ways {
		for _, p := range w.Points {
			if q := gridOf(p); q.x%loc2vec.Extent == 0 || q.y%loc2vec.Extent == 0 {
				onEdge[q] = true
			}
		}
	}
	for tile := range cover.Tiles() {
		for _, side := range [...]tileSide{east, south} {
			next, ok := neighbour(tile, side)
			if !ok || !cover.Covers(next) {
				continue
			}
			here, there := wetEdge(s.Rings(tile), side), wetEdge(s.Rings(next), (side+2)%4)
			alongCoast := func(at int32) bool {
				p := gridPoint{x: int32(next.X) << extentBits, y: int32(next.Y) << extentBits}
				if side == east {
					p.y += at
				} else {
					p.x += at
				}
				return onEdge[p]
			}
			here, there = slices.DeleteFunc(here, alongCoast), slices.DeleteFunc(there, alongCoast)
			if !slices.Equal(here, there) {
				t.Fatalf("edge %d of tile %v: sea at %v here and %v there", side, tile, here, there)
			}
		}
	}
}

// wetEdge returns the stretches of a tile's edge that have sea on the tile's side, as pairs of
// sorted positions.
func wetEdge(rings [][]loc2vec.TilePoint, side tileSide) []int32 {
	// Each ring's line along the edge, signed by its direction, adds or takes away sea.
	change := make(map[int32]int)
	for _, ring := range rings {
		for i, a := range ring {
			b := ring[(i+1)%len(ring)]
			var from, to int32
			switch {
			case side == north && a.Y == 0 && b.Y == 0:
				from, to = a.X, b.X
			case side == east && a.X == loc2vec.Extent && b.X == loc2vec.Extent:
				from, to = a.Y, b.Y
			case side == south && a.Y == loc2vec.Extent && b.Y == loc2vec.Extent:
				from, to = b.X, a.X
			case side == west && a.X == 0 && b.X == 0:
				from, to = b.Y, a.Y
			default:
				continue
			}
			change[from]++
			change[to]--
		}
	}
	var at []int32
	for p, n := range change {
		if n != 0 {
			at = append(at, p)
		}
	}
	slices.Sort(at)
	return at
}

// A group of tiles that no coast reaches goes by signs of land, else by the nearest coast.
func TestTilesAwayFromTheCoast(t *testing.T) {
	at := middle()
	// Covered: a tile with the coast, two more in the east and one in the west, with gaps between.
	cover := tileSet{}
	for _, x := range []uint32{0, 3, 5, 8} {
		cover[loc2vec.Tile{X: at.X + x, Y: at.Y}] = true
	}
	ways := []coastWay{coastline(at, 3.5, 2, 3.5, -1)} // sea in the east
	tile := func(x uint32) loc2vec.Tile { return loc2vec.Tile{X: at.X + x, Y: at.Y} }
	s, _ := newCoastSea(ways, coastOptions{
		Cover: cover,
		Land:  func(t loc2vec.Tile) bool { return t == tile(8) },
	})
	for x, want := range map[uint32]int64{0: 0, 3: tileArea / 2, 5: tileArea, 8: 0} {
		area := int64(0)
		for _, ring := range s.Rings(tile(x)) {
			area += shoelace(ring)
		}
		if area != want {
			t.Errorf("tile %d: area %d, want %d", x, area, want)
		}
	}
}

// tileSet is a covered area of any shape.
type tileSet map[loc2vec.Tile]bool

func (s tileSet) Covers(t loc2vec.Tile) bool    { return s[t] }
func (s tileSet) Tiles() iter.Seq[loc2vec.Tile] { return maps.Keys(s) }

// Coasts that make no sense, in any direction and across each other, give some sea all the same.
func TestCoastsWithoutSense(t *testing.T) {
	for seed := range uint64(100) {
		rng := rand.New(rand.NewPCG(seed, 7))
		cover := tileRect{tile: middle(), columns: 4, rows: 4}
		var ways []coastWay
		for range 1 + rng.IntN(20) {
			var positions []float64
			for range 2 + rng.IntN(8) {
				positions = append(positions, rng.Float64()*6-1, math.Round(rng.Float64()*24)/4-1)
			}
			if rng.IntN(3) == 0 {
				positions = append(positions, positions[:2]...)
			}
			ways = append(ways, coastline(middle(), positions...))
		}
		s, stats := newCoastSea(ways, coastOptions{Cover: cover})
		again, statsAgain := newCoastSea(ways, coastOptions{Cover: cover})
		if stats != statsAgain || picture(s, cover) != picture(again, cover) {
			t.Fatalf("seed %d: two runs differ", seed)
		}
		for tile := range cover.Tiles() {
			for _, ring := range s.Rings(tile) {
				for _, p := range ring {
					if min(p.X, p.Y) < 0 || max(p.X, p.Y) > loc2vec.Extent {
						t.Fatalf("seed %d, tile %v: point %v", seed, tile, p)
					}
				}
			}
		}
	}
}

// A coast may end at the antimeridian and go on at the other side of the map.
func TestCoastAtTheAntimeridian(t *testing.T) {
	const last = 1<<loc2vec.Zoom - 1
	cover := tileSet{}
	for y := uint32(4000); y < 4003; y++ {
		for _, x := range []uint32{last - 1, last, 0, 1} {
			cover[loc2vec.Tile{X: x, Y: y}] = true
		}
	}
	// Sea in the north: the coast goes west, in two ways that end on ±180 degrees.
	ways := []coastWay{
		coastline(loc2vec.Tile{X: 0, Y: 4001}, 4, 0.5, 0, 0.5),
		coastline(loc2vec.Tile{X: last, Y: 4001}, 1, 0.5, -4, 0.5),
	}
	s, stats := newCoastSea(ways, coastOptions{Cover: cover})
	if want := (SeaStats{Ways: 2, Chains: 2, Extended: 1, Whole: 4, Mixed: 4}); stats != want {
		t.Errorf("got %+v, want %+v", stats, want)
	}
	for tile := range cover {
		area := int64(0)
		for _, ring := range s.Rings(tile) {
			area += shoelace(ring)
		}
		if want := int64(4002-tile.Y) * tileArea / 2; area != want {
			t.Errorf("tile %v: area %d, want %d", tile, area, want)
		}
	}
}

// A country's worth of open sea is made in a moment.
func BenchmarkOpenSea(b *testing.B) {
	cover := tileRect{tile: middle(), columns: 364, rows: 290}
	rng := rand.New(rand.NewPCG(1, 1))
	ways, _ := randomCoasts(rng, cover, 60)
	for b.Loop() {
		newCoastSea(ways, coastOptions{Cover: cover})
	}
}

// randomCoasts draws islands and, around them, one sea: closed ways that do not cross, with the
// truth about any place.
func randomCoasts(rng *rand.Rand, cover tileRect, n int) (ways []coastWay, truth func(gridPoint) bool) {
	var rings []coastChain
	width, height := float64(cover.columns), float64(cover.rows)
	type disc struct{ x, y, r float64 }
	var discs []disc
	for range n {
		d := disc{x: rng.Float64() * width, y: rng.Float64() * height, r: 0.02 + rng.Float64()*rng.Float64()*width/2}
		var positions []float64
		corners := 5 + rng.IntN(60)
		for i := range corners {
			angle := -2 * math.Pi * (float64(i) + 0.8*rng.Float64()) / float64(corners)
			r := d.r * (0.3 + 0.7*rng.Float64())
			positions = append(positions, d.x+r*math.Cos(angle), d.y+r*math.Sin(angle))
		}
		if rng.IntN(3) == 0 { // one of its points on a corner or an edge of a tile
			dx, dy := math.Round(positions[0])-positions[0], math.Round(positions[1]*4)/4-positions[1]
			for i := 0; i < len(positions); i += 2 {
				positions[i] += dx
				positions[i+1] += dy
			}
			d.x, d.y = d.x+dx, d.y+dy
		}
		if slices.ContainsFunc(discs, func(e disc) bool { return math.Hypot(d.x-e.x, d.y-e.y) < d.r+e.r+0.01 }) {
			continue
		}
		discs = append(discs, d)
		positions = append(positions, positions[:2]...)
		way := coastline(cover.tile, positions...)
		chain := coastChain{closed: true}
		for _, p := range way.Points {
			chain.append(gridOf(p))
		}
		chain.points = chain.points[:len(chain.points)-1]
		rings = append(rings, chain)
		// In several ways, in any order.
		for first := 0; first < len(way.Nodes)-1; {
			last := min(first+1+rng.IntN(20), len(way.Nodes)-1)
			ways = append(ways, coastWay{ID: rng.Int64(), Nodes: way.Nodes[first : last+1], Points: way.Points[first : last+1]})
			first = last
		}
	}
	rng.Shuffle(len(ways), func(i, j int) { ways[i], ways[j] = ways[j], ways[i] })
	return ways, func(p gridPoint) bool {
		for _, ring := range rings {
			if ring.winds(p) {
				return false
			}
		}
		return true
	}
}

// winds reports whether p is within the closed chain.
func (c coastChain) winds(p gridPoint) bool {
	points := make([]loc2vec.TilePoint, len(c.points))
	for i, q := range c.points {
		points[i] = loc2vec.TilePoint{X: q.x - p.x, Y: q.y - p.y}
	}
	inside := false
	for i, a := range points {
		b := points[(i+1)%len(points)]
		cross := int64(b.Y-a.Y)*int64(a.X) - int64(b.X-a.X)*int64(a.Y)
		if (a.Y > 0) != (b.Y > 0) && (cross > 0) == (b.Y > a.Y) {
			inside = !inside
		}
	}
	return inside
}

func TestRandomIslands(t *testing.T) {
	for seed := range uint64(60) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 1))
			cover := tileRect{tile: middle(), columns: 2 + uint32(rng.IntN(6)), rows: 2 + uint32(rng.IntN(6))}
			ways, truth := randomCoasts(rng, cover, 1+rng.IntN(30))
			s, stats := newCoastSea(ways, coastOptions{Cover: cover})
			checkRings(t, s, cover)
			checkSeams(t, s, cover, ways)
			if stats.Conflicts+stats.Bridged+stats.Extended+stats.Loose+stats.Chains != 0 {
				t.Errorf("sound coasts, but %+v", stats)
			}
			wrong, n := 0, 4000
			for range n {
				p := randomPoint(rng, cover)
				if s.inSea(p) != truth(p) {
					wrong++
				}
			}
			// Places within half a step of a cut are free.
			if wrong > n/1000 {
				t.Errorf("%d of %d places wrong", wrong, n)
			}
		})
	}
}

// randomPoint returns a place that is not on the edge of a tile.
func randomPoint(rng *rand.Rand, cover tileRect) gridPoint {
	return gridPoint{
		x: (int32(cover.tile.X)+rng.Int32N(int32(cover.columns)))<<extentBits + 1 + rng.Int32N(loc2vec.Extent-1),
		y: (int32(cover.tile.Y)+rng.Int32N(int32(cover.rows)))<<extentBits + 1 + rng.Int32N(loc2vec.Extent-1),
	}
}

// A coast shifted by whole tiles gives the shifted sea.
func TestSeaShifted(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	cover := tileRect{tile: middle(), columns: 5, rows: 4}
	ways, _ := randomCoasts(rng, cover, 20)
	want, wantStats := newCoastSea(ways, coastOptions{Cover: cover})
	const dx, dy = 5000, -3000
	shifted := slices.Clone(ways)
	for i, w := range shifted {
		shifted[i].Points = slices.Clone(w.Points)
		for k := range w.Points {
			shifted[i].Points[k].X += dx / float64(1<<loc2vec.Zoom)
			shifted[i].Points[k].Y += dy / float64(1<<loc2vec.Zoom)
		}
	}
	moved := cover
	moved.tile.X += dx
	moved.tile.Y -= -dy
	got, gotStats := newCoastSea(shifted, coastOptions{Cover: moved})
	if gotStats != wantStats {
		t.Errorf("statistics %+v, unshifted %+v", gotStats, wantStats)
	}
	for tile := range cover.Tiles() {
		there := loc2vec.Tile{X: tile.X + dx, Y: tile.Y - -dy}
		if !slices.EqualFunc(got.Rings(there), want.Rings(tile), slices.Equal) {
			t.Fatalf("tile %v differs from the shifted one", tile)
		}
	}
}

// Sea and land of the same coast, one drawn as the other's reverse, fill the tile together.
func TestSeaAndLandFillTheTile(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	cover := tileRect{tile: middle(), columns: 6, rows: 6}
	ways, _ := randomCoasts(rng, cover, 40)
	var reversed []coastWay
	for _, w := range ways {
		reversed = append(reversed, *reversedCoastWay(&w, 0, len(w.Nodes)-1))
	}
	wet, _ := newCoastSea(ways, coastOptions{Cover: cover})
	dry, _ := newCoastSea(reversed, coastOptions{Cover: cover})
	for tile := range cover.Tiles() {
		total := int64(0)
		for _, s := range []*seaMap{wet, dry} {
			for _, ring := range s.Rings(tile) {
				total += shoelace(ring)
			}
		}
		if total != tileArea {
			t.Errorf("tile %v: sea and land are %d, the tile %d", tile, total, tileArea)
		}
	}
}

// An extract that was cut by a box, its nodes outside missing, has the right sea inside the box.
func TestCoastCutByBox(t *testing.T) {
	places, wrong := 0, 0
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 5))
		all := tileRect{tile: middle(), columns: 8, rows: 8}
		ways, truth := randomCoasts(rng, all, 12)
		nw := loc2vec.Point{
			X: (float64(all.tile.X) + 2 + rng.Float64()) / (1 << loc2vec.Zoom),
			Y: (float64(all.tile.Y) + 2 + rng.Float64()) / (1 << loc2vec.Zoom),
		}
		se := loc2vec.Point{X: nw.X + 3.0/(1<<loc2vec.Zoom), Y: nw.Y + 3.0/(1<<loc2vec.Zoom)}
		inBox := func(p loc2vec.Point) bool { return p.X >= nw.X && p.X <= se.X && p.Y >= nw.Y && p.Y <= se.Y }
		var cut []coastWay
		for _, w := range ways {
			// Nodes every fiftieth of a tile, as a real coast has them.
			w = densified(w, 0.02)
			at := make(map[int64]loc2vec.Point)
			for i, node := range w.Nodes {
				at[node] = w.Points[i]
			}
			cut = append(cut, newCoastWays(w.ID, w.Nodes, func(node int64) (loc2vec.Point, bool) {
				return at[node], inBox(at[node])
			})...)
		}
		if len(cut) == 0 {
			continue // all sea or all land: there is no coast to tell
		}
		first, last := nw.Tile(), se.Tile()
		cover := tileRect{tile: first, columns: last.X - first.X + 1, rows: last.Y - first.Y + 1}
		box := loc2vec.Bounds{
			Min: loc2vec.LatLon{Lat: se.LatLon().Lat, Lon: nw.LatLon().Lon},
			Max: loc2vec.LatLon{Lat: nw.LatLon().Lat, Lon: se.LatLon().Lon},
		}
		s, _ := newCoastSea(cut, coastOptions{Cover: cover, Boxes: []loc2vec.Bounds{box}})
		for range 2000 {
			p := randomPoint(rng, cover)
			if !inBox(loc2vec.Point{X: float64(p.x) / gridAcross, Y: float64(p.y) / gridAcross}) {
				continue
			}
			places++
			if s.inSea(p) != truth(p) {
				wrong++
			}
		}
	}
	t.Logf("%d of %d places wrong", wrong, places)
	// What is wrong lies along the box's edge, between the last node inside and the edge.
	if wrong > places/100 {
		t.Errorf("%d of %d places wrong", wrong, places)
	}
}

// densified adds nodes so that none is further from the next than the given part of a tile.
func densified(w coastWay, step float64) coastWay {
	out := coastWay{ID: w.ID, Nodes: w.Nodes[:1:1], Points: w.Points[:1:1]}
	for i := 1; i < len(w.Points); i++ {
		a, b := w.Points[i-1], w.Points[i]
		n := int(math.Ceil(math.Hypot(b.X-a.X, b.Y-a.Y) * (1 << loc2vec.Zoom) / step))
		for k := 1; k < n; k++ {
			f := float64(k) / float64(n)
			p := loc2vec.Point{X: a.X + f*(b.X-a.X), Y: a.Y + f*(b.Y-a.Y)}
			out.Nodes = append(out.Nodes, int64(math.Float64bits(p.X)^math.Float64bits(p.Y)<<20))
			out.Points = append(out.Points, p)
		}
		out.Nodes = append(out.Nodes, w.Nodes[i])
		out.Points = append(out.Points, b)
	}
	return out
}
