package eval

import (
	"math"

	"github.com/loc2vec/loc2vec"
)

// turnSteps is the number of rotations that are tried, 15° apart.
const turnSteps = 24

// layouts compares thumbs at several rotations.
type layouts struct {
	cells []int            // cells inside the inscribed circle
	turns [turnSteps][]int // for each rotation, the cell that comes to lie on each of the cells
}

func newLayouts() *layouts {
	const half = float64(thumbSide) / 2
	l := &layouts{}
	for k := range turnSteps {
		sin, cos := math.Sincos(2 * math.Pi * float64(k) / turnSteps)
		for cell := range thumbSide * thumbSide {
			x, y := float64(cell%thumbSide)+0.5-half, float64(cell/thumbSide)+0.5-half
			if x*x+y*y > half*half {
				continue
			}
			if k == 0 {
				l.cells = append(l.cells, cell)
			}
			// Inside of the circle the turned cell is inside of the thumb, up to rounding.
			tx := min(max(int(half+cos*x-sin*y), 0), thumbSide-1)
			ty := min(max(int(half+sin*x+cos*y), 0), thumbSide-1)
			l.turns[k] = append(l.turns[k], ty*thumbSide+tx)
		}
	}
	return l
}

// difference is the least, over the rotations of b, of Σ|a-b| / Σ(a+b) over all layers of the cells
// inside the inscribed circle: 0 for one layout and for two empty places, 1 for layouts that share
// no ground.
func (l *layouts) difference(a, b *Summary) float64 {
	const plane = thumbSide * thumbSide
	var differ, total [turnSteps]int
	for c := range loc2vec.NumLayers {
		if a.Coverage[c] == 0 && b.Coverage[c] == 0 {
			continue
		}
		p, q := a.Thumb[c*plane:(c+1)*plane], b.Thumb[c*plane:(c+1)*plane]
		for k, turn := range l.turns {
			for i, cell := range l.cells {
				v, w := int(p[cell]), int(q[turn[i]])
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
