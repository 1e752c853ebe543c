package quantise

import (
	"math"
	"slices"

	"github.com/loc2vec/loc2vec/internal/onnx"
	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
)

// Replicated units: the rounding errors of hidden dense units reach the embedding without being averaged. Each unit is
// therefore computed several times with offsets of a fraction of a step, and the mean of their bytes has that many times
// the steps. Rows of equal weights cost little in a compressed file.

// replicas is the number of copies of a unit.
const replicas = 4

// replicate replaces each unit of a hidden layer by consecutive copies, also in the columns of coverage if that is not
// nil. next is the layer that reads it.
func replicate(d *onnx.Dense, c *onnx.Coverage, in onnx.Quant, next *encoder.Layer) {
	var bias []int32
	for o, b := range d.Bias {
		step := float64(d.Output.Scale) / (float64(in.Scale) * float64(d.WeightScale[o])) // in units of the sums
		for k := range replicas {
			offset := (float64(k) - (replicas-1)/2.0) / replicas
			bias = append(bias, b+int32(math.RoundToEven(offset*step)))
		}
	}
	if c != nil {
		c.Weight = repeatRows(c.Weight, d.Out)
		c.WeightScale = repeatRows(c.WeightScale, d.Out)
	}
	d.Weight, d.WeightScale, d.Bias = repeatRows(d.Weight, d.Out), repeatRows(d.WeightScale, d.Out), bias
	d.Out *= replicas

	var weight []float32
	for _, w := range next.Weight {
		weight = append(weight, slices.Repeat([]float32{w / replicas}, replicas)...)
	}
	next.Weight = weight
	next.In *= replicas
}

// repeatRows returns each of the rows replicas times in a row.
func repeatRows[T any](all []T, rows int) []T {
	var out []T
	for row := range slices.Chunk(all, len(all)/rows) {
		out = append(out, slices.Repeat(row, replicas)...)
	}
	return out
}

// isReplicated reports whether the units of a layer were replicated.
func isReplicated(d *onnx.Dense) bool {
	if d.Out%replicas != 0 {
		return false
	}
	per := len(d.Weight) / d.Out
	for o := range d.Out {
		first := o / replicas * replicas
		if !slices.Equal(d.Weight[o*per:][:per], d.Weight[first*per:][:per]) || d.WeightScale[o] != d.WeightScale[first] {
			return false
		}
	}
	return true
}

// mergeReplicas is the inverse of replicate.
func mergeReplicas(l, next *encoder.Layer) {
	var weight, bias []float32
	for rows := range slices.Chunk(l.Weight, replicas*l.In) {
		weight = append(weight, rows[:l.In]...)
	}
	for offsets := range slices.Chunk(l.Bias, replicas) {
		bias = append(bias, mean(offsets))
	}
	l.Weight, l.Bias = weight, bias
	l.Out /= replicas

	weight = nil
	for columns := range slices.Chunk(next.Weight, replicas) {
		weight = append(weight, replicas*mean(columns))
	}
	next.Weight = weight
	next.In /= replicas
}

func mean(values []float32) float32 {
	var sum float64
	for _, v := range values {
		sum += float64(v)
	}
	return float32(sum / float64(len(values)))
}
