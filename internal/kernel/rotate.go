package kernel

// Rotations is the number of rotations that map the pixels of a square onto each other.
const Rotations = 4

// MeanOverRotations fills dst with the mean of the vectors that embed returns for rotations 0 to 3, in
// this order, which decides the last bit. It uses each vector before it asks for the next one.
func MeanOverRotations(dst []float32, embed func(rotation int) []float32) {
	copy(dst, embed(0))
	for rotation := 1; rotation < Rotations; rotation++ {
		for i, v := range embed(rotation)[:len(dst)] {
			dst[i] += v
		}
	}
	for i := range dst {
		dst[i] *= 1.0 / Rotations
	}
}

// Rotate writes square planes of size x size bytes to dst, each rotated clockwise by 90 degrees: row y
// becomes column size-1-y. The slices have equal lengths and must not overlap.
func Rotate(dst, src []uint8, size int) {
	area := size * size
	for len(src) >= area && area > 0 {
		for y := range size {
			for x, v := range src[y*size:][:size] {
				dst[x*size+size-1-y] = v
			}
		}
		dst, src = dst[area:], src[area:]
	}
}
