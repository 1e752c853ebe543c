package net

import "math"

const (
	defaultFeatureScale = 4 // brings sqrt(coverage) to the size of the pooled features
	ringCount           = 3
)

// DefaultMasks returns the areas of a square raster whose coverages are features of architectures with global
// pooling: the whole square, and three rings of equal width inside the inscribed circle, the innermost first.
// Rotating the raster does not change the coverages of rings. Each mask is [H*W], 0 or 1.
func DefaultMasks(pixels int) [][]uint8 {
	masks := make([][]uint8, 1+ringCount)
	for k := range masks {
		masks[k] = make([]uint8, pixels*pixels)
	}
	radius := float64(pixels) / 2
	for i := range pixels * pixels {
		masks[0][i] = 1
		x, y := float64(i%pixels)+0.5-radius, float64(i/pixels)+0.5-radius
		if ring := int(math.Hypot(x, y) / radius * ringCount); ring < ringCount {
			masks[1+ring][i] = 1
		}
	}
	return masks
}
