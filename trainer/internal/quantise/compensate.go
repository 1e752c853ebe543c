package quantise

import (
	"gonum.org/v1/gonum/mat"

	"github.com/loc2vec/loc2vec/internal/int8net"
	"github.com/loc2vec/loc2vec/internal/onnx"
)

// Inputs of a convolution are correlated: neighbouring pixels of a map are mostly alike, and so are the layers of a road.
// The rounding errors of weights of such inputs add up, unless each weight is rounded so that it compensates the errors
// of those before it (Frantar, Ashkboos, Hoefler, Alistarh: OPTQ, Accurate Post-training Quantization for Generative
// Pre-trained Transformers, 2023, section 3).

const (
	// windows is about the number of windows over which the moments of a layer's inputs are computed: ten times the
	// number of values of the largest window.
	windows = 6144
	// damping times the mean square of the inputs is added to each square, so that weights of inputs that are rare in
	// calibration are not used to compensate others.
	damping = 0.01
)

// compensate rounds the weights of a convolution again, one input after the other. The weights that are not rounded yet
// compensate the error of each, as far as they can. weight holds the real weights, moments the second moments of the
// values in a window.
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

// inverseFactor returns the upper triangular U for which UᵀU is the inverse of the damped moments, and false if all
// moments are 0. Row i of U describes how an error of input i is compensated by the following inputs.
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

// secondMoments returns the mean products of the values in the windows of a convolution, [In][Size][Size], over the
// input maps.
func secondMoments(stage *int8net.Stage, c *onnx.Conv, maps []*int8net.Map) *mat.SymDense {
	edge := stage.Width()
	per := min(max(windows/len(maps), 1), edge*edge)
	x := mat.NewDense(per*len(maps), c.In*c.Size*c.Size, nil)
	for i, m := range maps {
		for k := range per {
			// Evenly distributed over a map, at other positions on the next one.
			p := (k*edge*edge/per + 31*i) % (edge * edge)
			stage.Window(x.RawRowView(i*per+k), m, p%edge, p/edge)
		}
	}
	var moments mat.SymDense
	moments.SymOuterK(1/float64(per*len(maps)), x.T())
	return &moments
}
