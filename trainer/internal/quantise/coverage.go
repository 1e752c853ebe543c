package quantise

import (
	"bytes"
	"math"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/onnx"
	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
)

// coverageRoom is how far beyond what calibration has seen a feature reaches before it is cut off.
const coverageRoom = 1.5

// secondTerm is what a step of the second digit of a coverage's weight is of a step of the first.
const secondTerm = 1.0 / 16

// coverage returns the coverage features with the columns of the dense layer for them, of which a
// few read common layers and most read rare ones: one scale leaves those few steps. Each weight
// therefore has two digits. The second one is the weight of a feature over the same mask that is
// secondTerm as large.
func (q *quantiser) coverage(net *encoder.Network, l *encoder.Layer, rasters [][]uint8) *onnx.Coverage {
	masks := net.Head.Masks
	if len(masks) == 0 {
		return nil
	}
	digits := []float64{1, secondTerm}
	if q.opts.Plain {
		digits = digits[:1]
	}
	c := &onnx.Coverage{Output: onnx.Quant{Scale: float32(widest(net, rasters) / 255)}}
	for _, digit := range digits {
		c.Masks = append(c.Masks, masks...)
		for i, gain := range net.Head.FeatureScale {
			g := digit * float64(gain)
			c.Factor = append(c.Factor, float32(g*g/(255*float64(maskPixels(masks[i/loc2vec.NumLayers])))))
		}
	}
	features := len(net.Head.FeatureScale)
	for o := range l.Out {
		row := l.Weight[(o+1)*l.In-features:][:features]
		scale := float32(WeightScale(row))
		if scale == 0 {
			scale = 1
		}
		c.WeightScale = append(c.WeightScale, scale)
		left := make([]float64, features)
		for i, w := range row {
			left[i] = float64(w)
		}
		for _, digit := range digits {
			step := digit * float64(scale)
			for i, w := range left {
				rounded := RoundWeight(w, step)
				c.Weight = append(c.Weight, int8(rounded))
				left[i] = w - rounded*step
			}
		}
	}
	return c
}

// widest returns the largest feature of the rasters, with room, and no more than there can be.
func widest(net *encoder.Network, rasters [][]uint8) float64 {
	coverage := encoder.NewCoverage(&net.Head, net.Pixels)
	f := make([]float32, coverage.Len())
	var widest, gain float64
	for _, r := range rasters {
		coverage.Features(f, r)
		for i, v := range f {
			// No coverage exceeds 1, at which the feature is its gain.
			widest = max(widest, min(coverageRoom*float64(v), float64(net.Head.FeatureScale[i])))
		}
	}
	for _, g := range net.Head.FeatureScale {
		gain = max(gain, float64(g))
	}
	if widest == 0 {
		return gain
	}
	return widest
}

// realCoverage returns the head of a quantised coverage and the dense layer's weights for it, [Out][features]: the
// digits of each put together.
func realCoverage(c *onnx.Coverage) (encoder.Head, []float32) {
	head := encoder.Head{Pooled: true, Masks: c.Masks}
	if half := len(c.Masks) / 2; 2*half == len(c.Masks) && equalMasks(c.Masks[:half], c.Masks[half:]) {
		head.Masks = c.Masks[:half]
	}
	features := len(head.Masks) * loc2vec.NumLayers
	for i, factor := range c.Factor[:features] {
		pixels := maskPixels(head.Masks[i/loc2vec.NumLayers])
		head.FeatureScale = append(head.FeatureScale, float32(math.Sqrt(float64(factor)*255*float64(pixels))))
	}
	weight := make([]float32, len(c.WeightScale)*features)
	for k, w := range c.Weight {
		o, feature := k/len(c.Factor), k%len(c.Factor)
		digit := 1.0
		if first := c.Factor[feature%features]; first > 0 {
			digit = math.Sqrt(float64(c.Factor[feature]) / float64(first))
		}
		weight[o*features+feature%features] += float32(digit * float64(w) * float64(c.WeightScale[o]))
	}
	return head, weight
}

func equalMasks(a, b [][]uint8) bool {
	for k := range a {
		if !bytes.Equal(a[k], b[k]) {
			return false
		}
	}
	return true
}

// maskPixels returns the number of pixels of a mask, at least one.
func maskPixels(mask []uint8) int {
	pixels := 0
	for _, m := range mask {
		pixels += int(m)
	}
	return max(pixels, 1)
}
