//go:build amd64 || arm64

package kernel

import "unsafe"

// tileArgs are the arguments of a tile: a Product for the rows of the tile, strides in bytes. The skips lead
// from the end of one r to the start of the next.
type tileArgs struct {
	a, b, c *float32
	r, k    int
	ai, ak  int
	bk, ci  int
	aSkip   int
	bSkip   int
	add     int // 1 to start from c, 0 to start from zero
}

// stripArgs are the arguments of an elementwise kernel for a strip of channels of each pixel.
type stripArgs struct {
	x0, x1        *float32 // top and bottom row, or only x0
	m, dy         *float32
	o0, o1        *float32
	scale, shift  *float32 // in statPool scale holds the signs
	byX, constant *float32
	first, second *float32
	n, stride     int // number of pixels, pooled ones if any, and bytes from one to the next
	slope         float32
}

func ptr(s []float32) *float32 { return unsafe.SliceData(s) }

// tileRows chooses the height of the next tile for the number of rows left: as high as the registers allow,
// without leaving a tile of one row if that can be avoided.
func (isa ISA) tileRows(left int) int {
	if isa != AVX512 {
		switch {
		case left == 8, left == 4, left == 5:
			return 4
		case left >= 6:
			return 6
		}
		return min(left, 2)
	}
	switch {
	case left == 14, left == 16:
		return 8
	case left >= 12:
		return 12
	case left >= 8:
		return 8
	case left >= 6:
		return 6
	case left >= 4:
		return 4
	}
	return min(left, 2)
}

// tileWidth returns the number of columns of a tile: a panel, or half of one.
func (isa ISA) tileWidth() int {
	if isa == AVX512 {
		return PanelWidth
	}
	return PanelWidth / 2
}

func (isa ISA) multiply(c, a, b []float32, p *Product) {
	if !isa.assembly() {
		multiplyPortable(c, a, b, p)
		return
	}
	args := tileArgs{
		r: p.R, k: p.K,
		ai: 4 * p.AI, ak: 4 * p.AK, bk: 4 * p.BK, ci: 4 * p.CI,
		aSkip: 4 * (p.AR - p.K*p.AK), bSkip: 4 * (p.BR - p.K*p.BK),
	}
	if p.Add {
		args.add = 1
	}
	for i := 0; i < p.M; {
		rows := isa.tileRows(p.M - i)
		for j := 0; j < PanelWidth; j += isa.tileWidth() {
			args.a, args.b, args.c = ptr(a[i*p.AI:]), ptr(b[j:]), ptr(c[i*p.CI+j:])
			isa.tile(rows, &args)
		}
		i += rows
	}
}

// strip returns the number of channels of one call of an elementwise kernel.
func (isa ISA) strip() int {
	if isa == AVX2 {
		return 8
	}
	return 16
}

func (isa ISA) stat(s Sums, x []float32) {
	if !isa.assembly() {
		statPortable(s, x)
		return
	}
	channels := len(s.First)
	for c := 0; c < channels; c += isa.strip() {
		a := stripArgs{
			x0: ptr(x[c:]), first: ptr(s.First[c:]), second: ptr(s.Second[c:]),
			n: len(x) / channels, stride: 4 * channels,
		}
		isa.statStrip(&a)
	}
}

func (isa ISA) statPool(s Sums, extreme, top, bottom, sign []float32) {
	if !isa.assembly() {
		statPoolPortable(s, extreme, top, bottom, sign)
		return
	}
	channels := len(sign)
	for c := 0; c < channels; c += isa.strip() {
		a := stripArgs{
			x0: ptr(top[c:]), x1: ptr(bottom[c:]), m: ptr(extreme[c:]), scale: ptr(sign[c:]),
			first: ptr(s.First[c:]), second: ptr(s.Second[c:]),
			n: len(extreme) / channels, stride: 4 * channels,
		}
		isa.statPoolStrip(&a)
	}
}

func (isa ISA) apply(y, x []float32, n *Norm) {
	if !isa.assembly() {
		applyPortable(y, x, n)
		return
	}
	channels := len(n.Scale)
	for c := 0; c < channels; c += isa.strip() {
		a := stripArgs{
			x0: ptr(x[c:]), o0: ptr(y[c:]), scale: ptr(n.Scale[c:]), shift: ptr(n.Shift[c:]),
			n: len(x) / channels, stride: 4 * channels, slope: n.Slope,
		}
		isa.applyStrip(&a)
	}
}

func (isa ISA) reduce(s Sums, x, dy []float32, n *Norm) {
	if !isa.assembly() {
		reducePortable(s, x, dy, n)
		return
	}
	channels := len(n.Scale)
	for c := 0; c < channels; c += isa.strip() {
		a := stripArgs{
			x0: ptr(x[c:]), dy: ptr(dy[c:]), scale: ptr(n.Scale[c:]), shift: ptr(n.Shift[c:]),
			first: ptr(s.First[c:]), second: ptr(s.Second[c:]),
			n: len(x) / channels, stride: 4 * channels, slope: n.Slope,
		}
		isa.reduceStrip(&a)
	}
}

func (isa ISA) gradient(dx, x, dy []float32, n *Norm) {
	if !isa.assembly() {
		gradientPortable(dx, x, dy, n)
		return
	}
	channels := len(n.Scale)
	for c := 0; c < channels; c += isa.strip() {
		a := stripArgs{
			x0: ptr(x[c:]), dy: ptr(dy[c:]), o0: ptr(dx[c:]),
			scale: ptr(n.Scale[c:]), shift: ptr(n.Shift[c:]),
			byX: ptr(n.ByX[c:]), constant: ptr(n.Const[c:]),
			n: len(x) / channels, stride: 4 * channels, slope: n.Slope,
		}
		isa.gradientStrip(&a)
	}
}

func (isa ISA) gradientPool(dx, x Rows, extreme, dy []float32, n *Norm) {
	if !isa.assembly() {
		gradientPoolPortable(dx, x, extreme, dy, n)
		return
	}
	channels := len(n.Scale)
	for c := 0; c < channels; c += isa.strip() {
		a := stripArgs{
			x0: ptr(x.Top[c:]), x1: ptr(x.Bottom[c:]), m: ptr(extreme[c:]), dy: ptr(dy[c:]),
			o0: ptr(dx.Top[c:]), o1: ptr(dx.Bottom[c:]),
			scale: ptr(n.Scale[c:]), shift: ptr(n.Shift[c:]),
			byX: ptr(n.ByX[c:]), constant: ptr(n.Const[c:]),
			n: len(extreme) / channels, stride: 4 * channels, slope: n.Slope,
		}
		isa.gradientPoolStrip(&a)
	}
}

// spreadArgs are the arguments of a transform of tiles for a strip of channels: a spread in bytes.
type spreadArgs struct {
	maps, planes *float32
	pixel, row   int
	tile, plane  int
	n            int
}

func (isa ISA) transform(t transform, maps, planes []float32, s *spread) {
	if !isa.assembly() {
		t.portable(maps, planes, s)
		return
	}
	a := spreadArgs{pixel: 4 * s.pixel, row: 4 * s.row, tile: 4 * s.tile, plane: 4 * s.plane, n: s.n}
	for c := 0; c < s.channels; c += isa.strip() {
		a.maps, a.planes = ptr(maps[c:]), ptr(planes[c:])
		isa.transformStrip(t, &a)
	}
}

// widenArgs are the arguments of widen; n is a multiple of strip.
type widenArgs struct {
	dst   *float32
	src   *uint8
	n     int
	scale float32
}

func (isa ISA) widen(dst []float32, src []uint8, scale float32) {
	n := 0
	if isa.assembly() {
		n = len(src) - len(src)%isa.strip()
	}
	if n > 0 {
		a := widenArgs{dst: ptr(dst), src: unsafe.SliceData(src), n: n, scale: scale}
		isa.widenStrips(&a)
	}
	widenPortable(dst[n:], src[n:], scale)
}
