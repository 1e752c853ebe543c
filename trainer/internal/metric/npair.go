package metric

import "math/rand/v2"

// nPairSpec is the multi-class N-pair loss on raw dot products of two views of each of N places,
//
//	mean_i log(1 + Σ_{j≠i} e^{a_i·p_j - a_i·p_i}) + reg·mean_i(|a_i|² + |p_i|²).
//
// Sohn: Improved Deep Metric Learning with Multi-class N-pair Loss Objective, NIPS 2016, eq. 4 and
// section 3.2.2.
func nPairSpec() Spec {
	return Spec{
		Name:  "npair",
		Doc:   "N-pair loss on dot products of the first two views of each place, with a penalty on their length",
		Paper: "Sohn 2016, eq. 4",
		Space: Dot,
		Params: []Param{
			{Name: "reg", Doc: "weight of the squared lengths", Default: 0.002, Min: 0, Max: 1000},
		},
		build: func(s settings, _ *rand.Rand) (body, error) {
			return &matrixLoss{distance: Dot, objective: &nPair{reg: s.numbers["reg"]}}, nil
		},
	}
}

type nPair struct {
	reg    float64
	pairs  [][2]int
	logits []float64
}

func (o *nPair) eval(g, s []float64, b *batch) Result {
	o.pairs = b.views(o.pairs[:0])
	n := len(o.pairs)
	if n < 2 {
		return Result{}
	}
	r := Result{Terms: n}
	active := 0
	step := 1 / float64(n)
	for i, pair := range o.pairs {
		row := pair[0] * b.rows
		o.logits = o.logits[:0]
		for _, other := range o.pairs {
			o.logits = append(o.logits, s[row+other[1]])
		}
		own := o.logits[i]
		v := softmax(o.logits) - own
		if v > 0.01 {
			active++
		}
		r.Value += step * v
		for j, q := range o.logits {
			g[row+o.pairs[j][1]] += step * q
		}
		g[row+pair[1]] -= step
		for _, e := range pair { // the diagonal holds |e|²
			r.Value += step * o.reg * s[e*b.rows+e]
			g[e*b.rows+e] += step * o.reg
		}
	}
	r.Active = share(active, r.Terms)
	return r
}
