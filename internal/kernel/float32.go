package kernel

import "unsafe"

// PanelWidth is the number of output channels of a panel: two AVX-512 registers, four of AVX2 or eight of
// NEON.
const PanelWidth = 32

// StripWidth divides the number of channels of the elementwise kernels. It is one AVX-512 register and one
// cache line.
const StripWidth = 16

// Product is the geometry of a matrix product. Strides count float32 values:
//
//	c[i*CI + j] = sum over r < R, k < K of a[i*AI + r*AR + k*AK] * b[r*BR + k*BK + j]
//
// for i < M and j < PanelWidth, or += if Add is set. The sum runs over r, then k; an empty sum is zero.
// Strides must not be negative.
type Product struct {
	M, R, K    int
	AI, AR, AK int
	BR, BK     int
	CI         int
	Add        bool
}

// Multiply computes the product. It panics if a slice is too short. c must not overlap a or b.
func (isa ISA) Multiply(c, a, b []float32, p *Product) {
	if p.M <= 0 {
		return
	}
	if p.R <= 0 || p.K <= 0 {
		for i := 0; i < p.M && !p.Add; i++ {
			clear(c[i*p.CI:][:PanelWidth])
		}
		return
	}
	_ = a[(p.M-1)*p.AI+(p.R-1)*p.AR+(p.K-1)*p.AK]
	_ = b[(p.R-1)*p.BR+(p.K-1)*p.BK+PanelWidth-1]
	_ = c[(p.M-1)*p.CI+PanelWidth-1]
	isa.multiply(c, a, b, p)
}

// Norm holds the coefficients of batch normalisation with LeakyReLU. Slices are [C], C a multiple of
// StripWidth.
type Norm struct {
	Scale, Shift []float32 // z = Scale*x + Shift; y = z if z > 0, otherwise Slope*z
	Slope        float32   // in [0, 1]

	// For the backward pass only. The statistics depend on x too, so that
	// dx = Scale*dz + ByX*x + Const.
	ByX, Const []float32
}

// Sums receives two totals for each channel over the pixels of one call, each [C].
type Sums struct{ First, Second []float32 }

// Stat writes the sums of x and x*x over the pixels of x [n][C].
func (isa ISA) Stat(s Sums, x []float32) {
	c := len(s.First)
	checkStrip(c, len(x), len(s.Second), c)
	if len(x) > 0 {
		isa.stat(s, x)
	}
}

// StatPool writes the sums of x and x*x over two rows of pixels, each [2n][C], and to extreme [n][C] the
// maximum of each 2x2 square, or the minimum in channels whose sign is -0 instead of +0: if the scale that
// follows is negative, the minimum becomes the maximum. Sign is [C].
func (isa ISA) StatPool(s Sums, extreme, top, bottom, sign []float32) {
	c := len(s.First)
	checkStrip(c, len(extreme), len(s.Second), c)
	checkStrip(c, len(extreme), len(sign), c)
	checkStrip(c, len(top), 2*len(extreme), len(top))
	checkStrip(c, len(bottom), 2*len(extreme), len(bottom))
	if len(extreme) > 0 {
		isa.statPool(s, extreme, top, bottom, sign)
	}
}

// Apply writes y = leaky(Scale*x + Shift), both [n][C]. Y may be x.
func (isa ISA) Apply(y, x []float32, n *Norm) {
	checkStrip(len(n.Scale), len(x), len(y), len(x))
	checkStrip(len(n.Scale), len(x), len(n.Shift), len(n.Scale))
	if len(x) > 0 {
		isa.apply(y, x, n)
	}
}

// Reduce writes the sums of dz and dz*x over the pixels of x [n][C]. dz is the gradient of z: dy, times
// Slope where z <= 0.
func (isa ISA) Reduce(s Sums, x, dy []float32, n *Norm) {
	c := len(n.Scale)
	checkStrip(c, len(x), len(dy), len(x))
	checkStrip(c, len(x), len(n.Shift), c)
	checkStrip(c, len(x), len(s.First), c)
	checkStrip(c, len(x), len(s.Second), c)
	if len(x) > 0 {
		isa.reduce(s, x, dy, n)
	}
}

// Gradient writes dx = Scale*dz + ByX*x + Const for pixels [n][C].
func (isa ISA) Gradient(dx, x, dy []float32, n *Norm) {
	c := len(n.Scale)
	checkStrip(c, len(x), len(dy), len(x))
	checkStrip(c, len(x), len(dx), len(x))
	checkStrip(c, len(x), len(n.Shift), c)
	checkStrip(c, len(x), len(n.ByX), c)
	checkStrip(c, len(x), len(n.Const), c)
	if len(x) > 0 {
		isa.gradient(dx, x, dy, n)
	}
}

// Rows holds the two rows of pixels, each [2n][C], that are pooled to one row.
type Rows struct{ Top, Bottom []float32 }

// GradientPool is Gradient through the 2x2 pooling of StatPool. extreme and dy are [n][C]. Of the four pixels
// of a square, the first that equals extreme receives dz; the others have dz = 0.
func (isa ISA) GradientPool(dx, x Rows, extreme, dy []float32, n *Norm) {
	c := len(n.Scale)
	checkStrip(c, len(extreme), len(dy), len(extreme))
	for _, rows := range [][]float32{x.Top, x.Bottom, dx.Top, dx.Bottom} {
		checkStrip(c, len(rows), 2*len(extreme), len(rows))
	}
	checkStrip(c, len(extreme), len(n.Shift), c)
	checkStrip(c, len(extreme), len(n.ByX), c)
	checkStrip(c, len(extreme), len(n.Const), c)
	if len(extreme) > 0 {
		isa.gradientPool(dx, x, extreme, dy, n)
	}
}

// Widen writes dst[i] = src[i]*scale.
func (isa ISA) Widen(dst []float32, src []uint8, scale float32) {
	if len(dst) != len(src) {
		panic("kernel: slices of different lengths")
	}
	if len(src) > 0 {
		isa.widen(dst, src, scale)
	}
}

// Aligned allocates n zeros at a multiple of a cache line, so that no vector of a map whose channels are a
// multiple of StripWidth crosses a line.
func Aligned(n int) []float32 {
	const line = 64
	b := make([]float32, n+line/4)
	off := 0
	if rest := uintptr(unsafe.Pointer(unsafe.SliceData(b))) % line; rest != 0 {
		off = int(line-rest) / 4
	}
	return b[off : off+n : off+n]
}

// checkStrip panics unless c is a multiple of StripWidth that divides length, and a == b.
func checkStrip(c, length, a, b int) {
	if c <= 0 || c%StripWidth != 0 || length%c != 0 || a != b {
		panic("kernel: slices do not match the number of channels")
	}
}
