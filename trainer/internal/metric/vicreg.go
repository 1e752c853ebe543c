package metric

import (
	"math"
	"math/rand/v2"
)

// vicRegSpec is variance-invariance-covariance regularisation on two views A, P of each of N places,
//
//	inv·mse(A, P) + var·(v(A)+v(P))/2 + cov·(c(A)+c(P)),
//	v(X) = mean over dimensions of [γ - sqrt(Var(x)+eps)]+,
//	c(X) = 1/D Σ over off-diagonal entries of Cov(X)²,
//
// mse averaged over N and D, variances over N-1. Bardes, Ponce, LeCun: VICReg, ICLR 2022, eq. 1 to 6,
// scaled as in the authors' code. It has no negatives, and its covariance means little with fewer
// than D+1 places.
func vicRegSpec() Spec {
	weight := func(name, doc string, value float64) Param {
		return Param{Name: name, Doc: doc, Default: value, Min: 0, Max: 1e4}
	}
	return Spec{
		Name:  "vicreg",
		Doc:   "variance-invariance-covariance regularisation on the first two views of each place",
		Paper: "Bardes, Ponce, LeCun 2022, eq. 1 to 6",
		Space: Euclidean,
		Params: []Param{
			weight("inv", "weight of the distance between views", 25),
			weight("var", "weight of the variance hinge", 25),
			weight("cov", "weight of the covariance", 1),
			{Name: "gamma", Doc: "standard deviation aimed at", Default: 1, Min: 0, Max: 1000},
			{Name: "eps", Doc: "added to the variance", Default: 1e-4, Min: 1e-12, Max: 1},
		},
		build: func(s settings, _ *rand.Rand) (body, error) {
			return &vicReg{
				invariance: s.numbers["inv"], variance: s.numbers["var"], covariance: s.numbers["cov"],
				gamma: s.numbers["gamma"], eps: s.numbers["eps"],
			}, nil
		},
	}
}

type vicReg struct {
	invariance, variance, covariance float64
	gamma, eps                       float64

	pairs   [][2]int
	centred []float64 // [N][D] of one view
	cov     []float64 // [D][D]
}

func (o *vicReg) eval(grad []float64, b *batch) Result {
	o.pairs = b.views(o.pairs[:0])
	n := len(o.pairs)
	if n < 2 {
		return Result{}
	}
	r := Result{Terms: n, Active: 1}
	step := o.invariance / float64(n*b.dim)
	for _, pair := range o.pairs {
		for k := range b.dim {
			i, j := pair[0]*b.dim+k, pair[1]*b.dim+k
			t := b.e[i] - b.e[j]
			r.Value += step * t * t
			grad[i] += 2 * step * t
			grad[j] -= 2 * step * t
		}
	}
	for view := range 2 {
		r.Value += o.spread(grad, b, view)
	}
	return r
}

// spread adds the variance and covariance terms of one view.
func (o *vicReg) spread(grad []float64, b *batch, view int) float64 {
	n, dim := len(o.pairs), b.dim
	o.centre(b, view)
	o.cov = zeroed(o.cov, dim*dim)
	for i := range n {
		row := o.centred[i*dim : (i+1)*dim]
		for k, x := range row {
			for l, y := range row {
				o.cov[k*dim+l] += x * y / float64(n-1)
			}
		}
	}
	// dcov becomes dL/dCov in place; the centring drops out of the chain rule because the
	// columns of centred sum to 0.
	var value float64
	dcov := o.cov
	for k := range dim {
		for l := range dim {
			c := o.cov[k*dim+l]
			if k != l {
				value += o.covariance / float64(dim) * c * c
				dcov[k*dim+l] = 2 * o.covariance / float64(dim) * c
				continue
			}
			std := math.Sqrt(c + o.eps)
			dcov[k*dim+k] = 0
			if gap := o.gamma - std; gap > 0 {
				value += o.variance / float64(2*dim) * gap
				dcov[k*dim+k] = -o.variance / float64(2*dim) / (2 * std)
			}
		}
	}
	for i, pair := range o.pairs {
		row := o.centred[i*dim : (i+1)*dim]
		out := grad[pair[view]*dim : (pair[view]+1)*dim]
		for k := range dim {
			// dCov is symmetric, hence the 2.
			out[k] += 2 / float64(n-1) * dot(dcov[k*dim:(k+1)*dim], row)
		}
	}
	return value
}

// centre fills centred with the view's embeddings less their mean.
func (o *vicReg) centre(b *batch, view int) {
	n, dim := len(o.pairs), b.dim
	o.centred = zeroed(o.centred, n*dim)
	for k := range dim {
		var mean float64
		for _, pair := range o.pairs {
			mean += b.e[pair[view]*dim+k] / float64(n)
		}
		for i, pair := range o.pairs {
			o.centred[i*dim+k] = b.e[pair[view]*dim+k] - mean
		}
	}
}
