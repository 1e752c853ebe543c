package eval

import (
	"fmt"
	"math"

	"github.com/loc2vec/loc2vec/trainer/internal/vectorspace"
)

// matrix holds n vectors of d numbers as rows.
type matrix struct {
	n, d int
	data []float32
}

func newMatrix(n, d int) matrix { return matrix{n: n, d: d, data: make([]float32, n*d)} }

// rows copies the rows of the given numbers.
func (m matrix) rows(which []int) matrix {
	out := newMatrix(len(which), m.d)
	for r, i := range which {
		copy(out.row(r), m.row(i))
	}
	return out
}

func (m matrix) row(i int) []float32 { return m.data[i*m.d : (i+1)*m.d] }

// space returns the rows as places of a space. They are of length 1 where the metric is cosine.
func (m matrix) space() vectorspace.Space {
	return vectorspace.Space{Vectors: m.data, Dimension: m.d}
}

// normalise scales each row to length 1.
func (m matrix) normalise() { vectorspace.Normalise(m.data, m.d) }

// checkFinite returns an error when a method's embedding holds NaN or an infinity.
func (m matrix) checkFinite(name string) error {
	for i, v := range m.data {
		if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
			return fmt.Errorf("method %s: embedding of place %d holds %v", name, i/m.d, v)
		}
	}
	return nil
}

// columnMeans returns [d], the mean of each column.
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

// deviations returns [d], the standard deviation of each column.
func deviations(x matrix) []float64 {
	means := columnMeans(x)
	out := make([]float64, x.d)
	for i := range x.n {
		for j, v := range x.row(i) {
			d := float64(v - means[j])
			out[j] += d * d
		}
	}
	for j := range out {
		out[j] = math.Sqrt(out[j] / float64(x.n))
	}
	return out
}
