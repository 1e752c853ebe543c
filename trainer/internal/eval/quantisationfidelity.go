package eval

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/vectorspace"
)

// fidelityNeighbours is the number of nearest neighbours that are compared.
const fidelityNeighbours = 10

// QuantisationFidelity compares the model as it ships with itself before quantisation.
type QuantisationFidelity struct {
	// Overlap is the share of an anchor's ten nearest anchors that both agree on.
	Overlap Estimate `json:"overlap_10nn"`
	// RecallLoss is R@1 of the float model minus that of the quantised one, for queries at 80 m.
	RecallLoss Estimate `json:"r_at_1_loss"`
	// Cosine is the mean, CosineLow the 1st percentile, of the cosine between both vectors of a
	// place about the float model's mean: a common offset would hide every difference. The float
	// model is first fitted to the quantised one by a rotation (and a shift where distances are
	// Euclidean), because neither changes a distance and a network from a checkpoint has axes of its
	// own.
	Cosine    Estimate `json:"cosine"`
	CosineLow float64  `json:"cosine_p01"`
	// DistanceError is the 99th percentile, DistanceErrorMedian the median, of |d8 - d32| / d32 over
	// pairs of anchors.
	DistanceError       float64 `json:"distance_error_p99"`
	DistanceErrorMedian float64 `json:"distance_error_median"`
}

func quantisationFidelity(float, quantised *embedded, boot *bootstrap) *QuantisationFidelity {
	a32, a8 := float.views[anchorView], quantised.views[anchorView]
	q32, q8 := float.views[firstMapView], quantised.views[firstMapView]
	overlap, cosine := make([]float64, a32.n), make([]float64, a32.n)
	fitted := superpose(a32, a8, float.method.Metric != loc2vec.Cosine)
	mean := columnMeans(fitted)
	parallel(a32.n, func(i int) {
		neighbours := a32.nearest(i, fidelityNeighbours)
		var shared int
		for _, j := range a8.nearest(i, fidelityNeighbours) {
			if slices.Contains(neighbours, j) {
				shared++
			}
		}
		overlap[i] = float64(shared) / float64(max(len(neighbours), 1))
		cosine[i] = cosineAbout(mean, fitted.row(i), a8.row(i))
	})
	out := &QuantisationFidelity{
		Overlap:    boot.mean(overlap),
		RecallLoss: boot.mean(differences(within(ranks(a32, q32, nil), 1), within(ranks(a8, q8, nil), 1))),
		Cosine:     boot.mean(cosine),
		CosineLow:  quantile(slices.Sorted(slices.Values(cosine)), 0.01),
	}
	errors := distanceErrors(a32, a8)
	slices.Sort(errors)
	if len(errors) > 0 {
		out.DistanceError, out.DistanceErrorMedian = quantile(errors, 0.99), quantile(errors, 0.5)
	}
	return out
}

// superpose returns a under the orthogonal map that brings its rows nearest to those of b
// (Schönemann 1966), and under the best shift as well when move is set.
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
	var u, v, rotation mat.Dense
	svd.UTo(&u)
	svd.VTo(&v)
	rotation.Mul(&u, v.T())
	out := newMatrix(a.n, a.d)
	for i := range a.n {
		for k := range a.d {
			sum := float64(to[k])
			for j, v := range a.row(i) {
				sum += float64(v-from[j]) * rotation.At(j, k)
			}
			out.row(i)[k] = float32(sum)
		}
	}
	return out
}

// cosineAbout returns the cosine of the angle between a - origin and b - origin. It is 1 when both
// equal the origin, and 0 when one does.
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
// at distance 0 in the reference are left out.
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
			want := math.Sqrt(float64(vectorspace.SquaredDistance(reference.row(i), reference.row(j))))
			if want > 0 {
				got := math.Sqrt(float64(vectorspace.SquaredDistance(other.row(i), other.row(j))))
				out = append(out, math.Abs(got-want)/want)
			}
		}
	}
	return out
}
