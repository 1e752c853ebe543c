package eval

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/loc2vec/loc2vec"
)

const (
	// BlockMetres is the edge of a block of the bootstrap.
	BlockMetres = 2000
	// replicates of the bootstrap: enough for the ends of a 95 % interval to two digits.
	replicates = 1000
	// minBlocks is the least number of blocks that an interval is given for: among fewer, most
	// replicates are the same few samples.
	minBlocks = 5
)

// Estimate is a figure with its 95 % interval from the block bootstrap. Low and High are NaN, and
// null in JSON, where there are too few blocks for an interval.
type Estimate struct {
	Value, Low, High float64
}

// MarshalJSON writes {"value":…, "low":…, "high":…}.
func (e Estimate) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]*float64{"value": finite(e.Value), "low": finite(e.Low), "high": finite(e.High)})
}

// UnmarshalJSON is the inverse of MarshalJSON.
func (e *Estimate) UnmarshalJSON(data []byte) error {
	var v struct{ Value, Low, High *float64 }
	if err := json.Unmarshal(data, &v); err != nil {
		return err
	}
	for _, f := range []struct {
		dst *float64
		src *float64
	}{{&e.Value, v.Value}, {&e.Low, v.Low}, {&e.High, v.High}} {
		*f.dst = math.NaN()
		if f.src != nil {
			*f.dst = *f.src
		}
	}
	return nil
}

// Number is a figure without an interval: NaN, and null in JSON, where there is none.
type Number float64

// MarshalJSON writes a number or null.
func (n Number) MarshalJSON() ([]byte, error) { return json.Marshal(finite(float64(n))) }

// UnmarshalJSON is the inverse of MarshalJSON.
func (n *Number) UnmarshalJSON(data []byte) error {
	var v *float64
	if err := json.Unmarshal(data, &v); err != nil {
		return err
	}
	*n = Number(math.NaN())
	if v != nil {
		*n = Number(*v)
	}
	return nil
}

func finite(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	// Six digits are more than any figure here means, and keep files of results readable.
	v = math.Round(v*1e6) / 1e6
	return &v
}

// String formats the estimate as "0.752 [0.731, 0.770]".
func (e Estimate) String() string {
	if math.IsNaN(e.Low) || math.IsNaN(e.High) {
		return fmt.Sprintf("%.3f", e.Value)
	}
	return fmt.Sprintf("%.3f [%.3f, %.3f]", e.Value, e.Low, e.High)
}

// bootstrap resamples blocks of places with replacement. All methods are judged on the same
// replicates, so that differences between methods are paired.
type bootstrap struct {
	block  []int      // [N] block of each place
	blocks int        // number of blocks that hold a place
	draws  [][]uint16 // [replicates][blocks] how often each block was drawn
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

// statistic is a figure of the places as often as their blocks were drawn, each once when draw is
// nil.
type statistic func(draw []uint16) float64

// minus is the difference of two statistics on the same draws.
func (s statistic) minus(other statistic) statistic {
	return func(draw []uint16) float64 { return s(draw) - other(draw) }
}

// mean estimates the mean of one value per place; NaN stands for a place without a value.
func (b *bootstrap) mean(values []float64) Estimate {
	return b.estimate(replicates, b.meanOf(values))
}

// meanOf is the mean of one value per place; NaN stands for a place without a value.
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

// estimate puts the interval of n replicates around a statistic. Replicates that drew no place with
// a value are left out.
func (b *bootstrap) estimate(n int, statistic statistic) Estimate {
	e := Estimate{Value: statistic(nil), Low: math.NaN(), High: math.NaN()}
	if b.blocks < minBlocks {
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

// centred is estimate for statistics that repeating places biases, as it does the spectrum of a
// covariance: the interval is moved so that its median is the value.
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

// quantile interpolates linearly in sorted values.
func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

// blocksOf numbers the 2 km blocks that the places fall into, in order of first appearance.
func blocksOf(places []loc2vec.LatLon) []int {
	type cell struct{ x, y int }
	numbers := map[cell]int{}
	out := make([]int, len(places))
	if len(places) == 0 {
		return out
	}
	// One scale for the whole region keeps the grid square; over a region's height it errs by a
	// few per cent at most, which does not matter to a bootstrap.
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
