package quantise

import (
	"iter"
	"math"

	"github.com/loc2vec/loc2vec/internal/onnx"
)

// bins is large enough that a bin is a small part of a quantisation step, whatever the range.
const bins = 4096

// histogram is the distribution of a layer's activations.
type histogram struct {
	low, high float64
	seen      bool
	counts    [bins]float64
}

// newHistogram returns the distribution of values of all channels. It iterates over them twice.
func newHistogram(values iter.Seq2[int, float64]) *histogram {
	h := &histogram{}
	for _, x := range values {
		h.widen(x)
	}
	for _, x := range values {
		h.add(x)
	}
	return h
}

func (h *histogram) widen(x float64) {
	if !h.seen {
		h.low, h.high, h.seen = x, x, true
	}
	h.low, h.high = min(h.low, x), max(h.high, x)
}

func (h *histogram) add(x float64) {
	i := int((x - h.low) / (h.high - h.low) * bins)
	if h.high == h.low {
		i = 0
	}
	h.counts[min(max(i, 0), bins-1)]++
}

// centre returns the value at the centre of bin i.
func (h *histogram) centre(i int) float64 {
	return h.low + (h.high-h.low)*(float64(i)+0.5)/bins
}

// activation returns the ranges before and after a LeakyReLU that minimise the squared error after it. The LeakyReLU
// multiplies negative errors by slope, so that the range before it may clip much of the negative side. There is no
// clipping at a percentile: rare activations carry meaning in an embedding.
func (h *histogram) activation(slope float32) (sum, output onnx.Quant) {
	least := math.Inf(1)
	for low, high := range h.ranges {
		q := Range(low, high)
		// After the LeakyReLU, equal steps leave positive values unchanged; a range of its own has finer steps.
		same := onnx.Quant{Scale: q.Scale, Zero: uint8(math.RoundToEven(float64(slope) * float64(q.Zero)))}
		for _, out := range []onnx.Quant{same, Range(float64(slope)*low, high)} {
			if e := h.activationError(q, slope, out, least); e < least {
				least, sum, output = e, q, out
			}
		}
	}
	return sum, output
}

// plain returns the range for values that are quantised once.
func (h *histogram) plain() onnx.Quant {
	q, _ := h.activation(1)
	return q
}

// activationError returns the squared error after the LeakyReLU, or some number above limit.
func (h *histogram) activationError(q onnx.Quant, slope float32, out onnx.Quant, limit float64) float64 {
	var table [256]float64 // from bytes before the LeakyReLU to real numbers after it
	for i := range table {
		x := q.Scale * float32(i-int(q.Zero))
		if x < 0 {
			x *= slope
		}
		table[i] = float64(out.Scale) * float64(int(out.Quantise(x))-int(out.Zero))
	}
	var sum float64
	for i, n := range h.counts {
		if n == 0 {
			continue
		}
		x := h.centre(i)
		got := table[q.Quantise(float32(x))]
		if x < 0 {
			x *= float64(slope)
		}
		sum += n * (x - got) * (x - got)
		if sum > limit {
			break
		}
	}
	return sum
}

// ranges yields the candidates, which contain zero: the full range of the values, and parts of it.
func (h *histogram) ranges(yield func(low, high float64) bool) {
	low, high := min(h.low, 0), max(h.high, 0)
	const steps = 24
	for i := range steps {
		for j := range steps {
			// Each side shrinks geometrically: the positive one to a tenth, the negative one to a thirtieth.
			up := high * math.Pow(10, -float64(i)/(steps-1))
			down := low * math.Pow(30, -float64(j)/(steps-1))
			if !yield(down, up) {
				return
			}
		}
	}
}
