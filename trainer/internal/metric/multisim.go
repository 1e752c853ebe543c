package metric

import "math/rand/v2"

// multiSimSpec is the multi-similarity loss on all pairs,
//
//	(1/B) Σ_i ( 1/α ln(1+Σ_{P_i} e^{-α(S-λ)}) + 1/β ln(1+Σ_{N_i} e^{β(S-λ)}) ).
//
// Wang, Han, Huang, Dong, Scott: Multi-Similarity Loss with General Pair Weighting for Deep Metric
// Learning, CVPR 2019, eq. 15. The released code has λ = 0.5, the paper's text λ = 1.
func multiSimSpec() Spec {
	return Spec{
		Name:   "multisim",
		Doc:    "multi-similarity loss on all pairs of the batch",
		Paper:  "Wang et al. 2019, eq. 15",
		Space:  Cosine,
		Params: []Param{alphaParam(), betaParam(), lambdaParam(0.5)},
		build: func(s settings, _ *rand.Rand) (body, error) {
			return &matrixLoss{distance: Cosine, objective: newMultiSim(s)}, nil
		},
	}
}

// multiSimMinedSpec is the multi-similarity loss as published: on mined pairs, eq. 12 and 13. The
// sum is still divided by B, not by the anchors that are left.
func multiSimMinedSpec() Spec {
	return Spec{
		Name:  "multisim_mined",
		Doc:   "multi-similarity loss on the pairs that its miner leaves, as published",
		Paper: "Wang et al. 2019, eq. 12, 13 and 15",
		Space: Cosine,
		Params: []Param{alphaParam(), betaParam(), lambdaParam(0.5),
			{Name: "eps", Doc: "slack of the miner", Default: 0.1, Min: 0, Max: 2}},
		build: func(s settings, _ *rand.Rand) (body, error) {
			o := newMultiSim(s)
			o.mined, o.eps = true, s.numbers["eps"]
			return &matrixLoss{distance: Cosine, objective: o}, nil
		},
	}
}

func newMultiSim(s settings) *multiSim {
	return &multiSim{alpha: s.numbers["alpha"], beta: s.numbers["beta"], lambda: s.numbers["lambda"]}
}

type multiSim struct {
	alpha, beta, lambda float64
	mined               bool
	eps                 float64

	keep   []bool
	at     []int
	logits []float64
}

func (o *multiSim) eval(g, s []float64, b *batch) Result {
	if len(o.keep) < len(s) {
		o.keep = make([]bool, len(s))
	}
	if o.mined {
		MinePairs(o.keep[:len(s)], s, b.labels, o.eps)
	}
	var r Result
	active := 0
	for i := range b.rows {
		r.Terms += len(b.pos[i]) + len(b.neg[i])
		for _, side := range [2]struct {
			rows  []int
			slope float64
		}{{b.pos[i], -o.alpha}, {b.neg[i], o.beta}} {
			v, kept := o.side(g, s, i*b.rows, side.rows, side.slope)
			r.Value += v / float64(b.rows)
			active += kept
		}
	}
	for i := range g {
		g[i] /= float64(b.rows)
	}
	r.Active = share(active, r.Terms)
	return r
}

// side returns 1/|slope|·ln(1+Σ e^{slope(S-λ)}) over the rows kept, and their number.
func (o *multiSim) side(g, s []float64, base int, rows []int, slope float64) (v float64, kept int) {
	o.at, o.logits = o.at[:0], append(o.logits[:0], 0) // the 1 under the logarithm is e^0
	for _, j := range rows {
		if !o.mined || o.keep[base+j] {
			o.at = append(o.at, base+j)
			o.logits = append(o.logits, slope*(s[base+j]-o.lambda))
		}
	}
	v = softmax(o.logits) / max(slope, -slope)
	for k, at := range o.at {
		g[at] = o.logits[k+1]
		if slope < 0 {
			g[at] = -g[at]
		}
	}
	return v, len(o.at)
}
