package sea

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/coast"
	"github.com/loc2vec/loc2vec/osmextract/internal/grid"
)

// randomCoasts returns closed ways of islands in one sea, which do not cross, and a function that tells
// the sea.
func randomCoasts(rng *rand.Rand, cover tileRect, n int) (ways []Way, truth func(grid.Point) bool) {
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
			chain.append(grid.Of(p))
		}
		chain.points = chain.points[:len(chain.points)-1]
		rings = append(rings, chain)
		// In several ways, in any order.
		for first := 0; first < len(way.Nodes)-1; {
			last := min(first+1+rng.IntN(20), len(way.Nodes)-1)
			ways = append(ways, Way{ID: rng.Int64(), Nodes: way.Nodes[first : last+1], Points: way.Points[first : last+1]})
			first = last
		}
	}
	rng.Shuffle(len(ways), func(i, j int) { ways[i], ways[j] = ways[j], ways[i] })
	return ways, func(p grid.Point) bool {
		for _, ring := range rings {
			if ring.winds(p) {
				return false
			}
		}
		return true
	}
}

// winds reports whether p lies within the closed chain.
func (c coastChain) winds(p grid.Point) bool {
	points := make([]loc2vec.TilePoint, len(c.points))
	for i, q := range c.points {
		points[i] = loc2vec.TilePoint{X: q.X - p.X, Y: q.Y - p.Y}
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
			s, stats := coastSea(ways, CoastOptions{Cover: cover})
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
			// Positions within half a step of a cut may be either.
			if wrong > n/1000 {
				t.Errorf("%d of %d places wrong", wrong, n)
			}
		})
	}
}

// randomPoint returns a position that is not on the edge of a tile.
func randomPoint(rng *rand.Rand, cover tileRect) grid.Point {
	return grid.Point{
		X: (int32(cover.tile.X)+rng.Int32N(int32(cover.columns)))<<grid.ExtentBits + 1 + rng.Int32N(loc2vec.Extent-1),
		Y: (int32(cover.tile.Y)+rng.Int32N(int32(cover.rows)))<<grid.ExtentBits + 1 + rng.Int32N(loc2vec.Extent-1),
	}
}

// A coast shifted by whole tiles makes the shifted sea.
func TestSeaShifted(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	cover := tileRect{tile: middle(), columns: 5, rows: 4}
	ways, _ := randomCoasts(rng, cover, 20)
	want, wantStats := coastSea(ways, CoastOptions{Cover: cover})
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
	got, gotStats := coastSea(shifted, CoastOptions{Cover: moved})
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

// The sea of a coast and the sea of the reversed coast fill each tile together.
func TestSeaAndLandFillTheTile(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	cover := tileRect{tile: middle(), columns: 6, rows: 6}
	ways, _ := randomCoasts(rng, cover, 40)
	var reversed []Way
	for _, w := range ways {
		reversed = append(reversed, *reversedCoastWay(&w, 0, len(w.Nodes)-1))
	}
	wet, _ := coastSea(ways, CoastOptions{Cover: cover})
	dry, _ := coastSea(reversed, CoastOptions{Cover: cover})
	for tile := range cover.Tiles() {
		total := int64(0)
		for _, s := range []*Map{wet, dry} {
			for _, ring := range s.Rings(tile) {
				total += loc2vec.DoubleArea(ring)
			}
		}
		if total != coast.Area {
			t.Errorf("tile %v: sea and land are %d, the tile %d", tile, total, coast.Area)
		}
	}
}

// An extract that lacks the nodes outside of its box has the right sea inside the box.
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
		var cut []Way
		for _, w := range ways {
			// Nodes are a fiftieth of a tile apart, like those of a real coast.
			w = densified(w, 0.02)
			at := make(map[int64]loc2vec.Point)
			for i, node := range w.Nodes {
				at[node] = w.Points[i]
			}
			cut = append(cut, NewWays(w.ID, w.Nodes, func(i int) (loc2vec.Point, bool) {
				p := at[w.Nodes[i]]
				return p, inBox(p)
			})...)
		}
		if len(cut) == 0 {
			continue // all sea or all land
		}
		first, last := nw.Tile(), se.Tile()
		cover := tileRect{tile: first, columns: last.X - first.X + 1, rows: last.Y - first.Y + 1}
		box := loc2vec.Bounds{
			Min: loc2vec.LatLon{Lat: se.LatLon().Lat, Lon: nw.LatLon().Lon},
			Max: loc2vec.LatLon{Lat: nw.LatLon().Lat, Lon: se.LatLon().Lon},
		}
		s, _ := coastSea(cut, CoastOptions{Cover: cover, Boxes: []loc2vec.Bounds{box}})
		for range 2000 {
			p := randomPoint(rng, cover)
			if !inBox(loc2vec.Point{X: float64(p.X) / grid.Across, Y: float64(p.Y) / grid.Across}) {
				continue
			}
			places++
			if s.inSea(p) != truth(p) {
				wrong++
			}
		}
	}
	t.Logf("%d of %d places wrong", wrong, places)
	// Errors lie at the edge of the box, between the last node inside and the edge.
	if wrong > places/100 {
		t.Errorf("%d of %d places wrong", wrong, places)
	}
}

// densified adds nodes so that two successive ones are at most a fraction of a tile apart.
func densified(w Way, step float64) Way {
	out := Way{ID: w.ID, Nodes: w.Nodes[:1:1], Points: w.Points[:1:1]}
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
