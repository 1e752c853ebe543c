package eval

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/loc2vec/loc2vec"
)

// neighboursH is the number of neighbours whose overlap is taken.
const neighboursH = 10

// Quantisation is figure H: the model as it ships against itself before quantisation.
type Quantisation struct {
	// Overlap is the share of the ten nearest anchors of an anchor that both agree on.
	Overlap Estimate `json:"overlap_10nn"`
	// RecallLoss is R@1 of the float model minus that of the quantised one, queries at 80 m.
	RecallLoss Estimate `json:"r_at_1_loss"`
	// Cosine is the mean, CosineLow the 1st percentile, of the cosine between both vectors of a
	// place about the float model's mean: a common offset would hide all. The float model is first
	// turned, and moved where distances are Euclidean, to fit the quantised one as well as it can,
	// because neither changes a distance and a network from a checkpoint has axes of its own.
	Cosine    Estimate `json:"cosine"`
	CosineLow float64  `json:"cosine_p01"`
	// DistanceError is the 99th percentile of |d8 - d32| / d32 over pairs of anchors, its median
	// beside it.
	DistanceError       float64 `json:"distance_error_p99"`
	DistanceErrorMedian float64 `json:"distance_error_median"`
}

// quantisation computes figure H.
func quantisation(float, quantised embedded, boot *bootstrap) *Quantisation {
	a32, a8 := float.views[anchorView], quantised.views[anchorView]
	q32, q8 := float.views[firstMapView], quantised.views[firstMapView]
	overlap, cosine := make([]float64, a32.n), make([]float64, a32.n)
	turned := superpose(a32, a8, float.method.Distance != loc2vec.Cosine)
	mean := columnMeans(turned)
	parallel(a32.n, func(i int) {
		kin := a32.nearest(i, neighboursH)
		var shared int
		for _, j := range a8.nearest(i, neighboursH) {
			if slices.Contains(kin, j) {
				shared++
			}
		}
		overlap[i] = float64(shared) / float64(max(len(kin), 1))
		cosine[i] = cosineAbout(mean, turned.row(i), a8.row(i))
	})
	fig := &Quantisation{
		Overlap:    boot.mean(overlap),
		RecallLoss: boot.mean(differences(within(ranks(a32, q32, nil), 1), within(ranks(a8, q8, nil), 1))),
		Cosine:     boot.mean(cosine),
		CosineLow:  quantile(slices.Sorted(slices.Values(cosine)), 0.01),
	}
	errors := distanceErrors(a32, a8)
	slices.Sort(errors)
	if len(errors) > 0 {
		fig.DistanceError, fig.DistanceErrorMedian = quantile(errors, 0.99), quantile(errors, 0.5)
	}
	return fig
}

// superpose returns a turned so that its rows come as near to those of b as an orthogonal map can
// bring them (Schönemann 1966), and moved by the best shift when move is set.
func superpose(a, b matrix, move bool) matrix {
	from, to := make([]float32, a.d), make([]float32, a.d)
	if move {
		from, to = columnMeans(a), columnMeans(b)
	}
	cross := mat.NewDense(a.d, a.d, nil) // Σ aᵀb
	for i := range a.n {
		for j, v := range a.row(i) {
			for k, w := range b.row(i) {
				cross.Set(j, k, cross.At(j, k)+float64(v-from[j])*float64(w-to[k]))
			}
		}
	}
	var svd mat.SVD
	if !svd.Factorize(cross, mat.SVDFull) {
		return a
	}
	var u, v, turn mat.Dense
	svd.UTo(&u)
	svd.VTo(&v)
	turn.Mul(&u, v.T())
	out := newMatrix(a.n, a.d)
	for i := range a.n {
		for k := range a.d {
			sum := float64(to[k])
			for j, v := range a.row(i) {
				sum += float64(v-from[j]) * turn.At(j, k)
			}
			out.row(i)[k] = float32(sum)
		}
	}
	return out
}

// cosineAbout is the cosine of the angle between a - origin and b - origin; 1 when both are the
// origin, 0 when one is.
func cosineAbout(origin, a, b []float32) float64 {
	var ab, aa, bb float64
	for i := range a {
		x, y := float64(a[i]-origin[i]), float64(b[i]-origin[i])
		ab += x * y
		aa += x * x
		bb += y * y
	}
	switch {
	case aa == 0 && bb == 0:
		return 1
	case aa == 0 || bb == 0:
		return 0
	}
	return ab / math.Sqrt(aa*bb)
}

// distanceErrors returns the relative errors of the distances of up to half a million pairs. Pairs
// that the reference cannot tell apart are left out.
func distanceErrors(reference, other matrix) []float64 {
	const most = 500_000
	n := reference.n
	step := max(1, n*(n-1)/2/most)
	var out []float64
	pair := 0
	for i := range n {
		for j := range i {
			pair++
			if pair%step != 0 {
				continue
			}
			want := math.Sqrt(float64(squared(reference.row(i), reference.row(j))))
			if want > 0 {
				got := math.Sqrt(float64(squared(other.row(i), other.row(j))))
				out = append(out, math.Abs(got-want)/want)
			}
		}
	}
	return out
}
