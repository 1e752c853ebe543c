package metric

import "math/rand/v2"

// pairwiseRankingSpec is the ranking loss on pairs,
//
//	mean over i<j of d for positives and [m-d]+ for negatives:
//
// the contrastive loss without its squares, whose pull does not fade as a pair closes in.
func pairwiseRankingSpec() Spec {
	return Spec{
		Name:   "pairwise_ranking",
		Doc:    "ranking loss on pairs: distance of positives, hinge on negatives, unsquared",
		Paper:  "margin ranking on pairs, after Hadsell, Chopra, LeCun 2006",
		Space:  Euclidean,
		Params: []Param{marginParam(1)},
		build: func(s settings, _ *rand.Rand) (body, error) {
			margin := s.numbers["margin"]
			return &matrixLoss{distance: Euclidean, objective: unorderedPairs{
				positive: func(d float64) (v, dv float64) { return d, 1 },
				negative: func(d float64) (v, dv float64) {
					if d < margin {
						return margin - d, -1
					}
					return 0, 0
				},
			}}, nil
		},
	}
}
