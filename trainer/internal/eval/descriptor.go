package eval

import (
	"math"

	"github.com/loc2vec/loc2vec"
)

const (
	// rings is the number of rings of equal width inside the inscribed circle.
	rings = 3
	// thumbSide is the edge length of a Descriptor's Thumb in cells.
	thumbSide = 16
	thumbSize = loc2vec.NumLayers * thumbSide * thumbSide
)

// Descriptor holds the features of a raster that baselines and metrics read.
type Descriptor struct {
	Coverage [loc2vec.NumLayers]float32        // mean of each layer, 0..1
	Rings    [rings][loc2vec.NumLayers]float32 // mean of each layer in each ring, innermost first
	Thumb    [thumbSize]uint8                  // [C][16][16] mean of each cell, 0..255
	Counts   Counts                            // of shapes; 0 where the region has no Counter
}

// fullest returns the coverage of the fullest layer. Layers overlap, so that their sum would count
// ground twice.
func (s *Descriptor) fullest() float32 {
	var top float32
	for _, c := range s.Coverage {
		top = max(top, c)
	}
	return top
}

// describer computes the descriptors of rasters of one size. Safe for concurrent use.
type describer struct {
	pixels int
	rows   [][]segment        // [H]
	area   [rings + 1]float32 // pixels in each ring
	cell   [thumbSide + 1]int // first pixel of each cell, along both axes
}

// segment is a run of pixels of a row within one cell and one ring.
type segment struct {
	end, cell, ring int // ring equals rings outside the circle
}

func newDescriber(pixels int) *describer {
	s := &describer{pixels: pixels, rows: make([][]segment, pixels)}
	for i := range s.cell {
		s.cell[i] = i * pixels / thumbSide
	}
	half := float64(pixels) / 2
	for y := range s.rows {
		cell := 0
		for x := range pixels {
			for x >= s.cell[cell+1] {
				cell++
			}
			r := math.Hypot(float64(x)+0.5-half, float64(y)+0.5-half)
			ring := min(int(r/half*rings), rings)
			s.area[ring]++
			row := s.rows[y]
			if n := len(row); n > 0 && row[n-1].cell == cell && row[n-1].ring == ring {
				row[n-1].end = x + 1
				continue
			}
			s.rows[y] = append(row, segment{x + 1, cell, ring})
		}
	}
	return s
}

// size returns the number of bytes of one raster.
func (s *describer) size() int { return loc2vec.NumLayers * s.pixels * s.pixels }

// describe fills dst [B] from rasters [B][C][H][W].
func (s *describer) describe(dst []Descriptor, rasters []uint8) {
	plane := s.pixels * s.pixels
	for i := range dst {
		sum := &dst[i]
		image := rasters[i*s.size() : (i+1)*s.size()]
		for c := range loc2vec.NumLayers {
			s.layer(sum, c, image[c*plane:(c+1)*plane])
		}
	}
}

// layer adds one layer [H][W] to a descriptor.
func (s *describer) layer(dst *Descriptor, c int, plane []uint8) {
	var total int
	var ring [rings + 1]int
	var cells [thumbSide]int
	for cy := range thumbSide {
		clear(cells[:])
		top, bottom := s.cell[cy], s.cell[cy+1]
		for y := top; y < bottom; y++ {
			row, x := plane[y*s.pixels:(y+1)*s.pixels], 0
			for _, g := range s.rows[y] {
				var sum int
				for _, v := range row[x:g.end] {
					sum += int(v)
				}
				x = g.end
				total += sum
				cells[g.cell] += sum
				ring[g.ring] += sum
			}
		}
		for cx, sum := range cells {
			// Some cells of a raster with fewer than 16 pixels are empty.
			if n := (bottom - top) * (s.cell[cx+1] - s.cell[cx]); n > 0 {
				dst.Thumb[(c*thumbSide+cy)*thumbSide+cx] = uint8(sum / n)
			} else {
				dst.Thumb[(c*thumbSide+cy)*thumbSide+cx] = 0
			}
		}
	}
	dst.Coverage[c] = float32(total) / float32(255*len(plane))
	for r := range rings {
		dst.Rings[r][c] = float32(ring[r]) / (255 * max(s.area[r], 1))
	}
}
