package onnx

import (
	"math"
	"slices"

	"github.com/loc2vec/loc2vec/internal/int8net"
	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
)

// Nothing averages out the rounding of hidden dense units: it goes into the embedding as it is. Each unit
// is therefore computed several times, a fraction of a step apart, and the mean of their bytes has as
// many more steps. Rows of equal weights cost little in a compressed file.

// staggered is how many times a unit is computed.
const staggered = 4

// stagger writes each unit of a hidden layer staggered times, one after the other, in the columns of
// coverage as well where that is not nil. next reads the layer.
func stagger(d *int8net.Dense, c *int8net.Coverage, in int8net.Quant, next *encoder.Layer) {
	var bias []int32
	for o, b := range d.Bias {
		step := float64(d.Output.Scale) / (float64(in.Scale) * float64(d.WeightScale[o])) // in units of the sums
		for k := range staggered {
			offset := (float64(k) - (staggered-1)/2.0) / staggered
			bias = append(bias, b+int32(math.RoundToEven(offset*step)))
		}
	}
	if c != nil {
		c.Weight = repeatRows(c.Weight, d.Out)
		c.WeightScale = repeatRows(c.WeightScale, d.Out)
	}
	d.Weight, d.WeightScale, d.Bias = repeatRows(d.Weight, d.Out), repeatRows(d.WeightScale, d.Out), bias
	d.Out *= staggered

	var weight []float32
	for _, w := range next.Weight {
		weight = append(weight, slices.Repeat([]float32{w / staggered}, staggered)...)
	}
	next.Weight = weight
	next.In *= staggered
}

// repeatRows returns so many rows, each staggered times.
func repeatRows[T any](all []T, rows int) []T {
	var out []T
	for row := range slices.Chunk(all, len(all)/rows) {
		out = append(out, slices.Repeat(row, staggered)...)
	}
	return out
}

// isStaggered reports whether the units of a layer were staggered.
func isStaggered(d *int8net.Dense) bool {
	if d.Out%staggered != 0 {
		return false
	}
	per := len(d.Weight) / d.Out
	for o := range d.Out {
		first := o / staggered * staggered
		if !slices.Equal(d.Weight[o*per:][:per], d.Weight[first*per:][:per]) || d.WeightScale[o] != d.WeightScale[first] {
			return false
		}
	}
	return true
}

// gatherUnits is the inverse of stagger.
func gatherUnits(l, next *encoder.Layer) {
	var weight, bias []float32
	for rows := range slices.Chunk(l.Weight, staggered*l.In) {
		weight = append(weight, rows[:l.In]...)
	}
	for offsets := range slices.Chunk(l.Bias, staggered) {
		bias = append(bias, mean(offsets))
	}
	l.Weight, l.Bias = weight, bias
	l.Out /= staggered

	weight = nil
	for columns := range slices.Chunk(next.Weight, staggered) {
		weight = append(weight, staggered*mean(columns))
	}
	next.Weight = weight
	next.In /= staggered
}

func mean(values []float32) float32 {
	var sum float64
	for _, v := range values {
		sum += float64(v)
	}
	return float32(sum / float64(len(values)))
}
