package net

// flatten reorders feature maps [B][pixels][channels] as vectors [B][channels*pixels]: C before H and W, as in
// encoder.Head.
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

// transpose transposes n matrices [rows][columns].
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

// pooledHead concatenates the means of feature maps [B][pixels][channels] with extra features [B][extra], which
// depend on the input only: [B][channels+extra].
type pooledHead struct {
	batch, pixels, channels, extra int
	features                       []float32 // [B][extra], set before forward
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
