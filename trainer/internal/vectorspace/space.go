// Package vectorspace finds ways through the vectors of places.
//
// Vectors are rows of a matrix [N][D]. Results depend on the vectors and on a passed generator, never on the number of
// processor cores.
package vectorspace

import (
	"math"

	"github.com/loc2vec/loc2vec"
)

// Space holds the vectors of places. Its methods do not change it and are safe for concurrent use.
type Space struct {
	Vectors   []float32 // [N][D]; of length 1, or 0, in a cosine space (Normalise)
	Dimension int       // D
	Metric    loc2vec.Metric
}

// Len returns N.
func (s Space) Len() int { return len(s.Vectors) / s.Dimension }

// Row returns the vector of place i, which must not be changed.
func (s Space) Row(i int) []float32 { return s.Vectors[i*s.Dimension : (i+1)*s.Dimension] }

// Distance returns the distance of two vectors as sdk.Distance does: Euclidean or, in a cosine space, one minus the
// cosine of their angle, which is 1 for a vector of zeros.
func (s Space) Distance(a, b []float32) float64 {
	square := float64(SquaredDistance(a, b))
	if s.Metric != loc2vec.Cosine {
		return math.Sqrt(square)
	}
	if isZero(a) || isZero(b) {
		return 1
	}
	return square / 2
}

// SquaredDistance returns the squared Euclidean distance of two vectors of equal length. Four sums shorten the chain of
// dependent additions.
func SquaredDistance(a, b []float32) float32 {
	var s0, s1, s2, s3 float32
	b = b[:len(a)]
	for len(a) >= 4 && len(b) >= 4 {
		d0, d1, d2, d3 := a[0]-b[0], a[1]-b[1], a[2]-b[2], a[3]-b[3]
		s0 += d0 * d0
		s1 += d1 * d1
		s2 += d2 * d2
		s3 += d3 * d3
		a, b = a[4:], b[4:]
	}
	for i, v := range a {
		d := v - b[i]
		s0 += d * d
	}
	return s0 + s1 + (s2 + s3)
}

// Normalise scales each row of vectors [N][d] to length 1, so that Euclidean distance gives the order of cosine
// similarity. Rows of zeros are left as they are.
func Normalise(vectors []float32, d int) {
	for first := 0; first+d <= len(vectors); first += d {
		row := vectors[first : first+d]
		var sum float64
		for _, v := range row {
			sum += float64(v) * float64(v)
		}
		if sum == 0 {
			continue
		}
		scale := float32(1 / math.Sqrt(sum))
		for j := range row {
			row[j] *= scale
		}
	}
}

func isZero(v []float32) bool {
	for _, x := range v {
		if x != 0 {
			return false
		}
	}
	return true
}
