package metric

import "math/rand/v2"

// contrastiveHadsellSpec is the contrastive loss of siamese networks,
//
//	mean over i<j of ½d² for positives and ½[m-d]+² for negatives.
//
// Hadsell, Chopra, LeCun: Dimensionality Reduction by Learning an Invariant Mapping, CVPR 2006,
// eq. 4. Their Y is 0 for a similar pair.
func contrastiveHadsellSpec() Spec {
	return Spec{
		Name:   "contrastive_hadsell",
		Doc:    "contrastive loss of siamese networks: pulls positives together, pushes negatives beyond a margin",
		Paper:  "Hadsell, Chopra, LeCun 2006, eq. 4",
		Space:  Euclidean,
		Params: []Param{marginParam(1)},
		build: func(s settings, _ *rand.Rand) (body, error) {
			margin := s.numbers["margin"]
			return &matrixLoss{distance: Euclidean, objective: unorderedPairs{
				positive: func(d float64) (v, dv float64) { return d * d / 2, d },
				negative: func(d float64) (v, dv float64) {
					gap := max(0, margin-d)
					return gap * gap / 2, -gap
				},
			}}, nil
		},
	}
}

// unorderedPairs is the mean over all pairs i<j of a function of the pair's distance. A pair is
// active when its derivative is not 0.
type unorderedPairs struct {
	positive, negative func(d float64) (v, dv float64)
}

func (o unorderedPairs) eval(g, m []float64, b *batch) Result {
	r := Result{Terms: b.rows * (b.rows - 1) / 2}
	active := 0
	for i := range b.rows {
		for j := i + 1; j < b.rows; j++ {
			f := o.negative
			if b.labels[i] == b.labels[j] {
				f = o.positive
			}
			v, dv := f(m[i*b.rows+j])
			if dv != 0 {
				active++
			}
			r.Value += v / float64(r.Terms)
			g[i*b.rows+j] = dv / float64(r.Terms)
		}
	}
	r.Active = share(active, r.Terms)
	return r
}
