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
	anchors := make([]Descriptor, n)
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
	s := study{methods: []embedded{linear, noise}, anchors: anchors, plan: plan{scanner: scanner{partner: partner}, union: 1}, boot: boot}
	got := s.arithmetic(rng)
	if v := got.Rows[0].Union.R1.Value; v != 1 {
		t.Errorf("unions found in a linear space: %v, want 1", v)
	}
	if v := got.Rows[1].Union.R1.Value; v > 0.1 {
		t.Errorf("unions found in noise: %v", v)
	}
	if a, b := got.Rows[0].Midpoint.Value, got.Rows[1].Midpoint.Value; a < b+0.3 || b > 0 {
		t.Errorf("midpoints: R² %v in a linear space, %v in noise", a, b)
	}
}

func TestNearestToMidpoint(t *testing.T) {
	m := matrix{4, 1, []float32{0, 10, 6, 100}}
	if got := nearestToMidpoint(m, 0, 1, loc2vec.Euclidean); got != 2 {
		t.Errorf("nearest to the middle is %d, want 2", got)
	}
	if got := nearestToMidpoint(matrix{2, 1, []float32{0, 1}}, 0, 1, loc2vec.Euclidean); got != -1 {
		t.Errorf("nearest among none is %d", got)
	}
}
