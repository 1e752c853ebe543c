package kernel

// QuarterTurns are the turns that bring the pixels of a square onto each other.
const QuarterTurns = 4

// MeanOverTurns fills dst with the mean of the vectors that embed returns for each quarter turn, from none on; each
// is used before the next call. They are added in this order, which decides the last bit.
func MeanOverTurns(dst []float32, embed func(turn int) []float32) {
	copy(dst, embed(0))
	for turn := 1; turn < QuarterTurns; turn++ {
		for i, v := range embed(turn)[:len(dst)] {
			dst[i] += v
		}
	}
	for i := range dst {
		dst[i] *= 1.0 / QuarterTurns
	}
}

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
