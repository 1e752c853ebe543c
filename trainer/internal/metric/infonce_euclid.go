package metric

import "math/rand/v2"

// infoNCEEuclidSpec is InfoNCE in Loc2Vec's own space, raw unsquared distances,
//
//	mean over ordered positives of -log e^{-d_ap/τ} / (e^{-d_ap/τ} + Σ_{N_a} e^{-d_an/τ}).
//
// Van den Oord, Li, Vinyals: Representation Learning with Contrastive Predictive Coding, 2018, eq. 4,
// with the score -d/τ. Unlike the softmax ratio it keeps its slope on badly wrong triplets.
func infoNCEEuclidSpec() Spec {
	return Spec{
		Name:   "infonce_euclid",
		Doc:    "InfoNCE on raw unsquared distances: each positive against all negatives of its anchor",
		Paper:  "van den Oord, Li, Vinyals 2018, eq. 4, with the score -d/tau",
		Space:  Euclidean,
		Params: []Param{tauParam(1)},
		build: func(s settings, _ *rand.Rand) (body, error) {
			return &matrixLoss{distance: Euclidean, objective: &infoNCE{scale: -1 / s.numbers["tau"]}}, nil
		},
	}
}

// infoNCE is the mean over ordered positives of -log of the positive's share among itself and all
// negatives of the anchor, with logits scale·m.
type infoNCE struct {
	scale  float64
	logits []float64
}

func (o *infoNCE) eval(g, m []float64, b *batch) Result {
	var r Result
	for a := range b.rows {
		if b.both(a) {
			r.Terms += len(b.pos[a])
		}
	}
	if r.Terms == 0 {
		return r
	}
	active := 0
	step := 1 / float64(r.Terms)
	for a := range b.rows {
		if !b.both(a) {
			continue
		}
		row, grow := m[a*b.rows:(a+1)*b.rows], g[a*b.rows:(a+1)*b.rows]
		o.logits = o.logits[:0]
		for _, n := range b.neg[a] {
			o.logits = append(o.logits, o.scale*row[n])
		}
		negatives := softmax(o.logits)
		var pushed float64 // Σ_p of the negatives' share
		for _, p := range b.pos[a] {
			x := negatives - o.scale*row[p]
			v := softplus(x)
			if v > 0.01*softplus(0) {
				active++
			}
			r.Value += v * step
			s := sigmoid(x)
			pushed += s
			grow[p] -= o.scale * step * s
		}
		for k, n := range b.neg[a] {
			grow[n] += o.scale * step * pushed * o.logits[k]
		}
	}
	r.Active = share(active, r.Terms)
	return r
}
