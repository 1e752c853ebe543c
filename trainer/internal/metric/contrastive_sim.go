package metric

import "math/rand/v2"

// contrastiveSimSpec is the contrastive loss on similarities,
//
//	(1/B) Σ_i ( Σ_{P_i} -S_ij + Σ_{N_i} [S_ij-λ]+ ).
//
// Wang et al.: Multi-Similarity Loss with General Pair Weighting, CVPR 2019, section 3.2.
func contrastiveSimSpec() Spec {
	return Spec{
		Name:   "contrastive_sim",
		Doc:    "contrastive loss on cosine similarities",
		Paper:  "Wang et al. 2019, section 3.2",
		Space:  Cosine,
		Params: []Param{lambdaParam(0.5)},
		build: func(s settings, _ *rand.Rand) (body, error) {
			return &matrixLoss{distance: Cosine, objective: contrastiveSim{s.numbers["lambda"]}}, nil
		},
	}
}

type contrastiveSim struct{ lambda float64 }

func (o contrastiveSim) eval(g, s []float64, b *batch) Result {
	var r Result
	active := 0
	step := 1 / float64(b.rows)
	for i := range b.rows {
		r.Terms += len(b.pos[i]) + len(b.neg[i])
		active += len(b.pos[i])
		for _, j := range b.pos[i] {
			r.Value -= s[i*b.rows+j] * step
			g[i*b.rows+j] = -step
		}
		for _, j := range b.neg[i] {
			if over := s[i*b.rows+j] - o.lambda; over > 0 {
				active++
				r.Value += over * step
				g[i*b.rows+j] = step
			}
		}
	}
	r.Active = share(active, r.Terms)
	return r
}
