package metric

import "math/rand/v2"

// batchHardSpec takes the hardest positive and negative of each anchor,
//
//	mean over a of [m + max_p d_ap - min_n d_an]+, or of ln(1 + e^x) in its soft form.
//
// Hermans, Beyer, Leibe: In Defense of the Triplet Loss for Person Re-Identification, 2017, eq. 5 and
// section 2 (soft margin).
func batchHardSpec() Spec {
	return Spec{
		Name:  "batch_hard",
		Doc:   "triplet loss on each anchor's farthest positive and nearest negative, raw unsquared distances",
		Paper: "Hermans, Beyer, Leibe 2017, eq. 5",
		Space: Euclidean,
		Params: []Param{marginParam(0.5), {
			Name: "form", Doc: "hinge with a margin, or ln(1+e^x) without one", Choices: []string{"hinge", "soft"},
		}},
		build: func(s settings, _ *rand.Rand) (body, error) {
			var term tripletTerm = hinge{s.numbers["margin"]}
			if s.choices["form"] == "soft" {
				term = softHinge{}
			}
			return &matrixLoss{distance: Euclidean, objective: &tripletObjective{miner: BatchHard{}, term: term}}, nil
		},
	}
}
