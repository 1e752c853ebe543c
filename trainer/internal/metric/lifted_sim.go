package metric

import "math/rand/v2"

// liftedSimSpec is the lifted loss on similarities,
//
//	(1/B) Σ_i [ log Σ_{P_i} e^{λ-S_ij} + log Σ_{N_i} e^{S_ij} ]+.
//
// Wang et al.: Multi-Similarity Loss with General Pair Weighting, CVPR 2019, section 3.2; the paper
// leaves λ open.
func liftedSimSpec() Spec {
	return Spec{
		Name:   "lifted_sim",
		Doc:    "lifted loss per anchor on cosine similarities",
		Paper:  "Wang et al. 2019, section 3.2",
		Space:  Cosine,
		Params: []Param{lambdaParam(0.5)},
		build: func(s settings, _ *rand.Rand) (body, error) {
			return &matrixLoss{distance: Cosine, objective: &lifted{
				sign: -1, offset: s.numbers["lambda"], perBatch: true,
			}}, nil
		},
	}
}
