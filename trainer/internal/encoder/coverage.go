package encoder

import (
	"math"

	"github.com/loc2vec/loc2vec"
)

// MaxPixels is the maximum of H and W of a raster.
const MaxPixels = 1024

// InputScale is the factor that converts a byte of a raster to a number from 0 to 1.
const InputScale = float32(1.0 / 255)

// Coverage computes the coverage features of a Head. It is safe for concurrent use.
type Coverage struct {
	pixels int
	scale  []float64 // [K][C]
	masks  [][]run
	area   []float64 // 255 times the number of pixels of each mask
}

// run is a part of a mask within one row: pixels from to to-1.
type run struct{ row, from, to int }

// NewCoverage prepares the masks of a head for rasters of pixels x pixels. The masks must be [K][pixels*pixels] and
// the FeatureScale [K][C].
func NewCoverage(h *Head, pixels int) *Coverage {
	c := &Coverage{pixels: pixels}
	for _, g := range h.FeatureScale {
		c.scale = append(c.scale, float64(g))
	}
	for _, mask := range h.Masks {
		var runs []run
		var area int
		for y := range pixels {
			row := mask[y*pixels:][:pixels]
			for x := 0; x < pixels; x++ {
				if row[x] == 0 {
					continue
				}
				from := x
				for x < pixels && row[x] != 0 {
					x++
				}
				runs, area = append(runs, run{y, from, x}), area+x-from
			}
		}
		c.masks, c.area = append(c.masks, runs), append(c.area, 255*float64(area))
	}
	return c
}

// Len returns the number of features.
func (c *Coverage) Len() int { return len(c.masks) * loc2vec.NumLayers }

// Features fills dst [K][C] with the features of a raster [C][H][W]: scale*sqrt(coverage), coverage from 0 to 1. An
// empty mask gives 0. Sums are integers, so that the result does not depend on their order.
func (c *Coverage) Features(dst []float32, raster []uint8) {
	clear(dst[:c.Len()])
	var buffer [MaxPixels + 1]uint32
	for layer := range loc2vec.NumLayers {
		plane := raster[layer*c.pixels*c.pixels:][:c.pixels*c.pixels]
		next := make([]int, len(c.masks))
		sums := make([]uint64, len(c.masks))
		for y := range c.pixels {
			before := prefix(buffer[:c.pixels+1], plane[y*c.pixels:][:c.pixels])
			for k, runs := range c.masks {
				for ; next[k] < len(runs) && runs[next[k]].row == y; next[k]++ {
					r := runs[next[k]]
					sums[k] += uint64(before[r.to] - before[r.from])
				}
			}
		}
		for k, sum := range sums {
			if sum > 0 {
				i := k*loc2vec.NumLayers + layer
				dst[i] = float32(c.scale[i] * math.Sqrt(float64(sum)/c.area[k]))
			}
		}
	}
}

// prefix fills sums with the prefix sums of a row and returns it.
func prefix(sums []uint32, row []uint8) []uint32 {
	var total uint32
	sums[0] = 0
	for x, v := range row {
		total += uint32(v)
		sums[x+1] = total
	}
	return sums
}
