package eval

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/loc2vec/loc2vec"
	"gonum.org/v1/gonum/mat"
)

const (
	histogramSize = loc2vec.NumLayers
	ringsSize     = rings * loc2vec.NumLayers
	countsSize    = 3 * loc2vec.NumLayers
	// fitViews is how often each training place is seen when baselines are fitted: north up, and
	// at three poses as in figure A, because a discriminant must see what should not matter.
	fitViews = 4
	// mostThumbs bounds the rows that principal components are found from: 16 directions need no
	// more, and each row takes 3,072 float64.
	mostThumbs = 2048
	// leastDeviation of a feature is a thousandth of a layer's range: what varies less is noise of the
	// raster, and blowing it up to 1 would let the rarest layer decide.
	leastDeviation = 1e-3
)

// Names of baselines.
const (
	histogramName      = "histogram (12)"
	ringsName          = "ring histogram (36)"
	discriminantSuffix = " + LDA"
	countsName         = "shape counts + SVD"
)

// Baselines fits the baselines that need no label on places that are not evaluated, a few
// thousand at most:
//
//   - 12-number histogram: the square root of each layer's coverage, standardised;
//   - 36-number histogram: the same in three rings of equal width inside the inscribed circle, so
//     that it does not change with rotation;
//   - both under a linear discriminant map (Fisher 1936; Rao 1948) to at most 16 dimensions;
//   - the first 16 principal components of the raster as 16 x 16 cells;
//   - where the region has a Counter, the first 16 principal components of the logarithms of the
//     numbers of shapes, a stand-in for counting tags, of which a pack holds none.
//
// Standardisation, discriminant and components all come from these places alone.
func Baselines(ctx context.Context, train *Region, seed uint64, progress func(done, total int)) ([]Method, error) {
	if len(train.Places) < 2 {
		return nil, errors.New("fit baselines: fewer than two training places")
	}
	s := scanner{region: train, seed: seed, progress: progress, views: []view{
		{}, {rotate: true, shift: 20}, {rotate: true, shift: 40}, {rotate: true, shift: 80},
	}}
	summaries := make([]Summary, len(train.Places)*fitViews)
	err := s.scan(ctx, func(first int, v Views) error {
		copy(summaries[first*fitViews:], v.Summaries)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("fit baselines: %w", err)
	}
	methods, err := fitBaselines(summaries)
	if err != nil || train.Counter == nil {
		return methods, err
	}
	counts := features(summaries, countsSize, shapeCounts)
	return append(methods, fromSummary(countsName, principal(counts, min(loc2vec.Dimension, counts.n-1)), shapeCounts)), nil
}

// fitBaselines fits from summaries [places][fitViews].
func fitBaselines(summaries []Summary) ([]Method, error) {
	var methods, discriminants []Method
	for _, h := range []struct {
		name string
		size int
		read func(dst []float32, s *Summary)
	}{
		{histogramName, histogramSize, histogram},
		{ringsName, ringsSize, ringHistogram},
	} {
		raw := features(summaries, h.size, h.read)
		scale := standardise(raw, leastDeviation)
		methods = append(methods, fromSummary(h.name, scale, h.read))
		lda, err := discriminant(raw, fitViews, min(loc2vec.Dimension, h.size))
		if err != nil {
			return nil, fmt.Errorf("fit baseline %s, LDA: %w", h.name, err)
		}
		discriminants = append(discriminants, fromSummary(h.name+discriminantSuffix, lda, h.read))
	}
	methods = append(methods, discriminants...)
	thumbs := features(thinned(summaries, mostThumbs), thumbSize, thumbnail)
	components := min(loc2vec.Dimension, thumbs.n-1)
	return append(methods, fromSummary("raster 16 x 16 + PCA", principal(thumbs, components), thumbnail)), nil
}

// thinned returns at most n of the summaries, evenly spread.
func thinned(summaries []Summary, n int) []Summary {
	if len(summaries) <= n {
		return summaries
	}
	out := make([]Summary, n)
	for i := range out {
		out[i] = summaries[i*len(summaries)/n]
	}
	return out
}

// histogram reads 12 numbers. The square root evens out the variance of a share.
func histogram(dst []float32, s *Summary) {
	for c, v := range s.Coverage {
		dst[c] = float32(math.Sqrt(float64(v)))
	}
}

// ringHistogram reads 36 numbers, [ring][layer].
func ringHistogram(dst []float32, s *Summary) {
	for r, ring := range s.Rings {
		for c, v := range ring {
			dst[r*loc2vec.NumLayers+c] = float32(math.Sqrt(float64(v)))
		}
	}
}

// thumbnail reads [C][16][16] numbers in 0..1.
func thumbnail(dst []float32, s *Summary) {
	for i, v := range s.Thumb {
		dst[i] = float32(v) / 255
	}
}

// shapeCounts reads 36 numbers, [layer][kind]. A layer that is not on the raster has no shapes.
func shapeCounts(dst []float32, s *Summary) {
	for l, kinds := range s.Counts {
		for k, n := range kinds {
			if s.Coverage[l] == 0 {
				n = 0
			}
			dst[l*len(kinds)+k] = float32(math.Log1p(float64(n)))
		}
	}
}

// features reads a row from each summary.
func features(summaries []Summary, size int, read func([]float32, *Summary)) matrix {
	m := newMatrix(len(summaries), size)
	for i := range summaries {
		read(m.row(i), &summaries[i])
	}
	return m
}

// fromSummary is the baseline that reads features and maps them.
func fromSummary(name string, a affine, read func([]float32, *Summary)) Method {
	return Method{
		Name: name, Role: Baseline, Dimension: a.out, Distance: loc2vec.Euclidean,
		Embed: func(dst []float32, v Views) error {
			x := make([]float32, a.in)
			for i := range v.Summaries {
				read(x, &v.Summaries[i])
				a.apply(dst[i*a.out:(i+1)*a.out], x)
			}
			return nil
		},
	}
}

// affine is the map y = W (x - mean).
type affine struct {
	in, out int
	mean    []float32 // [in]
	weight  []float32 // [out][in]; nil for the diagonal scale
	scale   []float32 // [in], when weight is nil
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

// setColumns takes W from the columns of w [in][out].
func (a *affine) setColumns(w mat.Matrix) {
	a.weight = make([]float32, a.in*a.out)
	for o := range a.out {
		for i := range a.in {
			a.weight[o*a.in+i] = float32(w.At(i, o))
		}
	}
}

// standardise is the map to mean 0 and deviation 1 of each number. Numbers that do not deviate by more
// than least become 0.
func standardise(x matrix, least float64) affine {
	a := affine{in: x.d, out: x.d, mean: columnMeans(x), scale: make([]float32, x.d)}
	for j, deviation := range deviations(x) {
		if deviation > least {
			a.scale[j] = float32(1 / deviation)
		}
	}
	return a
}

func columnMeans(x matrix) []float32 {
	sums := make([]float64, x.d)
	for i := range x.n {
		for j, v := range x.row(i) {
			sums[j] += float64(v)
		}
	}
	means := make([]float32, x.d)
	for j, s := range sums {
		means[j] = float32(s / float64(x.n))
	}
	return means
}

// discriminant is Fisher's linear discriminant for classes of perClass consecutive rows: the k
// directions with the most variance between classes against that within them. Within classes the
// result has unit variance, so that Euclidean distance is the right one.
func discriminant(x matrix, perClass, k int) (affine, error) {
	a := affine{in: x.d, out: k, mean: columnMeans(x)}
	within, between := mat.NewSymDense(x.d, nil), mat.NewSymDense(x.d, nil)
	row, centre := mat.NewVecDense(x.d, nil), mat.NewVecDense(x.d, nil)
	for first := 0; first+perClass <= x.n; first += perClass {
		for j := range x.d {
			var sum float64
			for i := range perClass {
				sum += float64(x.row(first + i)[j])
			}
			centre.SetVec(j, sum/float64(perClass))
		}
		for i := range perClass {
			for j, v := range x.row(first + i) {
				row.SetVec(j, float64(v)-centre.AtVec(j))
			}
			within.SymRankOne(within, 1/float64(x.n), row)
		}
		for j := range x.d {
			centre.SetVec(j, centre.AtVec(j)-float64(a.mean[j]))
		}
		between.SymRankOne(between, float64(perClass)/float64(x.n), centre)
	}
	// The ridge protects Cholesky from layers that are empty everywhere.
	ridge := 1e-3*mat.Trace(within)/float64(x.d) + 1e-12
	for j := range x.d {
		within.SetSym(j, j, within.At(j, j)+ridge)
	}
	var chol mat.Cholesky
	if !chol.Factorize(within) {
		return affine{}, errors.New("scatter within classes is singular")
	}
	// With within = L Lᵀ, directions are L⁻ᵀ u for eigenvectors u of L⁻¹ between L⁻ᵀ.
	var lower, inverse mat.TriDense
	chol.LTo(&lower)
	if err := inverse.InverseTri(&lower); err != nil {
		return affine{}, fmt.Errorf("invert scatter within classes: %w", err)
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

// symmetric copies a square matrix that is symmetric but for rounding.
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

// principal is the map to the first k principal components, found by subspace iteration (Halko,
// Martinsson & Tropp 2011, algorithm 4.4): x is too wide for its whole covariance.
func principal(x matrix, k int) affine {
	a := affine{in: x.d, out: k, mean: columnMeans(x)}
	centred := mat.NewDense(x.n, x.d, nil)
	for i := range x.n {
		for j, v := range x.row(i) {
			centred.Set(i, j, float64(v-a.mean[j]))
		}
	}
	const (
		extra      = 8 // directions beyond k: they speed convergence of the k
		iterations = 6
	)
	width := min(k+extra, x.d, x.n)
	basis := mat.NewDense(x.d, width, nil)
	for i := range x.d {
		for j := range width {
			// Any start that is not orthogonal to the answer will do; this one needs no generator.
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
	var turn, w mat.Dense
	if svd.Factorize(&image, mat.SVDThin) {
		svd.VTo(&turn)
		w.Mul(basis, turn.Slice(0, width, 0, k))
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
