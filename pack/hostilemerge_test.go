package pack_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/pack"
)

// hostileTile returns one feature with that many points that are hard to merge, others for each seed.
func hostileTile(kind string, points int, seed uint64) loc2vec.Feature {
	rng := rand.New(rand.NewPCG(seed, 2))
	near := func(v int32) int32 { return min(max(v+rng.Int32N(127)-63, 1), loc2vec.Extent-1) }
	walk := make([]loc2vec.TilePoint, points)
	at := loc2vec.TilePoint{X: rng.Int32N(loc2vec.Extent), Y: rng.Int32N(loc2vec.Extent)}
	for i := range walk {
		at = loc2vec.TilePoint{X: near(at.X), Y: near(at.Y)}
		walk[i] = at
	}
	triangles := func() (parts [][]loc2vec.TilePoint) {
		for i := range points / 3 {
			p := walk[i]
			parts = append(parts, []loc2vec.TilePoint{p, {X: p.X + 1, Y: p.Y}, {X: p.X + 1, Y: p.Y + 1}})
		}
		return parts
	}
	f := loc2vec.Feature{Layer: loc2vec.Water, Kind: loc2vec.KindArea, Size: loc2vec.SeaArea}
	switch kind {
	case "a line":
		return loc2vec.Feature{Layer: loc2vec.MinorRoad, Kind: loc2vec.KindLine, Size: 60, Parts: [][]loc2vec.TilePoint{walk}}
	case "discs":
		f = loc2vec.Feature{Layer: loc2vec.Commerce, Kind: loc2vec.KindDisc, Size: 60}
		for i := range min(points, 1<<15) { // a quarter of mvt.MaxParts
			f.Parts = append(f.Parts, walk[i:i+1])
		}
	case "rings":
		f = loc2vec.Feature{Layer: loc2vec.Building, Kind: loc2vec.KindArea, Parts: triangles()[:min(points/3, 1<<15)]}
	case "a lake":
		// It reaches the tile's edge, so that it may be the water of another pack.
		f = loc2vec.Feature{Layer: loc2vec.Water, Kind: loc2vec.KindArea, Parts: [][]loc2vec.TilePoint{append(walk, loc2vec.TilePoint{}, loc2vec.TilePoint{X: loc2vec.Extent})}}
	case "islands":
		f.Parts = triangles()
	case "a coast":
		f.Parts = [][]loc2vec.TilePoint{walk}
	}
	if len(f.Parts) == 1 && loc2vec.DoubleArea(f.Parts[0]) < 0 {
		ring := f.Parts[0]
		for i, j := 0, len(ring)-1; i < j; i, j = i+1, j-1 {
			ring[i], ring[j] = ring[j], ring[i]
		}
	}
	return f
}

// hostilePacks returns four packs whose features in a tile are, together, at the limits of one tile, or of a sea that is
// merged.
func hostilePacks(t testing.TB, kind string, tile loc2vec.Tile) (s pack.Set) {
	points := 1 << 19 / 4 // mvt.MaxPoints
	if kind == "islands" || kind == "a coast" {
		points = 1 << 16 / 4 // maxShorePoints
	}
	points -= 2
	for i := range 4 {
		f := hostileTile(kind, points, uint64(i))
		s = append(s, openPack(t, writePack(t, []packTile{{tile, []loc2vec.Feature{f}}})))
	}
	return s
}

// mergeKinds are the kinds of hostileTile.
func mergeKinds() []string {
	return []string{"a line", "discs", "rings", "a lake", "islands", "a coast"}
}

// countedContext counts how often it is asked whether it has ended, and ends after some times.
type countedContext struct {
	context.Context
	looks, last int
}

func (c *countedContext) Err() error {
	if c.looks++; c.looks >= c.last {
		return context.Canceled
	}
	return nil
}

// TestHostileMerge: merging tiles at the limits takes at most 150 MB, looks at the context after each few thousand points,
// and returns when it has ended.
func TestHostileMerge(t *testing.T) {
	const never, megabytes, between = 1 << 30, 150, 3 << 12
	tile := loc2vec.Tile{X: 8200, Y: 8100}
	for i, kind := range mergeKinds() {
		if testing.Short() && i%4 != 0 {
			continue
		}
		s := hostilePacks(t, kind, tile)
		merge := func(ctx context.Context) (points int, err error) {
			var reader pack.TileReader
			_, err = reader.Parts(ctx, s, tile, func(p *loc2vec.Part) { points += len(p.Points) })
			return points, err
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		ctx := &countedContext{t.Context(), 0, never}
		points, err := merge(ctx)
		runtime.ReadMemStats(&after)
		allocated := (after.TotalAlloc - before.TotalAlloc) >> 20
		t.Logf("%s: %d points, %d MB, %d looks at the context", kind, points, allocated, ctx.looks)
		if err != nil || points < 5_000 || allocated > megabytes || ctx.looks < points/between {
			t.Errorf("%s: %d points, %d MB, %d looks at the context, %v", kind, points, allocated, ctx.looks, err)
		}
		for last := 1; last < ctx.looks; last += 1 + ctx.looks/3 {
			ended := &countedContext{t.Context(), 0, last}
			if _, err := merge(ended); !errors.Is(err, context.Canceled) || ended.looks > last {
				t.Errorf("%s: ended at look %d: %d looks, %v", kind, last, ended.looks, err)
			}
		}
	}
}

// TestTogetherWithinLimits: packs may have no more in a tile together than one of them may.
func TestTogetherWithinLimits(t *testing.T) {
	tile := loc2vec.Tile{X: 8200, Y: 8100}
	s := hostilePacks(t, "a line", tile)
	s = append(s, openPack(t, writePack(t, []packTile{{tile, []loc2vec.Feature{hostileTile("a line", 2000, 9)}}})))
	var reader pack.TileReader
	for n := 1; n <= len(s); n++ {
		_, err := reader.Parts(t.Context(), s[:n], tile, func(*loc2vec.Part) {})
		if n < len(s) && err != nil || n == len(s) && !errors.Is(err, loc2vec.ErrCorrupt) {
			t.Errorf("%d packs: %v", n, err)
		}
	}
}

// BenchmarkHostileMerge merges tiles at the limits.
func BenchmarkHostileMerge(b *testing.B) {
	tile := loc2vec.Tile{X: 8200, Y: 8100}
	for _, kind := range mergeKinds() {
		s := hostilePacks(b, kind, tile)
		b.Run(kind, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var reader pack.TileReader
				if _, err := reader.Parts(b.Context(), s, tile, func(*loc2vec.Part) {}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
