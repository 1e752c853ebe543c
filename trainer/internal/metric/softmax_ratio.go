package metric

import "math/rand/v2"

// softmaxRatioSpec is the triplet network's loss, the first of Loc2Vec,
//
//	mean of (d+)², d+ = e^{d_ap}/(e^{d_ap}+e^{d_an}) = σ(d_ap-d_an).
//
// Hoffer, Ailon: Deep Metric Learning Using Triplet Network, 2015, section 2.2. Its slope fades both
// for triplets that are right and for those that are badly wrong.
func softmaxRatioSpec() Spec {
	return Spec{
		Name:   "softmax_ratio",
		Doc:    "triplet network's squared softmax share of the positive distance, raw unsquared distances",
		Paper:  "Hoffer, Ailon 2015, section 2.2",
		Space:  Euclidean,
		Params: []Param{ratioFormParam(), tripletsParam()},
		build: func(s settings, rng *rand.Rand) (body, error) {
			return newRatio(s, rng, false)
		},
	}
}

// ratioFormParam chooses the scale: mse is (d+)², the mean of the squared errors of the two softmax
// outputs; norm2 is their sum, 2(d+)², as the paper writes it.
func ratioFormParam() Param {
	return Param{Name: "form", Doc: "mean (mse) or sum (norm2) of the two squared errors", Choices: []string{"mse", "norm2"}}
}

func newRatio(s settings, rng *rand.Rand, swap bool) (body, error) {
	miner, err := newMiner(s, rng)
	if err != nil {
		return nil, err
	}
	scale := 1.0
	if s.choices["form"] == "norm2" {
		scale = 2
	}
	return &matrixLoss{distance: Euclidean, objective: &tripletObjective{miner: miner, term: ratio{scale}, swap: swap}}, nil
}
