package sample

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"

	"github.com/loc2vec/loc2vec"
)

// CoverageDescriptor holds, for each place, the share of its surroundings that each layer covers. Places of equal
// coverage are hard negatives: only the layout of the ground tells them apart. It is immutable and safe for
// concurrent use.
type CoverageDescriptor struct {
	roots [][loc2vec.NumLayers]float32 // square roots of the coverages
}

// DescribeCoverage draws each place once, coarsely and facing north. It uses all processors.
func DescribeCoverage(ctx context.Context, tiles *Tiles, places []loc2vec.LatLon) (*CoverageDescriptor, error) {
	d := &CoverageDescriptor{roots: make([][loc2vec.NumLayers]float32, len(places))}
	err := tiles.DrawEach(ctx, emptySpec(), places, runtime.GOMAXPROCS(0), func(i int, pixels []uint8) error {
		for layer, coverage := range layerCoverages(pixels) {
			d.roots[i][layer] = float32(math.Sqrt(coverage))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("measuring the coverage of places: %w", err)
	}
	return d, nil
}

// distance is the squared Hellinger distance between the coverages of two places.
func (d *CoverageDescriptor) distance(a, b int) float32 {
	var sum float32
	for layer, v := range d.roots[a] {
		difference := v - d.roots[b][layer]
		sum += difference * difference
	}
	return sum
}

// mostAlike draws coverageCandidates places at random and returns the one nearest to place among those that accept
// allows; -1 when it allows none.
func (d *CoverageDescriptor) mostAlike(rng *rand.Rand, place int, accept func(int) bool) int {
	best, least := -1, float32(math.Inf(1))
	for range coverageCandidates {
		other := rng.IntN(len(d.roots))
		if distance := d.distance(place, other); distance < least && accept(other) {
			best, least = other, distance
		}
	}
	return best
}
