package metric

import "math/rand/v2"

// faceNetSpec is the triplet loss of FaceNet on squared distances between unit vectors,
//
//	mean of [|z_a-z_p|² - |z_a-z_n|² + α]+.
//
// Schroff, Kalenichenko, Philbin: FaceNet, CVPR 2015, eq. 2. The paper sums, this averages.
func faceNetSpec() Spec {
	return Spec{
		Name:   "facenet",
		Doc:    "triplet hinge on squared distances of unit vectors; triplets=semihard is the published mining",
		Paper:  "Schroff, Kalenichenko, Philbin 2015, eq. 2",
		Space:  SquaredSphere,
		Params: []Param{marginParam(0.2), tripletsParam(), reduceParam()},
		build: func(s settings, rng *rand.Rand) (body, error) {
			miner, err := newMiner(s.choices["triplets"], rng)
			if err != nil {
				return nil, err
			}
			return &matrixLoss{distance: SquaredSphere, objective: &tripletObjective{
				miner:     miner,
				term:      hinge{s.numbers["margin"]},
				reduction: parseReduction(s.choices["reduce"]),
			}}, nil
		},
	}
}
