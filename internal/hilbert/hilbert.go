// Package hilbert numbers the cells of a square along the Hilbert curve.
package hilbert

// Index returns the position of cell x, y on the Hilbert curve through a square of 2^order by 2^order
// cells. Both coordinates must be below 2^order. The curve starts at 0, 0 and ends at 2^order-1, 0.
func Index(order, x, y uint32) uint64 {
	var index uint64
	for bit := int(order) - 1; bit >= 0; bit-- {
		right, down := x>>bit&1, y>>bit&1
		index = index<<2 | uint64(3*right^down)
		// Rotate the quadrant of the cell so that its curve starts at 0, 0. This also changes higher bits,
		// which have been read already.
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
