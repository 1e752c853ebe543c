package kernel

import "encoding/binary"

// QuarterTurns are the turns that bring the pixels of a square onto each other.
const QuarterTurns = 4

// Turn writes square planes of edge by edge bytes, each turned clockwise by a quarter: row y becomes
// column edge-1-y. The slices must not overlap; dst is as long as src.
func Turn(dst, src []uint8, edge int) {
	area := edge * edge
	for len(src) >= area && area > 0 {
		if edge%8 == 0 {
			turnBlocks(dst[:area], src[:area], edge)
		} else {
			turnRows(dst[:area], src[:area], edge)
		}
		dst, src = dst[area:], src[area:]
	}
}

// turnRows turns a plane byte by byte.
func turnRows(dst, src []uint8, edge int) {
	for y := range edge {
		for x, v := range src[y*edge:][:edge] {
			dst[x*edge+edge-1-y] = v
		}
	}
}

// turnBlocks turns a plane in blocks of eight by eight bytes, a row of them in one register.
func turnBlocks(dst, src []uint8, edge int) {
	for y := 0; y < edge; y += 8 {
		for x := 0; x < edge; x += 8 {
			var r [8]uint64
			for i := range r {
				r[7-i] = binary.LittleEndian.Uint64(src[(y+i)*edge+x:])
			}
			transpose(&r)
			for i, v := range r {
				binary.LittleEndian.PutUint64(dst[(x+i)*edge+edge-8-y:], v)
			}
		}
	}
}

// transpose mirrors eight rows of eight bytes at their diagonal: squares of four, two and one bytes
// change places (Warren: Hacker's Delight, 2012, section 7-3).
func transpose(r *[8]uint64) {
	for i := range 4 {
		r[i], r[i+4] = exchange(r[i], r[i+4], 32, 0x00000000ffffffff)
	}
	for i := 0; i < 8; i += 4 {
		r[i], r[i+2] = exchange(r[i], r[i+2], 16, 0x0000ffff0000ffff)
		r[i+1], r[i+3] = exchange(r[i+1], r[i+3], 16, 0x0000ffff0000ffff)
	}
	for i := 0; i < 8; i += 2 {
		r[i], r[i+1] = exchange(r[i], r[i+1], 8, 0x00ff00ff00ff00ff)
	}
}

// exchange swaps the upper parts of a with the lower parts of b, which mask covers.
func exchange(a, b uint64, shift uint, mask uint64) (uint64, uint64) {
	t := (a>>shift ^ b) & mask
	return a ^ t<<shift, b ^ t
}
