package sample

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/raster"
)

// Looks says of each place how much of its surroundings each layer covers: places of alike looks are
// hard negatives, which only the layout of what is there tells apart. It is not changed after
// NewLooks, and safe for concurrent use.
type Looks struct {
	roots [][loc2vec.NumLayers]float32 // square roots of the coverages
}

// NewLooks draws each place once, coarsely and looking north.
func NewLooks(ctx context.Context, tiles *Tiles, places []loc2vec.LatLon) (*Looks, error) {
	l := &Looks{roots: make([][loc2vec.NumLayers]float32, len(places))}
	workers := min(runtime.GOMAXPROCS(0), len(places))
	errs := make([]error, workers)
	var running sync.WaitGroup
	for w := range workers {
		running.Go(func() { errs[w] = l.draw(ctx, tiles, places, w, workers) })
	}
	running.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("looking at places: %w", err)
		}
	}
	return l, nil
}

// draw looks at every step-th place from the given one on.
func (l *Looks) draw(ctx context.Context, tiles *Tiles, places []loc2vec.LatLon, from, step int) error {
	spec := emptySpec()
	drawer := tiles.Drawer(spec)
	pixels := make([]uint8, loc2vec.NumLayers*spec.Pixels*spec.Pixels)
	for i := from; i < len(places); i += step {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := drawer.Draw(pixels, raster.Pose{Place: places[i]}); err != nil {
			return err
		}
		for layer, coverage := range layerCoverages(pixels) {
			l.roots[i][layer] = float32(math.Sqrt(coverage))
		}
	}
	return nil
}

// distance is Hellinger's, squared, between the coverages of two places.
func (l *Looks) distance(a, b int) float32 {
	var sum float32
	for layer, v := range l.roots[a] {
		d := v - l.roots[b][layer]
		sum += d * d
	}
	return sum
}

// twin returns, of so many places drawn at random, the one that looks most like the given one among
// those that ok accepts; -1 when it accepts none.
func (l *Looks) twin(rng *rand.Rand, place, among int, ok func(int) bool) int {
	best, least := -1, float32(math.Inf(1))
	for range among {
		other := rng.IntN(len(l.roots))
		if d := l.distance(place, other); d < least && ok(other) {
			best, least = other, d
		}
	}
	return best
}
