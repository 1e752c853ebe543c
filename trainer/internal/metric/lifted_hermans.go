package metric

import "math/rand/v2"

// liftedHermansSpec is the lifted loss generalised to any number of positives,
//
//	mean over a of [ log Σ_{P_a} e^{d_ap} + log Σ_{N_a} e^{m-d_an} ]+.
//
// Hermans, Beyer, Leibe: In Defense of the Triplet Loss for Person Re-Identification, 2017, eq. 9.
func liftedHermansSpec() Spec {
	return Spec{
		Name:   "lifted_hermans",
		Doc:    "lifted loss per anchor: all its positives against all its negatives, raw unsquared distances",
		Paper:  "Hermans, Beyer, Leibe 2017, eq. 9",
		Space:  Euclidean,
		Params: []Param{marginParam(1)},
		build: func(s settings, _ *rand.Rand) (body, error) {
			return &matrixLoss{distance: Euclidean, objective: &lifted{sign: 1, offset: s.numbers["margin"]}}, nil
		},
	}
}

// lifted is the mean over anchors of [ log Σ_P e^{sign·m} + log Σ_N e^{-sign·m} + offset ]+: sign is 1
// on distances and -1 on similarities.
type lifted struct {
	sign, offset float64
	perBatch     bool // divide by B instead of by the anchors that have both kinds

	pos, neg []float64
}

func (o *lifted) eval(g, m []float64, b *batch) Result {
	var r Result
	for a := range b.rows {
		if b.both(a) {
			r.Terms++
		}
	}
	step := 1 / float64(max(r.Terms, 1))
	if o.perBatch {
		step = 1 / float64(b.rows)
	}
	active := 0
	for a := range b.rows {
		if !b.both(a) {
			continue
		}
		row, grow := m[a*b.rows:(a+1)*b.rows], g[a*b.rows:(a+1)*b.rows]
		o.pos, o.neg = o.pos[:0], o.neg[:0]
		for _, p := range b.pos[a] {
			o.pos = append(o.pos, o.sign*row[p])
		}
		for _, n := range b.neg[a] {
			o.neg = append(o.neg, -o.sign*row[n])
		}
		v := softmax(o.pos) + softmax(o.neg) + o.offset
		if v <= 0 {
			continue
		}
		active++
		r.Value += v * step
		for k, p := range b.pos[a] {
			grow[p] += o.sign * step * o.pos[k]
		}
		for k, n := range b.neg[a] {
			grow[n] -= o.sign * step * o.neg[k]
		}
	}
	r.Active = share(active, r.Terms)
	return r
}
