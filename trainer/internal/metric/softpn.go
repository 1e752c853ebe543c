package metric

import "math/rand/v2"

// softPNSpec is the final loss of Loc2Vec: the softmax ratio with the nearer of the two
// negative distances,
//
//	mean of σ(d_ap - min(d_an, d_pn))².
//
// Balntas, Johns, Tang, Mikolajczyk: PN-Net, 2016, section 3.2. Where d_pn is the nearer one, the
// negative pushes the positive and not the anchor.
func softPNSpec() Spec {
	return Spec{
		Name:   "softpn",
		Doc:    "softmax ratio against the nearer of anchor-negative and positive-negative, raw unsquared distances",
		Paper:  "Balntas, Johns, Tang, Mikolajczyk 2016, section 3.2",
		Space:  Euclidean,
		Params: []Param{ratioFormParam(), tripletsParam()},
		build: func(s settings, rng *rand.Rand) (body, error) {
			return newRatio(s, rng, true)
		},
	}
}
