package raster

import "math"

// pixel is a position in the window in 1/sub px, x right and y down from its top left corner.
type pixel struct {
	x, y int32
}

const (
	// coverBits is the precision of heights: an edge that crosses several pixels of a row shares its
	// height among them in steps of 1/1024 px.
	coverBits = 10
	// fullBits is the logarithm of a whole pixel's area: a height times twice a width. It leaves room
	// for 4096 shapes above one another.
	fullBits = coverBits + subBits + 1
	full     = 1 << fullBits
	// unit is the area of one step of height over a whole pixel.
	unit = full >> coverBits
)

// accumulator turns the edges of closed polygons into coverage. An edge adds to the pixels that it
// crosses the change of covered area that it makes, so that a running sum along a row gives the
// signed area of every pixel (the method of font-rs, also that of x/image/vector; AGG's and
// FreeType's "cells" are the same sums kept in a list). Reversing an edge negates exactly what it
// adds: an edge drawn in both directions leaves no trace.
//
// Between drawings all sums are zero and the dirty marks are empty.
type accumulator struct {
	pixels int
	limit  int32   // pixels·sub, the window's far edges
	area   []int32 // [pixels][pixels+2], change of area from one pixel of a row to the next
	left   []int32 // [pixels+2], change from one row to the next of the height, in 1/sub px, of edges that pass left of the window
	dirty  []dirty // [pixels], columns of area that may not be zero
	top    int32   // rows of left and area that may not be zero: top <= row <= bottom
	bottom int32
}

// dirty is a range of columns, both ends included.
type dirty struct {
	first, last int32
}

// clean is an empty range that any other extends.
var clean = dirty{first: math.MaxInt32, last: -1}

func newAccumulator(pixels int) accumulator {
	a := accumulator{
		pixels: pixels,
		limit:  int32(pixels) * sub,
		area:   make([]int32, pixels*(pixels+2)),
		left:   make([]int32, pixels+2),
		dirty:  make([]dirty, pixels),
		top:    int32(pixels),
		bottom: -1,
	}
	for i := range a.dirty {
		a.dirty[i] = clean
	}
	return a
}

// edge adds the directed edge from p to q, which may lie outside of the window. What is right of an
// edge that goes up is inside.
func (a *accumulator) edge(p, q pixel) {
	const down, up = -1, 1
	sign := int32(down)
	if p.y > q.y {
		p, q, sign = q, p, up
	}
	if p.y == q.y || q.y <= 0 || p.y >= a.limit || (p.x >= a.limit && q.x >= a.limit) {
		return
	}
	if p.y >= 0 && q.y <= a.limit && p.x >= 0 && q.x >= 0 && p.x <= a.limit && q.x <= a.limit {
		a.line(p, q, sign)
		return
	}
	a.clip(p, q, sign)
}

// clip adds the part of a falling edge inside the window and, where it passes on the left, its
// height; what passes on the right changes nothing.
func (a *accumulator) clip(p, q pixel, sign int32) {
	if p.x <= 0 && q.x <= 0 {
		a.pass(max(p.y, 0), min(q.y, a.limit), sign)
		return
	}
	start := p
	dx, dy := int64(q.x-p.x), int64(q.y-p.y)
	xAt := func(y int32) int32 { return start.x + int32(dx*int64(y-start.y)/dy) }
	yAt := func(x int32) int32 { return start.y + int32(dy*int64(x-start.x)/dx) }
	if p.y < 0 {
		p = pixel{xAt(0), 0}
	}
	if q.y > a.limit {
		q = pixel{xAt(a.limit), a.limit}
	}
	// A side is only reached from beyond it, so dx is not zero where yAt is called. Rounding may
	// push y a step out of the edge.
	switch {
	case p.x < 0 && q.x < 0:
		a.pass(p.y, q.y, sign)
		return
	case p.x < 0:
		y := min(max(yAt(0), p.y), q.y)
		a.pass(p.y, y, sign)
		p = pixel{0, y}
	case q.x < 0:
		y := min(max(yAt(0), p.y), q.y)
		a.pass(y, q.y, sign)
		q = pixel{0, y}
	}
	switch {
	case p.x > a.limit && q.x > a.limit:
		return
	case p.x > a.limit:
		p = pixel{a.limit, min(max(yAt(a.limit), p.y), q.y)}
	case q.x > a.limit:
		q = pixel{a.limit, min(max(yAt(a.limit), p.y), q.y)}
	}
	if p.y < q.y {
		a.line(p, q, sign)
	}
}

// pass adds an edge that goes from height y0 down to y1 left of the window, or on its edge.
func (a *accumulator) pass(y0, y1, sign int32) {
	if y0 >= y1 {
		return
	}
	top, bottom := y0>>subBits, y1>>subBits
	a.top, a.bottom = min(a.top, top), max(a.bottom, bottom+1)
	part := y0 & (sub - 1)
	a.left[top] += sign * (sub - part)
	a.left[top+1] += sign * part
	part = y1 & (sub - 1)
	a.left[bottom] -= sign * (sub - part)
	a.left[bottom+1] -= sign * part
}

// line adds an edge inside the window, p above q.
func (a *accumulator) line(p, q pixel, sign int32) {
	row, last := p.y>>subBits, (q.y-1)>>subBits
	a.top, a.bottom = min(a.top, row), max(a.bottom, last)
	if row == last {
		a.span(row, p.x, q.x, (q.y-p.y)*(1<<(coverBits-subBits))*sign)
		return
	}
	// x in 1/2^16 of a step: rows lower by one step move it by slope.
	slope := (int64(q.x-p.x) << 16) / int64(q.y-p.y)
	x := int64(p.x)<<16 + 1<<15
	from, y := p.x, p.y
	for ; row < last; row++ {
		below := (row + 1) << subBits
		x += slope * int64(below-y)
		to := int32(x >> 16)
		a.span(row, from, to, (below-y)*(1<<(coverBits-subBits))*sign)
		from, y = to, below
	}
	a.span(row, from, q.x, (q.y-y)*(1<<(coverBits-subBits))*sign)
}

// span adds the piece of an edge that lies in one row, between two x, its height signed.
func (a *accumulator) span(row, x0, x1, height int32) {
	if x0 > x1 {
		x0, x1 = x1, x0
	}
	first, last := x0>>subBits, x1>>subBits
	d := &a.dirty[row]
	d.first, d.last = min(d.first, first), max(d.last, last+1)
	stride := a.pixels + 2
	area := a.area[int(row)*stride:][:stride]
	if first == last {
		// Of the pixel's own area the mean of both x is missing, twice that in steps.
		missing := height * (x0&(sub-1) + x1&(sub-1))
		area[first] += height*unit - missing
		area[first+1] += missing
		return
	}
	// The height is shared among the pixels by their part of the width. The magnitude is divided, so
	// that the opposite edge divides alike.
	sign := height >> 31
	magnitude := height ^ sign - sign
	slope := (int64(magnitude) << 16) / int64(x1-x0)
	rise := slope * int64(sub-x0&(sub-1))
	done := int32(rise >> 16)
	missing := done * (x0&(sub-1) + sub)
	put := func(column, height, missing int32) {
		area[column] += (height*unit - missing) ^ sign - sign
		area[column+1] += missing ^ sign - sign
	}
	put(first, done, missing)
	for column := first + 1; column < last; column++ {
		rise += slope << subBits
		here := int32(rise>>16) - done
		done += here
		put(column, here, here*sub)
	}
	put(last, magnitude-done, (magnitude-done)*(x1&(sub-1)))
}

// resolve writes the coverage of every pixel that any edge reached into dst, [pixels][pixels], which
// must be zero, and makes the accumulator ready for the next layer. Coverage is the signed area,
// without its sign and at most a whole pixel: the non-zero rule wherever no two edges of overlapping
// shapes cross the same pixel (see the package documentation).
func (a *accumulator) resolve(dst []uint8) {
	if a.bottom < 0 {
		return
	}
	var height int32
	for row := int(a.top); row <= min(int(a.bottom), a.pixels-1); row++ {
		height += a.left[row]
		a.resolveRow(dst[row*a.pixels:][:a.pixels], row, height*(1<<(coverBits-subBits))*unit)
	}
	clear(a.left[a.top : a.bottom+1])
	a.top, a.bottom = int32(a.pixels), -1
}

// resolveRow writes one row, given the area at its left edge.
func (a *accumulator) resolveRow(dst []uint8, row int, sum int32) {
	d := a.dirty[row]
	if d.last < 0 {
		fill(dst, coverage(sum))
		return
	}
	a.dirty[row] = clean
	stride := a.pixels + 2
	area := a.area[row*stride:][:d.last+1]
	fill(dst[:d.first], coverage(sum))
	end := min(int(d.last)+1, a.pixels)
	for x := int(d.first); x < end; x++ {
		sum += area[x]
		dst[x] = coverage(sum)
	}
	clear(area[d.first:])
	fill(dst[end:], coverage(sum))
}

// fill sets dst, which is zero, to v.
func fill(dst []uint8, v uint8) {
	if v == 0 {
		return
	}
	for i := range dst {
		dst[i] = v
	}
}

// coverage scales an area to 0..255, rounding to nearest.
func coverage(area int32) uint8 {
	covered := uint32(min(abs(area), full))
	return uint8((covered*255 + full/2) >> fullBits)
}
