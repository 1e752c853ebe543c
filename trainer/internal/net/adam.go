package net

import (
	"errors"
	"fmt"
	"math"

	G "gorgonia.org/gorgonia"
)

// ErrNotFinite reports that an embedding, the loss or a gradient is NaN or infinite. The weights have not changed.
var ErrNotFinite = errors.New("not finite")

// adamW is Adam (Kingma and Ba, 2015) with decoupled weight decay (Loshchilov and Hutter, 2019), as a Gorgonia
// solver. Without decay it is Adam:
//
//	m += (1-beta1) (g - m)
//	v += (1-beta2) (g² - v)
//	w -= rate (m / (1-beta1^t) / (sqrt(v / (1-beta2^t)) + epsilon) + decay w)
type adamW struct {
	rate         float64
	beta1, beta2 float64
	decay        float64
	decays       []bool // for each parameter, whether it decays
	workers      workers
	step         uint64
	mean, square [][]float32 // m and v of each parameter
}

const adamEpsilon = 1e-8

var _ G.Solver = (*adamW)(nil)

// Step updates the model and clears the gradients. The parameters must be the same, in the same order, in each
// call.
func (a *adamW) Step(model []G.ValueGrad) error {
	values, grads := make([][]float32, len(model)), make([][]float32, len(model))
	for i, p := range model {
		g, err := p.Grad()
		if err != nil {
			return fmt.Errorf("gradient of parameter %d: %w", i, err)
		}
		values[i], grads[i] = floats(p.Value()), floats(g)
		defer clear(grads[i])
	}
	for i, g := range grads {
		for _, v := range g {
			if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
				return fmt.Errorf("gradient of parameter %d: %w", i, ErrNotFinite)
			}
		}
	}
	a.step++
	a.workers.each(len(values), func(_, i int) {
		decay := 0.0
		if a.decays[i] {
			decay = a.decay
		}
		a.update(values[i], grads[i], a.mean[i], a.square[i], decay)
	})
	return nil
}

func (a *adamW) update(w, grad, mean, square []float32, decay float64) {
	rate := a.rate / (1 - math.Pow(a.beta1, float64(a.step)))
	correction := 1 / (1 - math.Pow(a.beta2, float64(a.step)))
	new1, new2 := float32(1-a.beta1), float32(1-a.beta2)
	keep := a.rate * decay
	for i, g := range grad {
		mean[i] += float32(new1 * (g - mean[i]))
		square[i] += float32(new2 * (float32(g*g) - square[i]))
		move := rate * float64(mean[i]) / (math.Sqrt(float64(square[i])*correction) + adamEpsilon)
		w[i] -= float32(move + keep*float64(w[i]))
	}
}
