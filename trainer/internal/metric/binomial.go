package metric

import "math/rand/v2"

// binomialSpec is the binomial deviance,
//
//	(1/B) Σ_i ( 1/|P_i| Σ_{P_i} ln(1+e^{α(λ-S)}) + 1/|N_i| Σ_{N_i} ln(1+e^{β(S-λ)}) ).
//
// Yi, Lei, Li: Deep Metric Learning for Practical Person Re-Identification, 2014, eq. 7, with their
// cost C = 25 for negatives: β = 2C.
func binomialSpec() Spec {
	return Spec{
		Name:   "binomial",
		Doc:    "binomial deviance of cosine similarities",
		Paper:  "Yi, Lei, Li 2014, eq. 7",
		Space:  Cosine,
		Params: []Param{alphaParam(), betaParam(), lambdaParam(0.5)},
		build: func(s settings, _ *rand.Rand) (body, error) {
			return &matrixLoss{distance: Cosine, objective: binomial{
				alpha: s.numbers["alpha"], beta: s.numbers["beta"], lambda: s.numbers["lambda"],
			}}, nil
		},
	}
}

type binomial struct{ alpha, beta, lambda float64 }

func (o binomial) eval(g, s []float64, b *batch) Result {
	var r Result
	active := 0
	side := func(i int, rows []int, slope float64) {
		for _, j := range rows {
			at := i*b.rows + j
			x := slope * (s[at] - o.lambda)
			step := 1 / float64(b.rows*len(rows))
			v := softplus(x)
			if v > 0.01*softplus(0) {
				active++
			}
			r.Terms++
			r.Value += step * v
			g[at] = step * slope * sigmoid(x)
		}
	}
	for i := range b.rows {
		side(i, b.pos[i], -o.alpha)
		side(i, b.neg[i], o.beta)
	}
	r.Active = share(active, r.Terms)
	return r
}
