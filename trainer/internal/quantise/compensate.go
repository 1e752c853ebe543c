package quantise

import (
	"gonum.org/v1/gonum/mat"

	"github.com/loc2vec/loc2vec/internal/int8net"
	"github.com/loc2vec/loc2vec/internal/onnx"
)

// Neighbouring pixels of a map are mostly alike, and so are the layers of a road: errors of rounding weights of such
// inputs add up, or cancel when each one is rounded with an eye on those before it (Frantar, Ashkboos,
// Hoefler, Alistarh: OPTQ, Accurate Post-training Quantization for Generative Pre-trained
// Transformers, 2023, section 3).

const (
	// windows is about how many windows the moments of a layer's inputs are taken over: ten times as
	// many as the widest window has numbers.
	windows = 6144
	// damping is added to the inputs' squares, as a share of their mean: errors of inputs that
	// calibration has hardly seen must not be used to make up for others.
	damping = 0.01
)

// compensate rounds a convolution's weights anew, one input after the other: the error of each is made
// up for, as well as it can be, by the weights that are still to be rounded. weight holds the real
// ones; moments are those of the numbers in a window.
func compensate(c *onnx.Conv, weight []float32, moments *mat.SymDense) {
	rest, ok := inverseFactor(moments)
	if !ok {
		return
	}
	n := moments.SymmetricDim()
	w := make([]float64, n)
	for o := range c.Out {
		scale := float64(c.WeightScale[o])
		for i := range w {
			w[i] = float64(weight[o*n+i])
		}
		for i := range w {
			rounded := RoundWeight(w[i], scale)
			c.Weight[o*n+i] = int8(rounded)
			row := rest.RawTriangular().Data[i*n:][:n]
			e := (w[i] - rounded*scale) / row[i]
			for k := i + 1; k < n; k++ {
				w[k] -= float64(e * row[k])
			}
		}
	}
}

// inverseFactor returns the upper triangular U with UᵀU the inverse of the damped moments; there is none
// when all of them are 0. Row i of it says what an error of input i asks of those behind it.
func inverseFactor(moments *mat.SymDense) (*mat.TriDense, bool) {
	n := moments.SymmetricDim()
	damped := mat.NewSymDense(n, nil)
	damped.CopySym(moments)
	for i := range n {
		damped.SetSym(i, i, moments.At(i, i)+damping*mat.Trace(moments)/float64(n))
	}
	var factor mat.Cholesky
	if !factor.Factorize(damped) {
		return nil, false
	}
	var inverse mat.SymDense
	if factor.InverseTo(&inverse) != nil || !factor.Factorize(&inverse) {
		return nil, false
	}
	var u mat.TriDense
	factor.UTo(&u)
	return &u, true
}

// secondMoments returns the mean products of the numbers in a convolution's windows, [In][Size][Size], over
// maps of inputs.
func secondMoments(stage *int8net.Stage, c *onnx.Conv, maps []*int8net.Map) *mat.SymDense {
	edge := stage.Width()
	per := min(max(windows/len(maps), 1), edge*edge)
	x := mat.NewDense(per*len(maps), c.In*c.Size*c.Size, nil)
	for i, m := range maps {
		for k := range per {
			// Evenly spread over a map, and elsewhere on the next one.
			p := (k*edge*edge/per + 31*i) % (edge * edge)
			stage.Window(x.RawRowView(i*per+k), m, p%edge, p/edge)
		}
	}
	var moments mat.SymDense
	moments.SymOuterK(1/float64(per*len(maps)), x.T())
	return &moments
}
