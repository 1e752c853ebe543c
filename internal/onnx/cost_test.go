package onnx

import (
	"bytes"
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/wire"
)

// heavy returns a network of a few kilobytes, deflated, that takes a hundred times as many multiply-adds as is allowed.
func heavy() *Network {
	const pixels, channels = 176, 1024
	ones := func(n int) []float32 { return bytesToFloats(bytes.Repeat([]byte{1}, n)) }
	conv := func(in, out, size int) Conv {
		return Conv{Size: size, In: in, Out: out, Same: true, Weight: make([]int8, in*out*size*size), WeightScale: ones(out),
			Bias: make([]int32, out), Sum: Quant{Scale: 1}, Slope: 1, Output: Quant{Scale: 1}, Pool: out == 4}
	}
	n := &Network{Pixels: pixels, Rotations: 4, Input: Quant{Scale: 1}}
	n.Convs = []Conv{conv(loc2vec.NumLayers, channels, 3), conv(channels, channels, 1), conv(channels, 4, 1)}
	in := 4 * pixels / 2 * pixels / 2
	n.Dense = []Dense{{In: in, Out: loc2vec.Dimension, Weight: make([]int8, loc2vec.Dimension*in), WeightScale: ones(loc2vec.Dimension), Bias: make([]int32, loc2vec.Dimension)}}
	return n
}

func bytesToFloats(b []byte) []float32 {
	v := make([]float32, len(b))
	for i := range b {
		v[i] = float32(b[i])
	}
	return v
}

// TestHeavyIsRefused: a model that is valid but for its cost is an error.
func TestHeavyIsRefused(t *testing.T) {
	if _, err := Unmarshal(Marshal(heavy())); !errors.Is(err, loc2vec.ErrCorrupt) || !strings.Contains(err.Error(), "multiply-adds") {
		t.Errorf("error %v", err)
	}
}

// TestEmptyMessages: millions of empty messages of two bytes take no more memory than the file has bytes.
func TestEmptyMessages(t *testing.T) {
	const n = 1 << 20
	for name, graph := range map[string][]byte{
		"inputs":       bytes.Repeat([]byte{graphInput<<3 | 2, 0}, n),
		"outputs":      bytes.Repeat([]byte{graphOutput<<3 | 2, 0}, n),
		"nodes":        bytes.Repeat([]byte{graphNode<<3 | 2, 0}, n),
		"tensors":      bytes.Repeat([]byte{graphInitializer<<3 | 2, 0}, n),
		"node inputs":  wire.AppendBytes(nil, graphNode, bytes.Repeat([]byte{nodeInput<<3 | 2, 0}, n)),
		"names":        wire.AppendBytes(nil, graphNode, wire.AppendBytes(nil, nodeOp, make([]byte, n))),
		"unread bytes": bytes.Repeat([]byte{14<<3 | 2, 0}, n),
	} {
		model := wire.AppendBytes(appendInt(nil, modelIRVersion, irVersion), modelGraph, graph)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Unmarshal(model)
		runtime.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc; got > uint64(len(model)) || !errors.Is(err, loc2vec.ErrCorrupt) || len(err.Error()) > 1000 {
			t.Errorf("%s: %d bytes for a model of %d: %.200v", name, got, len(model), err)
		}
	}
}
