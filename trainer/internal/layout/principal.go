package layout

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// Principal returns the first k principal components of points [N][D] as [N][k], largest variance first. Components
// beyond D are 0, and all those of a single point. Of the two directions of a component, it takes the one whose largest weight is positive.
func Principal(points *mat.Dense, k int) (*mat.Dense, error) {
	n, d := points.Dims()
	if n < 2 {
		return mat.NewDense(n, k, nil), nil
	}
	var covariance mat.SymDense
	stat.CovarianceMatrix(&covariance, points, nil)
	var eigen mat.EigenSym
	if !eigen.Factorize(&covariance, true) {
		return nil, errors.New("computing principal components: eigenvalues do not converge")
	}
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	directions := mat.NewDense(d, k, nil)
	for j := range min(k, d) {
		direction := mat.Col(nil, d-1-j, &vectors) // gonum's order is ascending
		if largest(direction) < 0 {
			for i := range direction {
				direction[i] = -direction[i]
			}
		}
		directions.SetCol(j, direction)
	}
	centred := mat.DenseCopyOf(points)
	for j := range d {
		mean := stat.Mean(mat.Col(nil, j, points), nil)
		for i := range n {
			centred.Set(i, j, points.At(i, j)-mean)
		}
	}
	out := mat.NewDense(n, k, nil)
	out.Mul(centred, directions)
	return out, nil
}

// largest returns the value of the largest magnitude.
func largest(values []float64) float64 {
	var top float64
	for _, v := range values {
		if math.Abs(v) > math.Abs(top) {
			top = v
		}
	}
	return top
}

// Points returns vectors [N][D] as a matrix. It returns an error for a length that D does not divide and for numbers
// that are not finite.
func Points(vectors []float32, dimension int) (*mat.Dense, error) {
	if dimension < 1 || len(vectors) == 0 || len(vectors)%dimension != 0 {
		return nil, fmt.Errorf("laying out vectors: %d numbers of %d dimensions", len(vectors), dimension)
	}
	m := mat.NewDense(len(vectors)/dimension, dimension, nil)
	for i, v := range vectors {
		if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
			return nil, fmt.Errorf("laying out vectors: vector %d holds %v", i/dimension, v)
		}
		m.Set(i/dimension, i%dimension, float64(v))
	}
	return m, nil
}
