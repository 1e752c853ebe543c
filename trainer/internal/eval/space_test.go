package eval

import (
	"math/rand/v2"
	"testing"

	"github.com/loc2vec/loc2vec"
)

// TestArithmeticOfALinearSpace has a method whose unions are exact sums, and one of random vectors.
func TestArithmeticOfALinearSpace(t *testing.T) {
	const n, d = 80, 12
	rng := rand.New(rand.NewPCG(1, 1))
	anchors := make([]Summary, n)
	partner := partners(n, rng)
	for i, j := range partner {
		if i == j {
			t.Fatalf("place %d is its own partner", i)
		}
		for c := range anchors[i].Coverage {
			anchors[i].Coverage[c] = rng.Float32()
		}
	}
	linear := embedded{method: Method{Name: "linear"}, views: []matrix{coverages(anchors), newMatrix(n, d)}, empty: make([]float32, d)}
	for k := range d {
		linear.empty[k] = 5
		for i := range n {
			linear.views[0].row(i)[k] += 5
		}
	}
	for i, j := range partner {
		for k := range d {
			linear.views[1].row(i)[k] = linear.views[0].row(i)[k] + linear.views[0].row(j)[k] - 5
		}
	}
	noise := embedded{method: Method{Name: "noise"}, views: []matrix{random(n, d, rng), random(n, d, rng)}, empty: make([]float32, d)}
	boot := newBootstrap(blocksOfOne(n), rng)
	fig := arithmetic([]embedded{linear, noise}, 1, partner, anchors, boot, rng)
	if got := fig.Rows[0].Union.R1.Value; got != 1 {
		t.Errorf("unions found in a linear space: %v, want 1", got)
	}
	if got := fig.Rows[1].Union.R1.Value; got > 0.1 {
		t.Errorf("unions found in noise: %v", got)
	}
	if a, b := fig.Rows[0].Midpoint.Value, fig.Rows[1].Midpoint.Value; a < b+0.3 || b > 0 {
		t.Errorf("midpoints: R² %v in a linear space, %v in noise", a, b)
	}
}

func TestSmoothnessOfCoverageAndOfNoise(t *testing.T) {
	const n = 120
	rng := rand.New(rand.NewPCG(2, 2))
	region := testRegion(n)
	anchors := make([]Summary, n)
	for i := range anchors { // an even grey of one layer, from nothing to full
		level := uint8(255 * i / n)
		anchors[i].Coverage[loc2vec.Park] = float32(level) / 255
		for k := range thumbSide * thumbSide {
			anchors[i].Thumb[int(loc2vec.Park)*thumbSide*thumbSide+k] = level
		}
	}
	smooth := embedded{method: Method{Name: "smooth"}, views: []matrix{coverages(anchors)}}
	noise := embedded{method: Method{Name: "noise"}, views: []matrix{random(n, 4, rng)}}
	fig := smoothness([]embedded{smooth, noise}, region, anchors, newBootstrap(blocksOf(region.Places), rng), rng)
	if got := fig.Rows[0].Coverage.Value; got < 0.95 {
		t.Errorf("neighbours predict coverage with R² %v where the space is coverage", got)
	}
	if got := fig.Rows[1].Coverage.Value; got > 0.2 {
		t.Errorf("neighbours predict coverage with R² %v where the space is noise", got)
	}
	if a, b := fig.Rows[0].Walk[0], fig.Rows[1].Walk[0]; a > 0.3 || b < 0.8 || fig.Rows[0].Walk[4] < a {
		t.Errorf("walks: %v along coverage, %v in noise", fig.Rows[0].Walk, fig.Rows[1].Walk)
	}
	if got := fig.Rows[0].Far.Value; got != 0 {
		t.Errorf("%v of the neighbours are beyond 100 km in a region of 12 km", got)
	}
}

func TestNearestToMiddle(t *testing.T) {
	m := matrix{4, 1, []float32{0, 10, 6, 100}}
	if got := nearestToMiddle(m, 0, 1, loc2vec.Euclidean); got != 2 {
		t.Errorf("nearest to the middle is %d, want 2", got)
	}
	if got := nearestToMiddle(matrix{2, 1, []float32{0, 1}}, 0, 1, loc2vec.Euclidean); got != -1 {
		t.Errorf("nearest among none is %d", got)
	}
}
