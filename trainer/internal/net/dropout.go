package net

import "math/rand/v2"

// dropout sets a fraction of the values to zero and scales the others so that the expectation stays the same
// (Srivastava et al., 2014). The values are chosen by seed and step, so that a resumed run drops the same ones.
type dropout struct {
	rate  float64
	seed  uint64
	step  uint64
	mask  []float32
	y, dx []float32
}

func newDropout(rate float64, seed uint64, n int) *dropout {
	return &dropout{rate: rate, seed: seed, mask: make([]float32, n), y: make([]float32, n), dx: make([]float32, n)}
}

func (d *dropout) forward(x []float32) {
	rng := rand.New(rand.NewPCG(d.seed, d.step))
	keep := float32(1 / (1 - d.rate))
	for i, v := range x {
		d.mask[i] = 0
		if rng.Float64() >= d.rate {
			d.mask[i] = keep
		}
		d.y[i] = v * d.mask[i]
	}
}

func (d *dropout) backward(dy []float32) {
	for i, v := range dy {
		d.dx[i] = v * d.mask[i]
	}
}
