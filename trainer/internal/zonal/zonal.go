// Package zonal summarises the vectors of the places of an area.
package zonal

import (
	"errors"
	"math"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/sdk"
)

// Summary is what the vectors of places have in common.
type Summary struct {
	// Mean is the mean of the vectors, in a cosine space that of their directions.
	Mean sdk.Vector
	// Spread is the root of the mean square of the distances of the vectors to Mean: 0 where all places are alike.
	Spread float64
	Count  int // of vectors: places outside every region have none
	// Mapped is the mean of the mapped fractions, 0 to 1.
	Mapped float64
	// Unmapped is the share, 0 to 1, of places without any map. Their vectors, that of an empty map, count in Mean.
	Unmapped float64
	// Coverage is the mean of the coverages of each layer, which results have with sdk.Options.Coverage.
	Coverage [loc2vec.NumLayers]float32
	// Nearest is the place whose vector is nearest to Mean, the first of several.
	Nearest loc2vec.LatLon
}

// Summarise summarises the outcomes of places. Places outside every region are left out; if all are, the error wraps
// loc2vec.ErrNoCoverage. Any other error of an outcome is returned. The sums are in the order of the places.
func Summarise(places []loc2vec.LatLon, outcomes []sdk.Outcome) (Summary, error) {
	var s Summary
	var sum [loc2vec.Dimension]float64
	var covered [loc2vec.NumLayers]float64
	for i := range outcomes {
		o := &outcomes[i]
		if errors.Is(o.Err, loc2vec.ErrNoCoverage) {
			continue
		}
		if o.Err != nil {
			return s, o.Err
		}
		s.Count++
		s.Mapped += o.Mapped
		for l, share := range o.Coverage {
			covered[l] += float64(share)
		}
		if o.Unmapped {
			s.Unmapped++
		}
		s.Mean = o.Vector
		scale := 1.0
		if o.Vector.Metric == loc2vec.Cosine {
			scale = inverseLength(&o.Vector)
		}
		for d, v := range o.Vector.Values {
			sum[d] += float64(scale * float64(v))
		}
	}
	if s.Count == 0 {
		return s, loc2vec.ErrNoCoverage
	}
	n := float64(s.Count)
	s.Mapped, s.Unmapped = s.Mapped/n, s.Unmapped/n
	for l := range covered {
		s.Coverage[l] = float32(covered[l] / n)
	}
	for d := range sum {
		s.Mean.Values[d] = float32(sum[d] / n)
	}
	squares, least := 0.0, math.Inf(1)
	for i := range outcomes {
		if outcomes[i].Err != nil {
			continue
		}
		d, err := sdk.Distance(outcomes[i].Vector, s.Mean)
		if err != nil {
			return s, err
		}
		squares += float64(d * d)
		if d < least {
			least, s.Nearest = d, places[i]
		}
	}
	s.Spread = math.Sqrt(squares / n)
	return s, nil
}

// inverseLength returns one over the length of a vector, 0 for a vector of zeros.
func inverseLength(v *sdk.Vector) float64 {
	squares := 0.0
	for _, x := range v.Values {
		squares += float64(float64(x) * float64(x))
	}
	if squares == 0 {
		return 0
	}
	return 1 / math.Sqrt(squares)
}
