package metric

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// pairWeight is the closed form of a pair's weight, S being the similarities of the batch: after
// Wang et al. 2019, section 3.2, except ntxent, derived here. Sums over k include j.
func pairWeight(b naive, name string, i, j int) float64 {
	s := b.s(i, j)
	positive := b.y[i] == b.y[j]
	count := func(same bool, f func(k int) bool) float64 {
		n, _ := b.sum(i, same, func(k int) float64 {
			if f(k) {
				return 1
			}
			return 0
		})
		return n
	}
	sum := func(same bool, f func(k int) float64) float64 { v, _ := b.sum(i, same, f); return v }
	_, positives := b.sum(i, true, func(int) float64 { return 0 })
	_, negatives := b.sum(i, false, func(int) float64 { return 0 })
	switch name {
	case "contrastive_sim":
		if positive || s > 0.5 {
			return 1
		}
		return 0
	case "triplet_sim":
		if positive {
			return count(false, func(n int) bool { return b.s(i, n)-s+0.1 > 0 })
		}
		return count(true, func(p int) bool { return s-b.s(i, p)+0.1 > 0 })
	case "lifted_sim":
		if positives == 0 || negatives == 0 {
			return 0
		}
		if positive {
			return 1 / sum(true, func(k int) float64 { return math.Exp(s - b.s(i, k)) })
		}
		return 1 / sum(false, func(k int) float64 { return math.Exp(b.s(i, k) - s) })
	case "binomial":
		if positive {
			return 2 / positives * math.Exp(2*(0.5-s)) / (1 + math.Exp(2*(0.5-s)))
		}
		return 50 / negatives * math.Exp(50*(s-0.5)) / (1 + math.Exp(50*(s-0.5)))
	case "multisim":
		if positive {
			return 1 / (math.Exp(-2*(0.5-s)) + sum(true, func(k int) float64 { return math.Exp(-2 * (b.s(i, k) - s)) }))
		}
		return 1 / (math.Exp(50*(0.5-s)) + sum(false, func(k int) float64 { return math.Exp(50 * (b.s(i, k) - s)) }))
	case "ntxent":
		if positives == 0 || negatives == 0 {
			return 0
		}
		var all float64
		for a := range b.e {
			_, p := b.sum(a, true, func(int) float64 { return 0 })
			all += p
		}
		share := func(p, of int) float64 { // of the pair (i, of) in the softmax of the positive p
			total := math.Exp(b.s(i, p)/0.1) + sum(false, func(n int) float64 { return math.Exp(b.s(i, n) / 0.1) })
			return math.Exp(b.s(i, of)/0.1) / total
		}
		scale := float64(len(b.e)) / (all * 0.1)
		if positive {
			return scale * (1 - share(j, j))
		}
		return scale * sum(true, func(p int) float64 { return share(p, j) })
	}
	return math.NaN()
}

// weights returns B·|dL/dS_ij| [B][B].
func weights(slope []float64, rows int) []float64 {
	w := make([]float64, len(slope))
	for i, g := range slope {
		w[i] = float64(rows) * math.Abs(g)
	}
	return w
}

func TestPairWeightsHaveTheirClosedForms(t *testing.T) {
	b := randomBatch(rand.New(rand.NewPCG(11, 3)), []int{0, 1, 0, 2, 1, 0, 2, 1}, 5, 0.7)
	e := slices.Concat(b.e...)
	for _, name := range []string{"contrastive_sim", "triplet_sim", "lifted_sim", "binomial", "multisim", "ntxent"} {
		got, err := fixtureLoss(t, fixture{}, name).PairSlopes(e, b.y)
		if err != nil {
			t.Fatal(err)
		}
		var want []float64
		for i := range b.e {
			for j := range b.e {
				w := 0.0
				if i != j {
					w = pairWeight(b, name, i, j)
				}
				want = append(want, w)
				if g := got.Slope[i*len(b.e)+j]; b.y[i] == b.y[j] && g > 0 || b.y[i] != b.y[j] && g < 0 {
					t.Errorf("%s: derivative %v of pair %d, %d has the wrong sign", name, g, i, j)
				}
			}
		}
		t.Run(name, func(t *testing.T) { near(t, "w", weights(got.Slope, len(b.y)), want, 1e-12) })
	}
}
