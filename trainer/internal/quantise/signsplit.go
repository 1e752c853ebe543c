package quantise

import (
	"iter"
	"slices"

	"github.com/loc2vec/loc2vec/internal/onnx"
	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
)

// Outputs of a 1x1 convolution lie far below zero more often than above it, and what LeakyReLU leaves of
// them there is a few steps of a byte whose range the other half needs. Such a layer is written in
// split: its outputs as they are and with the other sign, of which both keep what is above zero (Shang, Sohn,
// Almeida, Lee: Understanding and Improving Convolutional Neural Networks via Concatenated Rectified
// Linear Units, 2016):
//
//	leaky(x) = relu(x) - 1/stretch relu(-stretch slope x)
//
// These layers see few pixels, so that twice their channels cost next to nothing. The convolutions
// before them would take twice as long.

// lowerStretch is how much wider the lower half is written than LeakyReLU has it.
const lowerStretch = 4

// halve writes a layer in split; its own LeakyReLU has no effect then, as nothing below zero
// arrives. next reads it, with tail more inputs behind those of the maps.
func splitSigns(l, next *encoder.Layer, tail int) {
	lower := -lowerStretch * float64(l.Slope)
	for _, w := range slices.Clone(l.Weight) {
		l.Weight = append(l.Weight, float32(lower*float64(w)))
	}
	for _, b := range slices.Clone(l.Bias) {
		l.Bias = append(l.Bias, float32(lower*float64(b)))
	}
	l.Out *= 2

	per := len(next.Weight) / next.Out
	var weight []float32
	for row := range slices.Chunk(next.Weight, per) {
		upper := row[:per-tail]
		weight = append(weight, upper...)
		for _, w := range upper {
			weight = append(weight, -w/lowerStretch)
		}
		weight = append(weight, row[per-tail:]...)
	}
	next.Weight = weight
	next.In = next.In*2 - tail
}

// reader returns the layer that reads convolution i, and how many inputs it has behind those of the maps.
func nextLayer(net *encoder.Network, i int) (next *encoder.Layer, tail int) {
	if i+1 < len(net.Convs) {
		return &net.Convs[i+1], 0
	}
	return &net.Dense[0], len(net.Head.FeatureScale)
}

// mirror gives the lower half of a quantised layer the upper one's weights with the other sign. They
// are the same but for ties of rounding.
func negateLower(c *onnx.Conv) {
	half := len(c.Weight) / 2
	for i, w := range c.Weight[:half] {
		c.Weight[half+i] = -w
	}
}

// halved reports whether a layer was written in split.
func isSplit(c *onnx.Conv) bool {
	if c.Size != 1 || c.Out%2 != 0 || c.Sum.Zero != 0 {
		return false
	}
	half := len(c.Weight) / 2
	for i, w := range c.Weight[:half] {
		if c.Weight[half+i] != -w {
			return false
		}
	}
	return true
}

// whole is the inverse of halve: the layer l, and next without its inputs for the lower half. The lower half's
// weights carry other errors of rounding, which are left behind.
func mergeSigns(l, next *encoder.Layer, tail int) {
	l.Out /= 2
	l.Weight, l.Bias = l.Weight[:len(l.Weight)/2], l.Bias[:l.Out]
	per := len(next.Weight) / next.Out
	var weight []float32
	for row := range slices.Chunk(next.Weight, per) {
		weight = append(append(weight, row[:(per-tail)/2]...), row[per-tail:]...)
	}
	next.Weight = weight
	next.In = (next.In-tail)/2 + tail
}

// aboveZero yields values, those below zero as zero.
func aboveZero(values iter.Seq2[int, float64]) iter.Seq2[int, float64] { return leaky(0, values) }
