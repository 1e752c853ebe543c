package eval

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/loc2vec/loc2vec"
)

const (
	// BlockMetres is the edge length of a block of the bootstrap.
	BlockMetres = 2000
	// replicates is enough for two digits of the ends of a 95 % interval.
	replicates = 1000
	// MinBlocks is the least number of blocks for an interval: with fewer, most replicates are the
	// same few samples.
	MinBlocks = 5
)

// bootstrap resamples blocks of places with replacement. All methods share its replicates, so that
// differences between methods are paired. Safe for concurrent use.
type bootstrap struct {
	block  []int      // [N] each place's block
	blocks int        // number of blocks
	draws  [][]uint16 // [replicates][blocks] number of times that each block was drawn
}

func newBootstrap(block []int, rng *rand.Rand) *bootstrap {
	b := &bootstrap{block: block}
	for _, k := range block {
		b.blocks = max(b.blocks, k+1)
	}
	b.draws = make([][]uint16, replicates)
	for r := range b.draws {
		b.draws[r] = make([]uint16, b.blocks)
		for range b.blocks {
			b.draws[r][rng.IntN(b.blocks)]++
		}
	}
	return b
}

// statistic computes a score of the places, each weighted by the number of times that its block was
// drawn, or by 1 when draw is nil.
type statistic func(draw []uint16) float64

// minus returns the difference of two statistics on the same draws.
func (s statistic) minus(other statistic) statistic {
	return func(draw []uint16) float64 { return s(draw) - other(draw) }
}

// mean estimates the mean of values [N]. NaN stands for a place without a value.
func (b *bootstrap) mean(values []float64) Estimate {
	return b.estimate(replicates, b.meanOf(values))
}

// meanOf returns the mean of values [N] as a statistic. NaN stands for a place without a value.
func (b *bootstrap) meanOf(values []float64) statistic {
	sums, counts := make([]float64, b.blocks), make([]float64, b.blocks)
	var sum, count float64
	for i, v := range values {
		if math.IsNaN(v) {
			continue
		}
		sums[b.block[i]] += v
		counts[b.block[i]]++
		sum += v
		count++
	}
	return func(draw []uint16) float64 {
		if draw == nil {
			return sum / count
		}
		var sum, count float64
		for k, times := range draw {
			sum += float64(times) * sums[k]
			count += float64(times) * counts[k]
		}
		return sum / count
	}
}

// estimate returns a statistic with its interval from n replicates. Replicates without a value are
// left out.
func (b *bootstrap) estimate(n int, statistic statistic) Estimate {
	e := Estimate{Value: statistic(nil), Low: math.NaN(), High: math.NaN()}
	if b.blocks < MinBlocks {
		return e
	}
	var values []float64
	for _, draw := range b.draws[:min(n, len(b.draws))] {
		if v := statistic(draw); !math.IsNaN(v) {
			values = append(values, v)
		}
	}
	if len(values) < 2 {
		return e
	}
	slices.Sort(values)
	e.Low, e.High = quantile(values, 0.025), quantile(values, 0.975)
	return e
}

// centred is estimate for statistics that are biased by repeated places, such as the spectrum of a
// covariance. It shifts the interval so that the median of the replicates equals the value.
func (b *bootstrap) centred(n int, statistic statistic) Estimate {
	var values []float64
	e := b.estimate(n, func(draw []uint16) float64 {
		v := statistic(draw)
		if draw != nil {
			values = append(values, v)
		}
		return v
	})
	if shift := e.Value - median(values); !math.IsNaN(shift) {
		e.Low, e.High = e.Low+shift, e.High+shift
	}
	return e
}

func median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	return quantile(slices.Sorted(slices.Values(values)), 0.5)
}

// quantile interpolates linearly between sorted values.
func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

// blocksOf returns [N], the number of the 2 km block of each place, in order of first appearance.
func blocksOf(places []loc2vec.LatLon) []int {
	type cell struct{ x, y int }
	numbers := map[cell]int{}
	out := make([]int, len(places))
	if len(places) == 0 {
		return out
	}
	// A single scale keeps the region's grid regular. Its error over the height of a region is a few
	// per cent, which does not matter to a bootstrap.
	unit := places[0].Point().MetresPerUnit()
	for i, ll := range places {
		p := ll.Point()
		c := cell{int(math.Floor(p.X * unit / BlockMetres)), int(math.Floor(p.Y * unit / BlockMetres))}
		k, ok := numbers[c]
		if !ok {
			k = len(numbers)
			numbers[c] = k
		}
		out[i] = k
	}
	return out
}
