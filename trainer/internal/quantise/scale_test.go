package quantise

import (
	"math"
	"math/rand/v2"
	"testing"
)

// squaredError returns the squared error of weights rounded with a scale.
func squaredError(weights []float32, scale float64) (sum float64) {
	for _, w := range weights {
		e := float64(w) - scale*RoundWeight(float64(w), scale)
		sum += e * e
	}
	return sum
}

func TestWeightScaleIsNoWorseThanTheFullRange(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for n := 1; n < 200; n += 7 {
		weights := make([]float32, n)
		var largest float64
		for i := range weights {
			weights[i] = float32(rng.NormFloat64())
			largest = max(largest, math.Abs(float64(weights[i])))
		}
		scale := WeightScale(weights)
		if scale > largest/127 || scale < largest/254 {
			t.Errorf("%d weights up to %v: scale %v", n, largest, scale)
		}
		if got, plain := squaredError(weights, scale), squaredError(weights, largest/127); got > plain {
			t.Errorf("%d weights: error %v, with the full range %v", n, got, plain)
		}
		// Division by a power of two is exact.
		for i := range weights {
			weights[i] *= 1.0 / 16
		}
		if got := WeightScale(weights); got != scale/16 {
			t.Errorf("%d weights divided by 16: scale %v, want %v", n, got, scale/16)
		}
	}
	if got := WeightScale(make([]float32, 5)); got != 0 {
		t.Errorf("weights of 0: scale %v", got)
	}
}

func TestRange(t *testing.T) {
	for _, r := range []struct{ low, high float64 }{{0, 1}, {-1, 0}, {-2, 0}, {-0.03, 6.2}, {-5, 5}, {-1, 3}, {-1e-9, 1e9}} {
		q := Range(r.low, r.high)
		half := float64(q.Scale) * 0.501
		low, high := -float64(q.Scale)*float64(q.Zero), float64(q.Scale)*(255-float64(q.Zero))
		if math.Abs(low-r.low) > half || math.Abs(high-r.high) > half {
			t.Errorf("%v: the bytes represent %v to %v", r, low, high)
		}
		if q.Quantise(0) != q.Zero {
			t.Errorf("%v: zero is not represented by %+v", r, q)
		}
	}
	if q := Range(0, 0); q.Scale != 1 || q.Zero != 0 {
		t.Errorf("empty range: %+v", q)
	}
}
