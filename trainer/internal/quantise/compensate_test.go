package quantise

import (
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/loc2vec/loc2vec/internal/onnx"
)

// correlatedMoments returns the second moments of n strongly correlated inputs.
func correlatedMoments(rng *rand.Rand, n int) *mat.SymDense {
	const samples = 400
	x := mat.NewDense(samples, n, nil)
	for r := range samples {
		common := rng.NormFloat64()
		for i := range n {
			x.Set(r, i, common+0.3*rng.NormFloat64())
		}
	}
	var moments mat.SymDense
	moments.SymOuterK(1.0/samples, x.T())
	return &moments
}

// outputError returns the mean squared error of output o due to rounding.
func outputError(c *onnx.Conv, o int, weight []float32, moments *mat.SymDense) float64 {
	n := moments.SymmetricDim()
	e := mat.NewVecDense(n, nil)
	for i := range n {
		e.SetVec(i, float64(weight[o*n+i])-float64(c.Weight[o*n+i])*float64(c.WeightScale[o]))
	}
	return mat.Inner(e, moments, e)
}

func TestCompensate(t *testing.T) {
	rng := rand.New(rand.NewPCG(81, 82))
	const out, in = 12, 40
	weight := make([]float32, out*in)
	for i := range weight {
		weight[i] = float32(rng.NormFloat64())
	}
	moments := correlatedMoments(rng, in)
	plain := onnx.Conv{Size: 1, In: in, Out: out}
	plain.Weight, plain.WeightScale, plain.Bias = quantiseWeights(weight, make([]float32, out), onnx.Quant{Scale: 1})
	c := plain
	c.Weight = slices.Clone(plain.Weight)
	compensate(&c, weight, moments)
	var got, nearest float64
	for o := range out {
		got += outputError(&c, o, weight, moments)
		nearest += outputError(&plain, o, weight, moments)
	}
	if got > nearest/2 {
		t.Errorf("squared error %v, with the nearest steps %v", got, nearest)
	}

	// Errors of independent inputs cannot be compensated.
	single := mat.NewSymDense(in, nil)
	for i := range in {
		single.SetSym(i, i, 1+float64(i))
	}
	compensate(&c, weight, single)
	if !slices.Equal(c.Weight, plain.Weight) {
		t.Error("weights of independent inputs are not rounded to the nearest steps")
	}
	// Nor can those of inputs that are always zero.
	compensate(&c, weight, mat.NewSymDense(in, nil))
	if !slices.Equal(c.Weight, plain.Weight) {
		t.Error("weights of inputs that are always zero have changed")
	}
}
