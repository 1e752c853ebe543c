package vectorspace

import "github.com/loc2vec/loc2vec"

// Between returns the point at t on the segment from a, at 0, to b, at 1. In a cosine space it is scaled to length 1.
func (s Space) Between(a, b []float32, t float64) []float32 {
	point := make([]float32, s.Dimension)
	for k := range point {
		point[k] = float32((1-t)*float64(a[k]) + t*float64(b[k]))
	}
	return s.onto(point)
}

// Sum returns a - b + c. In a cosine space it is scaled to length 1.
func (s Space) Sum(a, b, c []float32) []float32 {
	point := make([]float32, s.Dimension)
	for k := range point {
		point[k] = a[k] - b[k] + c[k]
	}
	return s.onto(point)
}

// onto scales a point to length 1 in a cosine space.
func (s Space) onto(point []float32) []float32 {
	if s.Metric == loc2vec.Cosine {
		Normalise(point, s.Dimension)
	}
	return point
}
