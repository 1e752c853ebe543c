package eval

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// affine is the map y = W (x - mean).
type affine struct {
	in, out int
	mean    []float32 // [in]
	weight  []float32 // [out][in]; nil for a diagonal W
	scale   []float32 // [in], the diagonal when weight is nil
}

func (a *affine) apply(dst, x []float32) {
	if a.weight == nil {
		for i, v := range x {
			dst[i] = (v - a.mean[i]) * a.scale[i]
		}
		return
	}
	for o := range dst {
		var sum float32
		for i, w := range a.weight[o*a.in : (o+1)*a.in] {
			sum += w * (x[i] - a.mean[i])
		}
		dst[o] = sum
	}
}

// setColumns sets W to the transpose of w [in][out].
func (a *affine) setColumns(w mat.Matrix) {
	a.weight = make([]float32, a.in*a.out)
	for o := range a.out {
		for i := range a.in {
			a.weight[o*a.in+i] = float32(w.At(i, o))
		}
	}
}

// standardise returns the map to mean 0 and deviation 1 of each feature. Features with a deviation
// of at most least map to 0.
func standardise(x matrix, least float64) affine {
	a := affine{in: x.d, out: x.d, mean: columnMeans(x), scale: make([]float32, x.d)}
	for j, deviation := range deviations(x) {
		if deviation > least {
			a.scale[j] = float32(1 / deviation)
		}
	}
	return a
}

// discriminant returns Fisher's linear discriminant for classes, each a list of rows; every row is in
// one: the k directions with the largest ratio of the variance between classes to that within them.
// Within classes the result has unit variance, so that Euclidean distance applies.
func discriminant(x matrix, classes [][]int, k int) (affine, error) {
	a := affine{in: x.d, out: k, mean: columnMeans(x)}
	within, between := mat.NewSymDense(x.d, nil), mat.NewSymDense(x.d, nil)
	row, centre := mat.NewVecDense(x.d, nil), mat.NewVecDense(x.d, nil)
	for _, class := range classes {
		for j := range x.d {
			var sum float64
			for _, i := range class {
				sum += float64(x.row(i)[j])
			}
			centre.SetVec(j, sum/float64(len(class)))
		}
		for _, i := range class {
			for j, v := range x.row(i) {
				row.SetVec(j, float64(v)-centre.AtVec(j))
			}
			within.SymRankOne(within, 1/float64(x.n), row)
		}
		for j := range x.d {
			centre.SetVec(j, centre.AtVec(j)-float64(a.mean[j]))
		}
		between.SymRankOne(between, float64(len(class))/float64(x.n), centre)
	}
	// The ridge keeps Cholesky's divisors above 0 for layers that are empty everywhere.
	ridge := 1e-3*mat.Trace(within)/float64(x.d) + 1e-12
	for j := range x.d {
		within.SetSym(j, j, within.At(j, j)+ridge)
	}
	var chol mat.Cholesky
	if !chol.Factorize(within) {
		return affine{}, errors.New("the scatter within classes is singular")
	}
	// With within = L Lᵀ, directions are L⁻ᵀ u for eigenvectors u of L⁻¹ between L⁻ᵀ.
	var lower, inverse mat.TriDense
	chol.LTo(&lower)
	if err := inverse.InverseTri(&lower); err != nil {
		return affine{}, fmt.Errorf("inverting the scatter within classes: %w", err)
	}
	var half, full, w mat.Dense
	half.Mul(&inverse, between)
	full.Mul(&half, inverse.T())
	vectors, err := topEigenvectors(symmetric(&full), k)
	if err != nil {
		return affine{}, err
	}
	w.Mul(inverse.T(), vectors)
	a.setColumns(&w)
	return a, nil
}

// consecutive returns the classes of n rows of which each perClass in turn are a class.
func consecutive(n, perClass int) [][]int {
	var classes [][]int
	for first := 0; first+perClass <= n; first += perClass {
		class := make([]int, perClass)
		for i := range class {
			class[i] = first + i
		}
		classes = append(classes, class)
	}
	return classes
}

// symmetric copies a square matrix that is symmetric up to rounding.
func symmetric(m *mat.Dense) *mat.SymDense {
	n, _ := m.Dims()
	s := mat.NewSymDense(n, nil)
	for i := range n {
		for j := i; j < n; j++ {
			s.SetSym(i, j, (m.At(i, j)+m.At(j, i))/2)
		}
	}
	return s
}

// topEigenvectors returns the k eigenvectors of the largest eigenvalues as columns, largest first.
func topEigenvectors(s *mat.SymDense, k int) (*mat.Dense, error) {
	var eigen mat.EigenSym
	if !eigen.Factorize(s, true) {
		return nil, errors.New("eigenvalues do not converge")
	}
	var all mat.Dense
	eigen.VectorsTo(&all)
	n := s.SymmetricDim()
	top := mat.NewDense(n, k, nil)
	for j := range k {
		for i := range n {
			top.Set(i, j, all.At(i, n-1-j)) // ascending order in gonum
		}
	}
	return top, nil
}

// principal returns the map to the first k principal components, computed by subspace iteration
// (Halko, Martinsson & Tropp 2011, algorithm 4.4) because x is too wide for its full covariance.
func principal(x matrix, k int) affine {
	a := affine{in: x.d, out: k, mean: columnMeans(x)}
	centred := mat.NewDense(x.n, x.d, nil)
	for i := range x.n {
		for j, v := range x.row(i) {
			centred.Set(i, j, float64(v-a.mean[j]))
		}
	}
	const (
		extra      = 8 // directions beyond k, which speed up the convergence of the k
		iterations = 6
	)
	width := min(k+extra, x.d, x.n)
	basis := mat.NewDense(x.d, width, nil)
	for i := range x.d {
		for j := range width {
			// Any start that is not orthogonal to the result works; this one needs no generator.
			basis.Set(i, j, math.Cos(float64((i+1)*(j+1))+float64(j)))
		}
	}
	var image mat.Dense
	for range iterations {
		image.Mul(centred, basis)
		var back mat.Dense
		back.Mul(centred.T(), &image)
		basis = orthonormal(&back)
	}
	image.Mul(centred, basis)
	var svd mat.SVD
	var rotation, w mat.Dense
	if svd.Factorize(&image, mat.SVDThin) {
		svd.VTo(&rotation)
		w.Mul(basis, rotation.Slice(0, width, 0, k))
	} else {
		w.CloneFrom(basis.Slice(0, x.d, 0, k))
	}
	a.setColumns(&w)
	return a
}

// orthonormal returns an orthonormal basis of the columns of m.
func orthonormal(m *mat.Dense) *mat.Dense {
	rows, columns := m.Dims()
	var svd mat.SVD
	if svd.Factorize(m, mat.SVDThin) {
		var u mat.Dense
		svd.UTo(&u)
		return mat.DenseCopyOf(u.Slice(0, rows, 0, columns))
	}
	var qr mat.QR
	qr.Factorize(m)
	var q mat.Dense
	qr.QTo(&q)
	return mat.DenseCopyOf(q.Slice(0, rows, 0, columns))
}
