package quantise

import (
	"bytes"
	"math"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/onnx"
	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
)

// coverageRoom is the range of a feature relative to its maximum in calibration.
const coverageRoom = 1.5

// secondTerm is the step of the second term of a coverage's weight relative to that of the first term.
const secondTerm = 1.0 / 16

// coverage returns the coverage features with their columns of the dense layer. A few of the columns read common layers
// and most read rare ones, and a single scale for all of them would leave too few steps. Each weight therefore has two
// terms. The second term is the weight of a second feature of the same mask, which is the first one times secondTerm.
func (q *quantiser) coverage(net *encoder.Network, l *encoder.Layer, rasters [][]uint8) *onnx.Coverage {
	masks := net.Head.Masks
	if len(masks) == 0 {
		return nil
	}
	terms := []float64{1, secondTerm}
	if q.opts.Plain {
		terms = terms[:1]
	}
	c := &onnx.Coverage{Output: onnx.Quant{Scale: float32(widest(net, rasters) / 255)}}
	for _, term := range terms {
		c.Masks = append(c.Masks, masks...)
		for i, scale := range net.Head.FeatureScale {
			g := term * float64(scale)
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
		for _, term := range terms {
			step := term * float64(scale)
			for i, w := range left {
				rounded := RoundWeight(w, step)
				c.Weight = append(c.Weight, int8(rounded))
				left[i] = w - rounded*step
			}
		}
	}
	return c
}

// widest returns the range of the features: their maximum over the rasters times coverageRoom, but no more than their
// possible maximum.
func widest(net *encoder.Network, rasters [][]uint8) float64 {
	coverage := encoder.NewCoverage(&net.Head, net.Pixels)
	f := make([]float32, coverage.Len())
	var widest, largest float64
	for _, r := range rasters {
		coverage.Features(f, r)
		for i, v := range f {
			// No coverage exceeds 1, where the feature equals its scale.
			widest = max(widest, min(coverageRoom*float64(v), float64(net.Head.FeatureScale[i])))
		}
	}
	for _, g := range net.Head.FeatureScale {
		largest = max(largest, float64(g))
	}
	if widest == 0 {
		return largest
	}
	return widest
}

// realCoverage returns the head of a quantised coverage and its weights of the dense layer, [Out][features], with the
// terms of each weight added.
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
		term := 1.0
		if first := c.Factor[feature%features]; first > 0 {
			term = math.Sqrt(float64(c.Factor[feature]) / float64(first))
		}
		weight[o*features+feature%features] += float32(term * float64(w) * float64(c.WeightScale[o]))
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

// maskPixels returns the number of pixels of a mask, but at least one.
func maskPixels(mask []uint8) int {
	pixels := 0
	for _, m := range mask {
		pixels += int(m)
	}
	return max(pixels, 1)
}
