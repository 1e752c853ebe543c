package metric

import "math/rand/v2"

// tripletSimSpec is the triplet hinge on similarities,
//
//	(1/B) Σ over triplets of [S_an - S_ap + λ]+.
//
// Wang et al.: Multi-Similarity Loss with General Pair Weighting, CVPR 2019, section 3.2. The sum is
// divided by the batch, not by the triplets, so that its pair weights are counts.
func tripletSimSpec() Spec {
	return Spec{
		Name:   "triplet_sim",
		Doc:    "triplet hinge on cosine similarities, summed over all triplets",
		Paper:  "Wang et al. 2019, section 3.2",
		Space:  Cosine,
		Params: []Param{lambdaParam(0.1)},
		build: func(s settings, _ *rand.Rand) (body, error) {
			return &matrixLoss{distance: Cosine, objective: tripletSim{s.numbers["lambda"]}}, nil
		},
	}
}

type tripletSim struct{ lambda float64 }

func (o tripletSim) eval(g, s []float64, b *batch) Result {
	var r Result
	active := 0
	step := 1 / float64(b.rows)
	for a := range b.rows {
		row, grow := s[a*b.rows:(a+1)*b.rows], g[a*b.rows:(a+1)*b.rows]
		r.Terms += len(b.pos[a]) * len(b.neg[a])
		for _, p := range b.pos[a] {
			for _, n := range b.neg[a] {
				if v := row[n] - row[p] + o.lambda; v > 0 {
					active++
					r.Value += v * step
					grow[p] -= step
					grow[n] += step
				}
			}
		}
	}
	r.Active = share(active, r.Terms)
	return r
}
