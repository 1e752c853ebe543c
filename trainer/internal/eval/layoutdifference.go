package eval

import (
	"math"

	"github.com/loc2vec/loc2vec"
)

// comparedRotations is the number of rotations at which layouts are compared, 15° apart.
const comparedRotations = 24

// layoutComparer compares thumbnails at several rotations. Safe for concurrent use.
type layoutComparer struct {
	cells   []int                    // cells inside the inscribed circle
	rotated [comparedRotations][]int // for each rotation, the cell that each of the cells maps to
}

func newLayoutComparer() *layoutComparer {
	const half = float64(thumbSide) / 2
	l := &layoutComparer{}
	for k := range comparedRotations {
		sin, cos := math.Sincos(2 * math.Pi * float64(k) / comparedRotations)
		for cell := range thumbSide * thumbSide {
			x, y := float64(cell%thumbSide)+0.5-half, float64(cell/thumbSide)+0.5-half
			if x*x+y*y > half*half {
				continue
			}
			if k == 0 {
				l.cells = append(l.cells, cell)
			}
			// A cell inside the circle stays inside the thumbnail, up to rounding.
			tx := min(max(int(half+cos*x-sin*y), 0), thumbSide-1)
			ty := min(max(int(half+sin*x+cos*y), 0), thumbSide-1)
			l.rotated[k] = append(l.rotated[k], ty*thumbSide+tx)
		}
	}
	return l
}

// difference returns the least Σ|a-b| / Σ(a+b) over the rotations of b, summed over all layers of
// the cells inside the inscribed circle. It is 0 for equal layouts and for two empty places, and 1
// for layouts that share no ground.
func (l *layoutComparer) difference(a, b *Descriptor) float64 {
	const plane = thumbSide * thumbSide
	var differ, total [comparedRotations]int
	for c := range loc2vec.NumLayers {
		if a.Coverage[c] == 0 && b.Coverage[c] == 0 {
			continue
		}
		p, q := a.Thumb[c*plane:(c+1)*plane], b.Thumb[c*plane:(c+1)*plane]
		for k, rotated := range l.rotated {
			for i, cell := range l.cells {
				v, w := int(p[cell]), int(q[rotated[i]])
				differ[k] += max(v-w, w-v)
				total[k] += v + w
			}
		}
	}
	least := 1.0
	for k := range differ {
		if total[k] == 0 {
			return 0
		}
		least = min(least, float64(differ[k])/float64(total[k]))
	}
	return least
}
