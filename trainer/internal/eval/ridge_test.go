package eval

import (
	"math/rand/v2"
	"testing"
)

func TestProbeReadsWhatIsThere(t *testing.T) {
	const n = 400
	rng := rand.New(rand.NewPCG(1, 1))
	x, targets := random(n, 6, rng), newMatrix(n, 2)
	for i := range n {
		targets.row(i)[0] = 3*x.row(i)[1] - 2*x.row(i)[4] + 7
		targets.row(i)[1] = float32(rng.NormFloat64()) // noise
	}
	block := make([]int, n)
	for i := range block {
		block[i] = i / 8
	}
	boot := newBootstrap(block, rng)
	predicted, err := crossValidate(x, targets, [][]int{boot.folds(rng), boot.folds(rng)})
	if err != nil {
		t.Fatal(err)
	}
	column := func(m matrix, j int) matrix {
		out := newMatrix(n, 1)
		for i := range n {
			out.data[i] = m.row(i)[j]
		}
		return out
	}
	if e := boot.rSquared(column(targets, 0), column(predicted, 0)); e.Value < 0.99 {
		t.Errorf("R² of a linear target is %v", e)
	}
	if e := boot.rSquared(column(targets, 1), column(predicted, 1)); e.Value > 0.02 {
		t.Errorf("R² of noise is %v", e)
	}
}

func TestFoldsKeepBlocksTogether(t *testing.T) {
	block := []int{0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5}
	boot := newBootstrap(block, rand.New(rand.NewPCG(1, 1)))
	fold := boot.folds(rand.New(rand.NewPCG(2, 2)))
	seen := map[int]bool{}
	for i := 0; i < len(fold); i += 2 {
		if fold[i] != fold[i+1] {
			t.Errorf("block %d is torn between folds %d and %d", block[i], fold[i], fold[i+1])
		}
		seen[fold[i]] = true
	}
	if len(seen) != folds {
		t.Errorf("%d folds of six blocks, want %d", len(seen), folds)
	}
}
