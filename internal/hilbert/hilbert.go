// Package hilbert numbers the cells of a square along the Hilbert curve.
package hilbert

// Index returns the place of x, y, both below 2^order, on the Hilbert curve through a
// square of 2^order cells a side. The curve starts in the corner 0, 0 and ends in the corner with
// the largest x and y = 0.
func Index(order, x, y uint32) uint64 {
	var index uint64
	for bit := int(order) - 1; bit >= 0; bit-- {
		right, down := x>>bit&1, y>>bit&1
		index = index<<2 | uint64(3*right^down)
		// Turn the quadrant that the cell lies in, so that the curve inside it starts at 0, 0. Higher
		// bits have been read: that they are turned as well does not matter.
		if down == 0 {
			if right == 1 {
				x, y = ^x, ^y
			}
			x, y = y, x
		}
	}
	return index
}

// Point is the inverse of Index.
func Point(order uint32, index uint64) (x, y uint32) {
	for bit := range order {
		quadrant := uint32(index>>(2*bit)) & 3
		right, down := quadrant>>1, quadrant&1^quadrant>>1
		if down == 0 {
			if right == 1 {
				// Only the bits below this one are cells of the quadrant.
				mask := uint32(1)<<bit - 1
				x, y = x^mask, y^mask
			}
			x, y = y, x
		}
		x |= right << bit
		y |= down << bit
	}
	return x, y
}
