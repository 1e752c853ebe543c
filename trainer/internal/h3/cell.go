package h3

import (
	"fmt"
	"strconv"
)

// MaxResolution is the finest resolution, whose cells are half a metre wide.
const MaxResolution = 15

// Cell is the index of a cell. From its highest bit on it holds a zero, four bits with the number 1, three zeros, four
// bits for the resolution, seven for the base cell, and three for each of fifteen digits. Digits beyond the resolution
// are 7.
type Cell uint64

const (
	cellMode   = Cell(1) << 59
	digitBits  = 3
	unusedBits = 7 // a digit beyond the resolution
)

// newCell returns a base cell at resolution 0.
func newCell(base int) Cell { return cellMode | Cell(base)<<45 | (1<<45 - 1) }

// Parse reads the text of a cell.
func Parse(text string) (Cell, error) {
	v, err := strconv.ParseUint(text, 16, 64)
	c := Cell(v)
	if err != nil || !c.valid() {
		return 0, fmt.Errorf("%q is not the index of an H3 cell", text)
	}
	return c, nil
}

// String returns the index in hexadecimal digits, as H3 writes it.
func (c Cell) String() string { return strconv.FormatUint(uint64(c), 16) }

// Resolution returns the resolution, 0 to MaxResolution.
func (c Cell) Resolution() int { return int(c >> 52 & 15) }

// base returns the number of the base cell.
func (c Cell) base() int { return int(c >> 45 & 127) }

// digit returns the digit at resolution r, from 1.
func (c Cell) digit(r int) int { return int(c >> (digitBits * (MaxResolution - r)) & 7) }

// withDigit returns the cell with another digit at resolution r.
func (c Cell) withDigit(r, digit int) Cell {
	shift := digitBits * (MaxResolution - r)
	return c&^(7<<shift) | Cell(digit)<<shift
}

// withResolution returns the cell with another resolution and the same digits.
func (c Cell) withResolution(r int) Cell { return c&^(15<<52) | Cell(r)<<52 }

// valid reports whether c is the index of a cell.
func (c Cell) valid() bool {
	if c>>56 != cellMode>>56 || c.base() >= numBaseCells {
		return false
	}
	for r := 1; r <= MaxResolution; r++ {
		if (c.digit(r) == unusedBits) != (r > c.Resolution()) {
			return false
		}
	}
	return !isPentagon(c.base()) || c.leading() != missing
}

// Parent returns the cell of resolution r that contains c in the hierarchy of cells; r must not be finer than c's.
func (c Cell) Parent(r int) Cell {
	for i := r + 1; i <= c.Resolution(); i++ {
		c = c.withDigit(i, unusedBits)
	}
	return c.withResolution(r)
}

// Children returns the cells of the next resolution whose parent is c: seven, or six of a pentagon, in the order of
// their indices. c must not be of MaxResolution.
func (c Cell) Children() []Cell {
	r := c.Resolution() + 1
	all := make([]Cell, 0, 7)
	for digit := range 7 {
		if digit != missing || !c.IsPentagon() {
			all = append(all, c.withResolution(r).withDigit(r, digit))
		}
	}
	return all
}

// IsPentagon reports whether the cell is one of the twelve pentagons of its resolution.
func (c Cell) IsPentagon() bool { return isPentagon(c.base()) && c.leading() == 0 }

// missing is the digit that pentagons lack.
const missing = 1

// isPentagon reports whether a base cell is a pentagon.
func isPentagon(base int) bool {
	switch base {
	case 4, 14, 24, 38, 49, 58, 63, 72, 83, 97, 107, 117:
		return true
	}
	return false
}

// leading returns the first digit that is not 0, or 0.
func (c Cell) leading() int {
	for r := 1; r <= c.Resolution(); r++ {
		if d := c.digit(r); d != 0 {
			return d
		}
	}
	return 0
}

// digitOf returns the digit of an exponent: the direction exp(πi/3) to the power of e, or centre.
func digitOf(e int) int {
	if e == centre {
		return 0
	}
	return [...]int{4, 6, 2, 3, 1, 5}[modulo(e, 6)]
}

// exponentOf is the inverse of digitOf.
func exponentOf(digit int) int { return [...]int{centre, 4, 2, 3, 0, 5, 1}[digit] }

// turn multiplies a direction by exp(πi/3) to the power of by.
func turn(e, by int) int {
	if e == centre {
		return centre
	}
	return modulo(e+by, 6)
}
