package geoparquet

import "math"

// ranges are the least and greatest numbers of each axis.
type ranges struct{ least, greatest []float32 }

// add widens the ranges to hold a vector.
func (r *ranges) add(vector []float32) {
	if r.least == nil {
		r.least = append([]float32{}, vector...)
		r.greatest = append([]float32{}, vector...)
	}
	for i, v := range vector {
		r.least[i] = min(r.least[i], v)
		r.greatest[i] = max(r.greatest[i], v)
	}
}

// The whole numbers of 8 bits.
const (
	leastInt8  = math.MinInt8
	int8Steps  = math.MaxUint8
	original32 = "float32"
)

// quantization spreads the 256 numbers over the range of each axis.
func (r *ranges) quantization() *Quantization {
	q := &Quantization{Method: "linear", Original: original32, Quantized: "int8", Scale: []float64{}, Offset: []float64{}}
	for i := range r.least {
		least, greatest := float64(r.least[i]), float64(r.greatest[i])
		scale := (greatest - least) / int8Steps
		if scale == 0 { // an axis of one value; any scale is right
			scale = 1
		}
		q.Scale = append(q.Scale, scale)
		q.Offset = append(q.Offset, least-leastInt8*scale)
	}
	return q
}

// Quantise appends the numbers of a vector within the ranges that q was made for.
func (q *Quantization) Quantise(dst []int8, vector []float32) []int8 {
	for i, v := range vector {
		n := math.RoundToEven((float64(v) - q.Offset[i]) / q.Scale[i])
		dst = append(dst, int8(min(max(n, leastInt8), math.MaxInt8)))
	}
	return dst
}

// Dequantise appends the vector that numbers stand for.
func (q *Quantization) Dequantise(dst []float32, numbers []int8) []float32 {
	for i, n := range numbers {
		dst = append(dst, float32(q.Scale[i]*float64(n)+q.Offset[i]))
	}
	return dst
}
