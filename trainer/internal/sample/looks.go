package sample

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"

	"github.com/loc2vec/loc2vec"
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
	err := tiles.DrawEach(ctx, emptySpec(), places, runtime.GOMAXPROCS(0), func(i int, pixels []uint8) error {
		for layer, coverage := range layerCoverages(pixels) {
			l.roots[i][layer] = float32(math.Sqrt(coverage))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("looking at places: %w", err)
	}
	return l, nil
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
