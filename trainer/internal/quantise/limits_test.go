package quantise_test

import (
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/onnx"
	"github.com/loc2vec/loc2vec/trainer/internal/net"
	"github.com/loc2vec/loc2vec/trainer/internal/train"
)

// TestLimits: every network that can be trained may be opened, with the limits that package onnx has for strangers. The
// base model has room for all its golden vectors, and others for some.
func TestLimits(t *testing.T) {
	for _, name := range net.Architectures() {
		for pixels := 48; pixels <= onnx.MaxPixels; pixels += 16 {
			c := train.DefaultConfig()
			c.Steps, c.Architecture, c.Raster.Pixels, c.Rotations = 1, name, pixels, 4
			if net.CheckPixels(name, pixels) != nil {
				continue
			}
			n := largest(name, pixels)
			if checked, valid := n.Check(), c.Validate(); (checked == nil) != (valid == nil) {
				t.Errorf("%s with %d pixels: trained: %v, opened: %v", name, pixels, valid, checked)
			} else if valid != nil {
				continue
			}
			vectors := onnx.MaxSelfTest / n.Work()
			t.Logf("%s with %d pixels: %d million multiply-adds, room for %d golden vectors", name, pixels, n.Work()>>20, vectors)
			if least := map[bool]int64{true: 3, false: 1}[pixels <= 128]; vectors < least {
				t.Errorf("%s with %d pixels: room for %d golden vectors, want %d", name, pixels, vectors, least)
			}
			if name == net.DefaultArchitecture && pixels == net.DefaultPixels && vectors < 24 {
				t.Errorf("the default: room for %d golden vectors", vectors)
			}
			n.Rotations = 1
			if err := n.Check(); err != nil {
				t.Errorf("%s with %d pixels, not averaged: %v", name, pixels, err)
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
