package int8net

import (
	"math/rand/v2"
	"testing"

	"github.com/loc2vec/loc2vec/internal/kernel"
	"github.com/loc2vec/loc2vec/internal/onnx"
)

// The sum of a window times the weights is the output of the convolution.
func TestWindow(t *testing.T) {
	rng := rand.New(rand.NewPCG(21, 22))
	const size = 9
	for _, c := range []onnx.Conv{
		{Size: 3, In: 8, Out: 5, Same: true},
		{Size: 3, In: 8, Out: 5},
		{Size: 1, In: 8, Out: 5},
	} {
		c.Weight, c.WeightScale, c.Bias = randomWeights(rng, c.Out, c.In*c.Size*c.Size)
		c.Sum, c.Output = onnx.Quant{Scale: 1}, onnx.Quant{Scale: 1}
		s := NewStage(kernel.Int8Kernels()[0], &c, size, onnx.Quant{Scale: 1, Zero: 13})
		raster := make([]uint8, c.In*size*size)
		for i := range raster {
			raster[i] = uint8(rng.IntN(256))
		}
		m := s.NewInput().Fill(raster)
		sums := s.Sums(nil, m)
		window := make([]float64, c.In*c.Size*c.Size)
		for y := range s.Width() {
			for x := range s.Width() {
				s.Window(window, m, x, y)
				for o := range c.Out {
					sum := float64(c.Bias[o])
					for i, v := range window {
						sum += v * float64(c.Weight[o*len(window)+i])
					}
					if got := float64(sums[(y*s.Width()+x)*c.Out+o]); got != sum {
						t.Fatalf("kernel of %d, same %v: output %d at %d, %d is %v, its window gives %v", c.Size, c.Same, o, x, y, got, sum)
					}
				}
			}
		}
	}
}
