package metric

import "math/rand/v2"

// supConSpec is the supervised contrastive loss with the sum outside the logarithm,
//
//	mean over a of -1/|P_a| Σ_p log( e^{S_ap/τ} / Σ_{j≠a} e^{S_aj/τ} ).
//
// Khosla et al.: Supervised Contrastive Learning, NeurIPS 2020, eq. 2 (L_out). Positives compete with
// each other, so that the derivative of one that is ahead of the rest is positive.
func supConSpec() Spec {
	return Spec{
		Name:   "supcon",
		Doc:    "supervised contrastive loss on cosine similarities",
		Paper:  "Khosla et al. 2020, eq. 2",
		Space:  Cosine,
		Params: []Param{tauParam(0.1)},
		build: func(s settings, _ *rand.Rand) (body, error) {
			return &matrixLoss{distance: Cosine, objective: &supCon{tau: s.numbers["tau"]}}, nil
		},
	}
}

type supCon struct {
	tau    float64
	logits []float64
}

func (o *supCon) eval(g, s []float64, b *batch) Result {
	var r Result
	for a := range b.rows {
		if b.both(a) {
			r.Terms++
		}
	}
	active := 0
	for a := range b.rows {
		if !b.both(a) {
			continue
		}
		row, grow := s[a*b.rows:(a+1)*b.rows], g[a*b.rows:(a+1)*b.rows]
		o.logits = o.logits[:0]
		for j, v := range row {
			if j != a {
				o.logits = append(o.logits, v/o.tau)
			}
		}
		total := softmax(o.logits)
		step := 1 / (o.tau * float64(r.Terms))
		for k, p := range o.logits {
			j := k
			if k >= a {
				j++
			}
			grow[j] += step * p
		}
		var v float64
		each := 1 / float64(len(b.pos[a]))
		for _, p := range b.pos[a] {
			v += each * (total - row[p]/o.tau)
			grow[p] -= step * each
		}
		if v > 0.01 {
			active++
		}
		r.Value += v / float64(r.Terms)
	}
	r.Active = share(active, r.Terms)
	return r
}
