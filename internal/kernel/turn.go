package kernel

// QuarterTurns are the turns that bring the pixels of a square onto each other.
const QuarterTurns = 4

// Turn writes square planes of edge by edge bytes, each turned clockwise by a quarter: row y becomes
// column edge-1-y. The slices must not overlap; dst is as long as src.
func Turn(dst, src []uint8, edge int) {
	area := edge * edge
	for len(src) >= area && area > 0 {
		for y := range edge {
			for x, v := range src[y*edge:][:edge] {
				dst[x*edge+edge-1-y] = v
			}
		}
		dst, src = dst[area:], src[area:]
	}
}
