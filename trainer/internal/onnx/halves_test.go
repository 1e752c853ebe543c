package onnx

import (
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
)

// halvedConvs writes all 1x1 convolutions of a network in halves, as ReLUs.
func halvedConvs(net *encoder.Network) *encoder.Network {
	net = own(net)
	for i := range net.Convs {
		l := &net.Convs[i]
		switch {
		case l.Kind != encoder.Conv1:
			continue
		case i+1 < len(net.Convs):
			halve(l, &net.Convs[i+1], 0)
		default:
			halve(l, &net.Dense[0], len(net.Head.Gain))
		}
		l.Slope = 0
	}
	return net
}

// A layer in halves computes what it computed in one piece.
func TestHalveKeepsTheFunction(t *testing.T) {
	rng := rand.New(rand.NewPCG(61, 62))
	for _, net := range layouts(rng, 64) {
		halves := halvedConvs(net)
		if got, want := halves.Convs[5].Out, 2*net.Convs[5].Out; got != want {
			t.Errorf("%s: %d channels, want %d", net.Layout, got, want)
		}
		for _, r := range rasters(rng, 3, 64) {
			got, want := make([]float32, loc2vec.Dimension), make([]float32, loc2vec.Dimension)
			if err := halves.Forward(got, r); err != nil {
				t.Fatal(err)
			}
			if err := net.Forward(want, r); err != nil {
				t.Fatal(err)
			}
			if d := squared(got, want); d > 1e-9*squared(want, make([]float32, loc2vec.Dimension)) {
				t.Errorf("%s: off by %v", net.Layout, math.Sqrt(d))
			}
		}
	}
}

func TestWholeUndoesHalve(t *testing.T) {
	rng := rand.New(rand.NewPCG(63, 64))
	for _, net := range layouts(rng, 64) {
		back := own(net)
		tail := len(net.Head.Gain)
		halve(&back.Convs[6], &back.Dense[0], tail)
		whole(&back.Convs[6], &back.Dense[0], tail)
		if !reflect.DeepEqual(back, net) {
			t.Errorf("%s: the network has changed", net.Layout)
		}
	}
}
