package net

import "math/rand/v2"

// flatten orders feature maps [B][pixels][channels] as vectors [B][channels*pixels], C before H and
// W as encoder.Head says; back does the reverse.
type flatten struct {
	batch, pixels, channels int
	y, dx                   []float32
}

func newFlatten(batch, pixels, channels int) *flatten {
	n := batch * pixels * channels
	return &flatten{batch: batch, pixels: pixels, channels: channels, y: make([]float32, n), dx: make([]float32, n)}
}

func (f *flatten) forward(x []float32) { transpose(f.y, x, f.batch, f.pixels, f.channels) }
func (f *flatten) backward(dy []float32) {
	transpose(f.dx, dy, f.batch, f.channels, f.pixels)
}

// transpose turns n matrices [rows][columns] into [columns][rows].
func transpose(dst, src []float32, n, rows, columns int) {
	for i := range n {
		s, d := src[i*rows*columns:], dst[i*rows*columns:]
		for r := range rows {
			for c := range columns {
				d[c*rows+r] = s[r*columns+c]
			}
		}
	}
}

// pooledHead joins the means of feature maps [B][pixels][channels] with extra features [B][extra]
// that are functions of the input alone: [B][channels+extra].
type pooledHead struct {
	batch, pixels, channels, extra int
	features                       []float32 // [B][extra], to be filled before forward
	y, dx                          []float32
}

func newPooledHead(batch, pixels, channels, extra int) *pooledHead {
	return &pooledHead{
		batch: batch, pixels: pixels, channels: channels, extra: extra,
		features: make([]float32, batch*extra),
		y:        make([]float32, batch*(channels+extra)),
		dx:       make([]float32, batch*pixels*channels),
	}
}

func (h *pooledHead) forward(x []float32) {
	share := 1 / float32(h.pixels)
	for i := range h.batch {
		y := h.y[i*(h.channels+h.extra):][:h.channels+h.extra]
		clear(y[:h.channels])
		for range h.pixels {
			for c, v := range x[:h.channels] {
				y[c] += v
			}
			x = x[h.channels:]
		}
		for c := range h.channels {
			y[c] *= share
		}
		copy(y[h.channels:], h.features[i*h.extra:])
	}
}

func (h *pooledHead) backward(dy []float32) {
	share := 1 / float32(h.pixels)
	dx := h.dx
	for i := range h.batch {
		d := dy[i*(h.channels+h.extra):][:h.channels]
		for range h.pixels {
			for c, v := range d {
				dx[c] = v * share
			}
			dx = dx[h.channels:]
		}
	}
}

// dropout sets a share of the values to zero and enlarges the others so that the expectation stays
// (Srivastava et al., 2014). What it drops is a function of the seed and the step: a run that is
// resumed drops the same.
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
