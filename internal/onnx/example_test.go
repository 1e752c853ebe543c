package onnx_test

import (
	"fmt"
	"reflect"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/onnx"
)

// The smallest network of the form, written as an ONNX model and read back: a 1x1 convolution that passes
// the raster's layers on, and a dense layer with D outputs.
func Example() {
	const pixels, channels = 2, loc2vec.NumLayers
	scales := func(n int) []float32 {
		s := make([]float32, n)
		for i := range s {
			s[i] = 1
		}
		return s
	}
	step := onnx.Quant{Scale: 1.0 / 255}
	identity := make([]int8, channels*channels)
	for c := range channels {
		identity[c*channels+c] = 1
	}
	inputs := channels * pixels * pixels
	network := &onnx.Network{
		Pixels: pixels, Rotations: 1, Input: step,
		Convs: []onnx.Conv{{
			Size: 1, In: channels, Out: channels, Weight: identity, WeightScale: scales(channels),
			Bias: make([]int32, channels), Sum: step, Slope: 1, Output: step,
		}},
		Dense: []onnx.Dense{{
			In: inputs, Out: loc2vec.Dimension, Weight: make([]int8, loc2vec.Dimension*inputs),
			WeightScale: scales(loc2vec.Dimension), Bias: make([]int32, loc2vec.Dimension),
		}},
	}
	if err := network.Check(); err != nil {
		fmt.Println(err)
		return
	}

	model := onnx.Marshal(network)
	back, err := onnx.Unmarshal(model)
	fmt.Println(reflect.DeepEqual(back, network), err)

	_, err = onnx.Unmarshal(model[:len(model)-1])
	fmt.Println(err)

	// Output:
	// true <nil>
	// reading the ONNX model: corrupt data: a field of 4 bytes where 3 are left
}
