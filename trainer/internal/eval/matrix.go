package eval

import (
	"fmt"
	"math"
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

// normalise scales each row to length 1, so that Euclidean distance gives the order of cosine
// similarity. Rows of zeros are left as they are.
func (m matrix) normalise() {
	for i := range m.n {
		row := m.row(i)
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

// squared returns the squared Euclidean distance of two vectors of equal length. Four sums shorten
// the chain of dependent additions.
func squared(a, b []float32) float32 {
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
