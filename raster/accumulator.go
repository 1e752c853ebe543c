package raster

import (
	"encoding/binary"
	"math/bits"
)

// pixel is a position in the window in 1/sub px, x right and y down from its top left corner.
type pixel struct {
	x, y int32
}

const (
	// coverBits is the precision of heights: an edge that crosses several pixels of a row distributes
	// its height among them in steps of 1/1024 px.
	coverBits = 10
	// fullBits is the base-2 logarithm of the area of a whole pixel: a height times twice a width. 32 bits
	// leave room for 4096 overlapping shapes.
	fullBits = coverBits + subBits + 1
	full     = 1 << fullBits
	// unit is the area of one step of height over a whole pixel.
	unit = full >> coverBits
)

// accumulator turns the edges of closed polygons into coverage. An edge adds, to each pixel that it crosses,
// the change of covered area that it causes. A running sum along a row then gives the signed area of every
// pixel. (This is the method of font-rs and x/image/vector; the "cells" of AGG and FreeType are the same sums
// in a list.) Reversing an edge negates exactly what it adds: an edge drawn in both directions adds nothing.
//
// Between drawings all sums and marks are zero.
type accumulator struct {
	pixels int
	limit  int32    // pixels·sub, the right and lower edges of the window
	stride int      // whole blocks for the pixels and two more columns on the right that edges add to
	area   []int32  // [pixels][stride], change of area from one pixel of a row to the next
	marks  []uint64 // [pixels], one bit for each block of area that may be non-zero
	whole  uint64   // the marks of the blocks that lie completely in the window
	left   []int32  // [pixels+2], change from one row to the next of the height of edges left of the window
	top    int32    // rows of area and left that may be non-zero: top <= row <= bottom
	bottom int32
}

// block is the number of pixels per mark. With blocks of four pixels, the 64 bits of a row would end after 250
// pixels.
const (
	blockBits = 3
	block     = 1 << blockBits
)

func newAccumulator(pixels int) accumulator {
	stride := (pixels + 2 + block - 1) / block * block
	return accumulator{
		pixels: pixels,
		limit:  int32(pixels) * sub,
		stride: stride,
		area:   make([]int32, pixels*stride),
		marks:  make([]uint64, pixels),
		whole:  1<<(pixels/block) - 1,
		left:   make([]int32, pixels+2),
		top:    int32(pixels),
		bottom: -1,
	}
}

// edge adds the directed edge from p to q, which may lie outside the window. The inside is to the right of an
// edge that goes up.
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

// clip adds the part of a falling edge inside the window and, where the edge lies left of the window, its
// height. The part right of the window changes nothing.
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
	// An edge reaches a side only from beyond it, so dx is not zero where yAt is called. Rounding may move
	// y one step off the edge.
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

// pass adds an edge from height y0 down to y1 that lies left of the window, or on its left edge.
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
	row, last := int(p.y>>subBits), int((q.y-1)>>subBits)
	a.top, a.bottom = min(a.top, int32(row)), max(a.bottom, int32(last))
	dx, dy := int64(q.x-p.x), int64(q.y-p.y)
	// xSlope is the step to the right per step down, ySlope the magnitude of the step down, in heights, per
	// step to the right; both in 1/2^16.
	var xSlope, ySlope int64
	if row != last {
		xSlope = dx << 16 / dy
	}
	if p.x>>subBits != q.x>>subBits {
		ySlope = dy << (16 + coverBits - subBits) / abs(dx)
	}
	x := int64(p.x)<<16 + 1<<15
	from, y := p.x, p.y
	for ; row <= last; row++ {
		to, below := q.x, q.y
		if row != last {
			below = int32(row+1) << subBits
			x += xSlope * int64(below-y)
			to = int32(x >> 16)
		}
		area := a.area[row*a.stride:][:a.stride]
		height := (below - y) << (coverBits - subBits)
		x0, x1 := min(from, to), max(from, to)
		column, end := x0>>subBits, x1>>subBits
		a.marks[row] |= 2<<(uint(end+1)>>blockBits&63) - 1<<(uint(column)>>blockBits&63)
		if column == end {
			// The pixel misses the area left of the edge: height times the mean of both x. Areas are doubled.
			height *= sign
			missing := height * (x0&(sub-1) + x1&(sub-1))
			area[column] += height*unit - missing
			area[column+1] += missing
		} else {
			spread(area, x0, x1, height, sign, ySlope)
		}
		from, y = to, below
	}
}

// spread distributes the height of an edge among the pixels of a row that it crosses, x0 to x1, in proportion
// to their part of the width. It distributes the magnitude, so that the opposite edge is distributed equally.
// The last pixel takes the rounding error.
func spread(area []int32, x0, x1, height, sign int32, slope int64) {
	column, end := x0>>subBits, x1>>subBits
	rise := slope * int64(sub-x0&(sub-1))
	done := int32(rise >> 16)
	missing := sign * done * (x0&(sub-1) + sub)
	area[column] += sign*done*unit - missing
	carry := missing
	for column++; column < end; column++ {
		rise += slope << subBits
		here := int32(rise>>16) - done
		done += here
		half := sign * here * sub
		area[column] += half + carry
		carry = half
	}
	rest := sign * (height - done)
	missing = rest * (x1 & (sub - 1))
	area[end] += rest*unit - missing + carry
	area[end+1] += missing
}

// resolve writes the coverage of all non-empty rows to dst, [pixels][pixels], which must be zero, and resets
// the accumulator for the next layer.
func (a *accumulator) resolve(dst []uint8) {
	if a.bottom < 0 {
		return
	}
	var height int32
	for row := int(a.top); row <= min(int(a.bottom), a.pixels-1); row++ {
		height += a.left[row]
		if height != 0 || a.marks[row] != 0 {
			a.resolveRow(dst[row*a.pixels:][:a.pixels], row, height*(1<<(coverBits-subBits))*unit)
		}
	}
	clear(a.left[a.top : a.bottom+1])
	a.top, a.bottom = int32(a.pixels), -1
}

// resolveRow writes one row, given the area at its left edge. Between marked blocks the coverage is constant.
func (a *accumulator) resolveRow(dst []uint8, row int, sum int32) {
	area := a.area[row*a.stride:][:a.stride]
	marks := a.marks[row]
	a.marks[row] = 0
	done, level := 0, coverage(sum)
	for whole := marks & a.whole; whole != 0; whole &= whole - 1 {
		start := bits.TrailingZeros64(whole) * block
		if level != 0 {
			fill(dst[done:start], level)
		}
		done = start + block
		// Unrolled, the loop takes two thirds of the time.
		cells, out := (*[block]int32)(area[start:]), (*[block]uint8)(dst[start:])
		sum += cells[0]
		out[0] = coverage(sum)
		sum += cells[1]
		out[1] = coverage(sum)
		sum += cells[2]
		out[2] = coverage(sum)
		sum += cells[3]
		out[3] = coverage(sum)
		sum += cells[4]
		out[4] = coverage(sum)
		sum += cells[5]
		out[5] = coverage(sum)
		sum += cells[6]
		out[6] = coverage(sum)
		sum += cells[7]
		out[7] = coverage(sum)
		*cells = [block]int32{}
		level = out[block-1]
	}
	if marks&^a.whole != 0 {
		start := len(dst) &^ (block - 1)
		fill(dst[done:start], level)
		for done = start; done < len(dst); done++ {
			sum += area[done]
			dst[done] = coverage(sum)
		}
		clear(area[start:])
		return
	}
	if level != 0 {
		fill(dst[done:], level)
	}
}

// fill sets all pixels, whole blocks first.
func fill(dst []uint8, level uint8) {
	pattern := uint64(level) * 0x0101010101010101
	for ; len(dst) >= block; dst = dst[block:] {
		binary.LittleEndian.PutUint64(dst, pattern)
	}
	for i := range dst {
		dst[i] = level
	}
}

// coverage scales the magnitude of a signed area, clamped to a whole pixel, to 0..255. This is the non-zero
// rule, except where edges of overlapping shapes cross one pixel (see the package documentation). A whole
// pixel shares the value 255 with the step below it.
func coverage(area int32) uint8 {
	v := area >> (fullBits - 8)
	return uint8(min(v^(v>>31), 255))
}
