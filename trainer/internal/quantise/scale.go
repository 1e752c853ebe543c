package quantise

import (
	"math"

	"github.com/loc2vec/loc2vec/internal/onnx"
)

// WeightScale returns the scale of the symmetric signed bytes that represent the weights of one output channel: the one
// with the smallest squared error among scales down to about half of the one that represents the largest weight exactly. It is
// 0 if all weights are 0. Multiplying all weights by a number multiplies the scale by it, up to rounding.
func WeightScale(weights []float32) float64 {
	var largest float64
	for _, w := range weights {
		largest = max(largest, math.Abs(float64(w)))
	}
	best, least := largest/127, math.Inf(1)
	const steps = 40
	for i := range steps {
		scale := largest / 127 * (1 - 0.5*float64(i)/steps)
		if scale == 0 {
			break
		}
		var sum float64
		for _, w := range weights {
			e := float64(w) - float64(scale*RoundWeight(float64(w), scale))
			sum += float64(e * e)
			if sum >= least {
				break
			}
		}
		if sum < least {
			best, least = scale, sum
		}
	}
	return best
}

// RoundWeight returns the nearest symmetric signed byte to w, from -127 to 127, ties to even.
func RoundWeight(w, scale float64) float64 {
	return min(max(math.RoundToEven(w/scale), -127), 127)
}

// Range returns the scale and zero point of unsigned bytes for the range from low <= 0 to high >= 0. Zero is
// represented exactly.
func Range(low, high float64) onnx.Quant {
	scale := float32((high - low) / 255)
	if !(scale > 0) {
		return onnx.Quant{Scale: 1}
	}
	zero := math.RoundToEven(-low / float64(scale))
	return onnx.Quant{Scale: scale, Zero: uint8(min(max(zero, 0), 255))}
}
