package quantise_test

import (
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/onnx"
	"github.com/loc2vec/loc2vec/trainer/internal/net"
)

// TestLimits: every network that can be trained may be opened, with the limits that package onnx has for strangers.
func TestLimits(t *testing.T) {
	for _, name := range net.Architectures() {
		for _, pixels := range []int{64, 128, 256} {
			n := largest(name, pixels)
			if err := n.Check(); err != nil {
				t.Errorf("%s with %d pixels: %v", name, pixels, err)
			}
			t.Logf("%s with %d pixels: %d million multiply-adds, %d bytes", name, pixels, n.Work()>>20, len(onnx.Marshal(n)))
			if vectors := onnx.MaxSelfTest / n.Work(); vectors < 4 || pixels <= 128 && vectors < 24 {
				t.Errorf("%s with %d pixels: room for %d golden vectors", name, pixels, vectors)
			}
		}
	}
}

// largest returns a network with the shapes of an architecture, with units as often as quantisation repeats them.
func largest(name string, pixels int) *onnx.Network {
	channels := []int{loc2vec.NumLayers, 32, 32, 64, 64, 256}
	hidden, same := 64, name != net.Classic
	if !same {
		channels[5] = 128
	}
	if name == net.Wide {
		hidden = 128
	}
	n := &onnx.Network{Pixels: pixels, Rotations: 4, Input: onnx.Quant{Scale: 1}}
	size := pixels
	add := func(in, out, kernel int, pool bool) {
		c := onnx.Conv{Size: kernel, In: in, Out: out, Same: same && kernel > 1, Pool: pool, Weight: make([]int8, in*out*kernel*kernel),
			WeightScale: ones(out), Bias: make([]int32, out), Sum: onnx.Quant{Scale: 1}, Slope: 1, Output: onnx.Quant{Scale: 1}}
		n.Convs = append(n.Convs, c)
		size = c.OutputSize(size)
	}
	for i, out := range channels[1:] {
		add(channels[i], out, 3, same || i > 0)
	}
	add(channels[5], 2*hidden, 1, false)
	add(2*hidden, 2*hidden, 1, false)
	if net.UsesGlobalPooling(name) {
		n.Coverage = &onnx.Coverage{Masks: net.DefaultMasks(pixels), Output: onnx.Quant{Scale: 1}}
		k := len(n.Coverage.Masks) * loc2vec.NumLayers
		n.Coverage.Factor, n.Coverage.Weight, n.Coverage.WeightScale = ones(k), make([]int8, 4*hidden*k), ones(4*hidden)
	}
	add2 := func(in, out int) {
		n.Dense = append(n.Dense, onnx.Dense{In: in, Out: out, Weight: make([]int8, in*out), WeightScale: ones(out), Bias: make([]int32, out), Slope: 1, Output: onnx.Quant{Scale: 1}})
	}
	add2(2*hidden*size*size, 4*hidden)
	add2(4*hidden, loc2vec.Dimension)
	return n
}

// ones returns n scales.
func ones(n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = 1
	}
	return v
}
