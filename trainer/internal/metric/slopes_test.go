package metric

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestPairSlopesGiveTheGradient(t *testing.T) {
	b := randomBatch(rand.New(rand.NewPCG(5, 3)), []int{0, 1, 0, 2, 1, 2}, 4, 0.7)
	e := slices.Concat(b.e...)
	for _, name := range Names() {
		loss := newLoss(t, name, nil)
		s, err := loss.PairSlopes(e, b.y)
		if name == "vicreg" {
			if err == nil || !strings.Contains(err.Error(), "not a function of pairs") {
				t.Errorf("vicreg: %v", err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		var at batch
		if err := load(&at, e, b.y); err != nil {
			t.Fatal(err)
		}
		m := make([]float64, len(s.M))
		s.Measure.matrix(m, &at)
		near(t, name+" measure", s.M, m, 1e-14)
		got := make([]float64, len(e))
		s.Measure.backward(got, s.Slope, s.M, &at)
		r, want := run(t, loss, e, b.y)
		near(t, name, got, want, 1e-14)
		if name == "contrastive_hadsell" && s.Slope[2] != s.Slope[2*len(b.y)] {
			t.Errorf("%s: slopes %v and %v of one pair", name, s.Slope[2], s.Slope[2*len(b.y)])
		}
		if r.Value != s.Value {
			t.Errorf("%s: the loss is %v, and %v with its gradient", name, s.Value, r.Value)
		}
	}
}

// TestPairsTakenOnce: takenOnce says of every loss whether it leaves one side of the diagonal empty.
func TestPairsTakenOnce(t *testing.T) {
	labels := []int{0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 0, 1, 2}
	b := randomBatch(rand.New(rand.NewPCG(5, 3)), labels, 4, 0.4)
	for _, name := range Names() {
		loss := newLoss(t, name, nil)
		ml, ok := loss.body.(*matrixLoss)
		if !ok {
			continue
		}
		if err := load(&loss.batch, slices.Concat(b.e...), labels); err != nil {
			t.Fatal(err)
		}
		ml.derive(&loss.batch)
		once := func(others [][]int) bool {
			var below, above bool
			for i, list := range others[:len(labels)] {
				for _, j := range list {
					if ml.g[i*len(labels)+j] != 0 {
						below, above = below || j < i, above || j > i
					}
				}
			}
			if !above {
				t.Errorf("%s: no slopes", name)
			}
			return !below
		}
		positives, negatives := takenOnce(ml.objective)
		if p, n := once(loss.batch.pos), once(loss.batch.neg); p != positives || n != negatives {
			t.Errorf("%s: takes positives once %v and negatives %v, said %v and %v", name, p, n, positives, negatives)
		}
	}
}
