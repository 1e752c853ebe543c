package eval

import (
	"math"
	"math/rand/v2"
	"sort"
	"testing"
)

func TestRSquared(t *testing.T) {
	truth := matrix{4, 2, []float32{1, 5, 2, 5, 3, 5, 4, 5}} // the second column never varies
	boot := newBootstrap(blocksOfOne(4), rand.New(rand.NewPCG(1, 1)))
	mean := matrix{4, 2, []float32{2.5, 0, 2.5, 0, 2.5, 0, 2.5, 0}}
	if e := boot.rSquared(truth, truth); e.Value != 1 {
		t.Errorf("R² of the truth is %v", e.Value)
	}
	if e := boot.rSquared(truth, mean); e.Value != 0 {
		t.Errorf("R² of the mean is %v", e.Value)
	}
}

func TestAveragePrecisionAgainstItsDefinition(t *testing.T) {
	const n = 60
	rng := rand.New(rand.NewPCG(3, 3))
	truth, predicted := newMatrix(n, 1), random(n, 1, rng)
	for i := range n {
		if rng.Float64() < 0.3 {
			truth.data[i] = 1
			predicted.data[i]++
		}
	}
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	sort.Slice(order, func(a, b int) bool { return predicted.data[order[a]] > predicted.data[order[b]] })
	var hits, sum float64
	for k, i := range order {
		if truth.data[i] == 1 {
			hits++
			sum += hits / float64(k+1)
		}
	}
	boot := newBootstrap(blocksOfOne(n), rng)
	if got, want := boot.averagePrecision(truth, predicted)(nil), sum/hits; math.Abs(got-want) > 1e-12 {
		t.Errorf("average precision %v, want %v", got, want)
	}
	// A constant prediction scores nothing: ties count against it.
	if got := boot.averagePrecision(truth, newMatrix(n, 1))(nil); got > float64(hits)/n {
		t.Errorf("average precision of a constant is %v with a prevalence of %v", got, hits/n)
	}
}

func TestMacroF1(t *testing.T) {
	// 20 places of class 0, 10 of class 1; class 2 has too few, and four places have none.
	truth, predicted := newMatrix(36, 3), newMatrix(36, 3)
	for i := range 36 {
		switch {
		case i < 20:
			truth.row(i)[0] = 1
			predicted.row(i)[i/15] = 1 // five of them are predicted as class 1
		case i < 30:
			truth.row(i)[1] = 1
			predicted.row(i)[1] = 1
		case i < 32:
			truth.row(i)[2] = 1
		}
	}
	boot := newBootstrap(blocksOfOne(36), rand.New(rand.NewPCG(1, 1)))
	// Class 0: precision 1, recall 3/4. Class 1: precision 2/3, recall 1.
	want := (2*0.75/1.75 + 2*(2./3)/(5./3)) / 2
	if got := boot.macroF1(truth, predicted)(nil); math.Abs(got-want) > 1e-12 {
		t.Errorf("macro F1 %v, want %v", got, want)
	}
}
