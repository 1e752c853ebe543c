package metric

import "math/rand/v2"

// liftedSongSpec is the lifted structured embedding,
//
//	J_ij = d_ij + log( Σ_{k in N_i} e^{α-d_ik} + Σ_{l in N_j} e^{α-d_jl} ),
//	L = 1/(2|P|) Σ over positive pairs i<j of [J_ij]+².
//
// Song, Xiang, Jegelka, Savarese: Deep Metric Learning via Lifted Structured Feature Embedding,
// CVPR 2016, eq. 4; with bound=max the maximum replaces the log-sum-exp, eq. 3.
func liftedSongSpec() Spec {
	return Spec{
		Name:  "lifted_song",
		Doc:   "lifted structured embedding: each positive pair against all negatives of both its ends",
		Paper: "Song, Xiang, Jegelka, Savarese 2016, eq. 4 (bound=max: eq. 3)",
		Space: Euclidean,
		Params: []Param{
			{Name: "alpha", Doc: "margin", Default: 1, Min: 0, Max: 1000},
			{Name: "bound", Doc: "log-sum-exp over the negatives, or their maximum", Choices: []string{"smooth", "max"}},
		},
		build: func(s settings, _ *rand.Rand) (body, error) {
			return &matrixLoss{distance: Euclidean, objective: &liftedSong{
				alpha: s.numbers["alpha"], hardest: s.choices["bound"] == "max",
			}}, nil
		},
	}
}

type liftedSong struct {
	alpha   float64
	hardest bool

	at     []int     // indices into the matrix of a pair's negatives
	weight []float64 // their margins, then their shares of the gradient
}

func (o *liftedSong) eval(g, d []float64, b *batch) Result {
	var r Result
	for i := range b.rows {
		if len(b.neg[i]) == 0 {
			continue
		}
		for _, j := range b.pos[i] {
			if j > i {
				r.Terms++
			}
		}
	}
	if r.Terms == 0 {
		return r
	}
	active := 0
	for i := range b.rows {
		for _, j := range b.pos[i] {
			if j < i || len(b.neg[i]) == 0 {
				continue
			}
			hinge := d[i*b.rows+j] + o.negatives(d, b, i, j)
			if hinge <= 0 {
				continue
			}
			active++
			slope := hinge / float64(r.Terms)
			r.Value += hinge * slope / 2
			g[i*b.rows+j] += slope
			for k, at := range o.at {
				g[at] -= slope * o.weight[k]
			}
		}
	}
	r.Active = share(active, r.Terms)
	return r
}

// negatives returns the bound over the margins of both ends' negatives. It leaves their indices in at and their shares
// of the gradient in weight.
func (o *liftedSong) negatives(d []float64, b *batch, i, j int) float64 {
	o.at, o.weight = o.at[:0], o.weight[:0]
	for _, end := range [2]int{i, j} {
		for _, n := range b.neg[end] {
			at := end*b.rows + n
			o.at = append(o.at, at)
			o.weight = append(o.weight, o.alpha-d[at])
		}
	}
	if !o.hardest {
		return softmax(o.weight)
	}
	best := 0
	for k, w := range o.weight {
		if w > o.weight[best] {
			best = k
		}
	}
	bound := o.weight[best]
	clear(o.weight)
	o.weight[best] = 1
	return bound
}
