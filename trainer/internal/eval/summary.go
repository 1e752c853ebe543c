package eval

import (
	"math"

	"github.com/loc2vec/loc2vec"
)

const (
	// rings is the number of equal-width rings inside the inscribed circle.
	rings = 3
	// thumbSide is the edge of a Summary's Thumb in cells.
	thumbSide = 16
	thumbSize = loc2vec.NumLayers * thumbSide * thumbSide
)

// Summary is what the baselines read from a raster.
type Summary struct {
	Coverage [loc2vec.NumLayers]float32        // mean of each layer, 0..1
	Rings    [rings][loc2vec.NumLayers]float32 // mean of each layer in each ring, innermost first
	Thumb    [thumbSize]uint8                  // [C][16][16] mean of each cell, 0..255
}

// covered returns the coverage of the fullest layer. Layers overlap, so that their sum would
// count ground twice.
func (s *Summary) covered() float32 {
	var top float32
	for _, c := range s.Coverage {
		top = max(top, c)
	}
	return top
}

// summariser summarises rasters of one size. Safe for concurrent use.
type summariser struct {
	pixels int
	ring   []uint8        // [H][W]: number of the ring, rings outside of the circle
	area   [rings]float32 // pixels in each ring
	cell   [thumbSide + 1]int
}

func newSummariser(pixels int) *summariser {
	s := &summariser{pixels: pixels, ring: make([]uint8, pixels*pixels)}
	half := float64(pixels) / 2
	for y := range pixels {
		for x := range pixels {
			r := math.Hypot(float64(x)+0.5-half, float64(y)+0.5-half)
			ring := min(int(r/half*rings), rings)
			s.ring[y*pixels+x] = uint8(ring)
			if ring < rings {
				s.area[ring]++
			}
		}
	}
	for i := range s.cell {
		s.cell[i] = i * pixels / thumbSide
	}
	return s
}

// size is the number of bytes of one raster.
func (s *summariser) size() int { return loc2vec.NumLayers * s.pixels * s.pixels }

// summarise fills dst [B] from rasters [B][C][H][W].
func (s *summariser) summarise(dst []Summary, rasters []uint8) {
	plane := s.pixels * s.pixels
	for i := range dst {
		sum := &dst[i]
		image := rasters[i*s.size() : (i+1)*s.size()]
		for c := range loc2vec.NumLayers {
			s.layer(sum, c, image[c*plane:(c+1)*plane])
		}
	}
}

// layer summarises one layer [H][W].
func (s *summariser) layer(dst *Summary, c int, plane []uint8) {
	var total int
	var ring [rings + 1]int
	var cells [thumbSide]int
	for cy := range thumbSide {
		clear(cells[:])
		top, bottom := s.cell[cy], s.cell[cy+1]
		for y := top; y < bottom; y++ {
			row := plane[y*s.pixels : (y+1)*s.pixels]
			var sum int
			for cx := range thumbSide {
				var part int
				for _, v := range row[s.cell[cx]:s.cell[cx+1]] {
					part += int(v)
				}
				cells[cx] += part
				sum += part
			}
			if sum == 0 {
				continue // most layers are empty in most rows
			}
			total += sum
			inRing := s.ring[y*s.pixels : (y+1)*s.pixels]
			for x, v := range row {
				ring[inRing[x]] += int(v)
			}
		}
		for cx, sum := range cells {
			// A raster of fewer than 16 pixels has cells without any pixel.
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
