package encoder

import (
	"math"

	"github.com/loc2vec/loc2vec"
)

// MaxPixels is the largest H and W of a raster.
const MaxPixels = 1024

// InputScale is what a byte of a raster is multiplied by.
const InputScale = float32(1.0 / 255)

// Coverage computes the features that Head.Masks ask for. It is safe for concurrent use.
type Coverage struct {
	pixels int
	gain   []float64 // [K][C]
	masks  [][]run
	area   []float64 // 255 times the pixels of each mask
}

// run is a stretch of a mask within one row: pixels from up to to.
type run struct{ row, from, to int }

// NewCoverage prepares the masks of a head, [K][pixels*pixels], whose gain must be [K][C].
func NewCoverage(h *Head, pixels int) *Coverage {
	c := &Coverage{pixels: pixels}
	for _, g := range h.Gain {
		c.gain = append(c.gain, float64(g))
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

// Len is the number of features.
func (c *Coverage) Len() int { return len(c.masks) * loc2vec.NumLayers }

// Features fills dst [K][C] with gain*sqrt(coverage), coverage between 0 and 1, for a raster
// [C][H][W]. A mask without a pixel gives 0. Sums are integers: the result does not depend on their order.
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
				dst[i] = float32(c.gain[i] * math.Sqrt(float64(sum)/c.area[k]))
			}
		}
	}
}

// prefix fills sums with the running totals of a row.
func prefix(sums []uint32, row []uint8) []uint32 {
	var total uint32
	sums[0] = 0
	for x, v := range row {
		total += uint32(v)
		sums[x+1] = total
	}
	return sums
}
