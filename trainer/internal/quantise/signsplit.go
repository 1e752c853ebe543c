package quantise

import (
	"iter"
	"slices"

	"github.com/loc2vec/loc2vec/internal/onnx"
	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
)

// Sign splitting: most outputs of a 1x1 convolution are negative. LeakyReLU leaves them a few steps of a byte, most of
// whose range the positive outputs need. Each output is therefore computed twice, with both signs, and each copy keeps
// its positive part (CReLU; Shang, Sohn, Almeida, Lee: Understanding and Improving Convolutional Neural Networks via
// Concatenated Rectified Linear Units, 2016):
//
//	leaky(x) = relu(x) - 1/stretch relu(-stretch slope x)
//
// These layers process few pixels, so that twice as many channels cost almost nothing. The 3x3 convolutions before them
// would take twice as long.

// lowerStretch is the factor by which the negative part is scaled relative to the output of the LeakyReLU.
const lowerStretch = 4

// splitSigns splits the outputs of a layer by sign. The layer's LeakyReLU then has no effect, because all values that it
// receives are positive. next is the layer that reads it, with tail inputs after those of the maps.
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

// nextLayer returns the layer that reads convolution i, and the number of its inputs after those of the maps.
func nextLayer(net *encoder.Network, i int) (next *encoder.Layer, tail int) {
	if i+1 < len(net.Convs) {
		return &net.Convs[i+1], 0
	}
	return &net.Dense[0], len(net.Head.FeatureScale)
}

// negateLower sets the weights of the lower half of a split layer to those of the upper half with the opposite sign. They
// differ from it only by ties of rounding.
func negateLower(c *onnx.Conv) {
	half := len(c.Weight) / 2
	for i, w := range c.Weight[:half] {
		c.Weight[half+i] = -w
	}
}

// isSplit reports whether the outputs of a layer were split by sign.
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

// mergeSigns is the inverse of splitSigns: it removes the lower half of the layer l, and the inputs for it from next. The
// rounding errors of the lower half are dropped with it.
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

// aboveZero yields the values with negative ones set to zero.
func aboveZero(values iter.Seq2[int, float64]) iter.Seq2[int, float64] { return leaky(0, values) }
