package metric

import "math/rand/v2"

// infoNCESymSpec is the symmetric InfoNCE on two views of each of N places,
//
//	half of mean_i -log softmax_j(S(a_i, p_j)/τ) at j = i, half the same over columns.
//
// Van den Oord, Li, Vinyals: Representation Learning with Contrastive Predictive Coding, 2018, eq. 4;
// symmetric as in Radford et al.: Learning Transferable Visual Models From Natural Language
// Supervision, 2021, figure 3.
func infoNCESymSpec() Spec {
	return Spec{
		Name:   "infonce_sym",
		Doc:    "symmetric cross entropy over the N x N similarities of the first two views of each place",
		Paper:  "van den Oord, Li, Vinyals 2018, eq. 4; Radford et al. 2021, figure 3",
		Space:  Cosine,
		Params: []Param{tauParam(0.1)},
		build: func(s settings, _ *rand.Rand) (body, error) {
			return &matrixLoss{distance: Cosine, objective: &infoNCESym{tau: s.numbers["tau"]}}, nil
		},
	}
}

type infoNCESym struct {
	tau    float64
	pairs  [][2]int
	logits []float64
}

func (o *infoNCESym) eval(g, s []float64, b *batch) Result {
	o.pairs = b.views(o.pairs[:0])
	n := len(o.pairs)
	if n < 2 {
		return Result{}
	}
	r := Result{Terms: 2 * n}
	active := 0
	step := 1 / float64(2*n)
	for side := range 2 { // rows, then columns, of the N x N block
		for i := range n {
			at := func(j int) int {
				if side == 0 {
					return o.pairs[i][0]*b.rows + o.pairs[j][1]
				}
				return o.pairs[j][0]*b.rows + o.pairs[i][1]
			}
			o.logits = o.logits[:0]
			for j := range n {
				o.logits = append(o.logits, s[at(j)]/o.tau)
			}
			own := o.logits[i]
			v := softmax(o.logits) - own
			if v > 0.01 {
				active++
			}
			r.Value += step * v
			for j, q := range o.logits {
				g[at(j)] += step / o.tau * q
			}
			g[at(i)] -= step / o.tau
		}
	}
	r.Active = share(active, r.Terms)
	return r
}
