package sea

import (
	"context"
	"iter"
	"maps"
	"math"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/coast"
)

func TestCoastShapes(t *testing.T) {
	for _, c := range []struct {
		name          string
		columns, rows uint32
		ways          [][]float64
		want          string
		stats         Stats
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
			stats: Stats{Ways: 1, Chains: 1, Whole: 2, Mixed: 2},
		},
		{
			name: "the same coast the other way", columns: 3, rows: 1,
			ways: [][]float64{{1.5, -1, 1.5, 3}},
			want: `
				~~~~~~######
				~~~~~~######
				~~~~~~######
				~~~~~~######`,
			stats: Stats{Ways: 1, Chains: 1, Whole: 1, Mixed: 1},
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
			stats: Stats{Ways: 1, Rings: 1, Whole: 8, Mixed: 1},
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
			stats: Stats{Ways: 4, Rings: 2, Mixed: 6},
		},
		{
			name: "sea inside a ring", columns: 3, rows: 1,
			ways: [][]float64{{1.25, 0.25, 1.75, 0.25, 1.75, 0.75, 1.25, 0.75, 1.25, 0.25}},
			want: `
				############
				#####~~#####
				#####~~#####
				############`,
			stats: Stats{Ways: 1, Rings: 1, Mixed: 1},
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
			stats: Stats{Ways: 2, Rings: 2, Whole: 5, Mixed: 15},
		},
		{
			name: "peninsula that touches the tile's edge three times", columns: 1, rows: 1,
			ways: [][]float64{{0.75, 2, 0.75, 0.8, 1.5, 0.9, 1.5, 0.6, 0.75, 0.5, 0.5, -0.5, 0.25, 0.5, 0.25, 2}},
			want: `
				~##~
				~##~
				~###
				~##~`,
			stats: Stats{Ways: 1, Chains: 1, Mixed: 1},
		},
		{
			name: "harbour mole", columns: 2, rows: 1,
			ways: [][]float64{{3, 0.5, 1.2, 0.5, 1.2, 0.25, 0.8, 0.25, 0.8, 0.5, -1, 0.5}},
			want: `
				~~~~~~~~
				~~~##~~~
				########
				########`,
			stats: Stats{Ways: 1, Chains: 1, Mixed: 2},
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
			stats: Stats{Ways: 2, Chains: 2, Mixed: 6},
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
			stats: Stats{Ways: 1, Chains: 1, Whole: 2},
		},
		{
			name: "coast along the edge of tiles, sea in the east", columns: 3, rows: 1,
			ways: [][]float64{{1, 3, 1, -1}},
			want: `
				####~~~~~~~~
				####~~~~~~~~
				####~~~~~~~~
				####~~~~~~~~`,
			stats: Stats{Ways: 1, Chains: 1, Whole: 2},
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
			stats: Stats{Ways: 1, Rings: 1, Whole: 12},
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
			stats: Stats{Ways: 1, Chains: 1, Whole: 1, Mixed: 2},
		},
		{
			name: "a way and the same way again, and a part of it under another id", columns: 3, rows: 1,
			ways: [][]float64{{1.5, 3, 1.5, 0.75, 1.5, 0.5, 1.5, -1}, {1.5, 3, 1.5, 0.75, 1.5, 0.5, 1.5, -1}, {1.5, 0.75, 1.5, 0.5}},
			want: `
				######~~~~~~
				######~~~~~~
				######~~~~~~
				######~~~~~~`,
			stats: Stats{Ways: 3, Repeated: 2, Chains: 1, Whole: 1, Mixed: 1},
		},
		{
			name: "a way drawn against its neighbours", columns: 3, rows: 1,
			ways: [][]float64{{1.5, 3, 1.5, 0.75}, {1.5, 0.25, 1.5, 0.75}, {1.5, 0.25, 1.5, -1}},
			want: `
				######~~~~~~
				######~~~~~~
				######~~~~~~
				######~~~~~~`,
			stats: Stats{Ways: 3, Reversed: 1, Chains: 1, Whole: 1, Mixed: 1},
		},
		{
			name: "an islet drawn the wrong way round", columns: 3, rows: 1,
			ways: [][]float64{{0.5, 3, 0.5, -1}, {1.25, 0.25, 1.75, 0.25, 1.75, 0.75, 1.25, 0.75, 1.25, 0.25}},
			want: `
				##~~~~~~~~~~
				##~~~##~~~~~
				##~~~##~~~~~
				##~~~~~~~~~~`,
			stats: Stats{Ways: 2, Chains: 1, Rings: 1, Whole: 1, Mixed: 2, Conflicts: 1},
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
			stats: Stats{Ways: 1, Chains: 1, Extended: 1, Whole: 2, Mixed: 2},
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
			stats: Stats{Ways: 2, Chains: 2, Bridged: 1, Whole: 3, Mixed: 3},
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
			var ways []Way
			for _, w := range c.ways {
				ways = append(ways, coastline(middle(), w...))
			}
			s, stats := coastSea(ways, CoastOptions{Cover: cover})
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

// A group of tiles without coast goes by signs of land, or else by the nearest coast.
func TestTilesAwayFromTheCoast(t *testing.T) {
	at := middle()
	// The area has a tile with the coast, two more in the east and one in the west, with gaps in between.
	cover := tileSet{}
	for _, x := range []uint32{0, 3, 5, 8} {
		cover[loc2vec.Tile{X: at.X + x, Y: at.Y}] = true
	}
	ways := []Way{coastline(at, 3.5, 2, 3.5, -1)} // sea in the east
	tile := func(x uint32) loc2vec.Tile { return loc2vec.Tile{X: at.X + x, Y: at.Y} }
	s, _ := coastSea(ways, CoastOptions{
		Cover: cover,
		Land:  func(t loc2vec.Tile) bool { return t == tile(8) },
	})
	for x, want := range map[uint32]int64{0: 0, 3: coast.Area / 2, 5: coast.Area, 8: 0} {
		area := int64(0)
		for _, ring := range s.Rings(tile(x)) {
			area += loc2vec.DoubleArea(ring)
		}
		if area != want {
			t.Errorf("tile %d: area %d, want %d", x, area, want)
		}
	}
}

// tileSet is an area of any shape.
type tileSet map[loc2vec.Tile]bool

func (s tileSet) Covers(t loc2vec.Tile) bool { return s[t] }

func (s tileSet) Tiles() iter.Seq[loc2vec.Tile] { return maps.Keys(s) }

// Coasts without sense, in any direction and across each other, make some sea without a crash.
func TestCoastsWithoutSense(t *testing.T) {
	for seed := range uint64(100) {
		rng := rand.New(rand.NewPCG(seed, 7))
		cover := tileRect{tile: middle(), columns: 4, rows: 4}
		var ways []Way
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
		s, stats := coastSea(ways, CoastOptions{Cover: cover})
		again, statsAgain := coastSea(ways, CoastOptions{Cover: cover})
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

// The memory for free ends grows with their number, not with the number of their pairs.
func TestManyFreeEnds(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 2))
	cover := tileRect{tile: middle(), columns: 6, rows: 6}
	var ways []Way
	for range 1000 {
		x, y := 6*rng.Float64(), 6*rng.Float64()
		ways = append(ways, coastline(middle(), x, y, x+0.01, y+0.01))
	}
	var stats Stats
	chains := joinCoast(ways, 0, &stats)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, _, err := closeEnds(context.Background(), chains, cover, nil, &stats); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; stats.Bridged < 500 || took > 8<<20 {
		t.Errorf("%d bridges between 1000 coasts took %d bytes", stats.Bridged, took)
	}
}

// A coast may end at the antimeridian and continue on the other side of the map.
func TestCoastAtTheAntimeridian(t *testing.T) {
	const last = 1<<loc2vec.Zoom - 1
	cover := tileSet{}
	for y := uint32(4000); y < 4003; y++ {
		for _, x := range []uint32{last - 1, last, 0, 1} {
			cover[loc2vec.Tile{X: x, Y: y}] = true
		}
	}
	// Sea is in the north: the coast leads west, in two ways that end at ±180 degrees.
	ways := []Way{
		coastline(loc2vec.Tile{X: 0, Y: 4001}, 4, 0.5, 0, 0.5),
		coastline(loc2vec.Tile{X: last, Y: 4001}, 1, 0.5, -4, 0.5),
	}
	s, stats := coastSea(ways, CoastOptions{Cover: cover})
	if want := (Stats{Ways: 2, Chains: 2, Bridged: 1, Whole: 4, Mixed: 4}); stats != want {
		t.Errorf("got %+v, want %+v", stats, want)
	}
	for tile := range cover {
		area := int64(0)
		for _, ring := range s.Rings(tile) {
			area += loc2vec.DoubleArea(ring)
		}
		if want := int64(4002-tile.Y) * coast.Area / 2; area != want {
			t.Errorf("tile %v: area %d, want %d", tile, area, want)
		}
	}
}

// BenchmarkOpenSea computes the sea of as many tiles as a country has.
func BenchmarkOpenSea(b *testing.B) {
	cover := tileRect{tile: middle(), columns: 364, rows: 290}
	rng := rand.New(rand.NewPCG(1, 1))
	ways, _ := randomCoasts(rng, cover, 60)
	for b.Loop() {
		coastSea(ways, CoastOptions{Cover: cover})
	}
}
