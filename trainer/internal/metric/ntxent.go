package metric

import "math/rand/v2"

// ntXentSpec is the normalised temperature-scaled cross entropy,
//
//	mean over ordered positives of -log e^{S_ap/τ} / (e^{S_ap/τ} + Σ_{N_a} e^{S_an/τ}).
//
// Chen, Kornblith, Norouzi, Hinton: A Simple Framework for Contrastive Learning of Visual
// Representations, 2020, eq. 1; with several positives each stands alone against the negatives.
func ntXentSpec() Spec {
	return Spec{
		Name:   "ntxent",
		Doc:    "NT-Xent (SimCLR) on cosine similarities: each positive against all negatives of its anchor",
		Paper:  "Chen, Kornblith, Norouzi, Hinton 2020, eq. 1",
		Space:  Cosine,
		Params: []Param{tauParam(0.1)},
		build: func(s settings, _ *rand.Rand) (body, error) {
			return &matrixLoss{distance: Cosine, objective: &infoNCE{scale: 1 / s.numbers["tau"]}}, nil
		},
	}
}
