package onnx

import (
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
)

// halvedConvs writes all 1x1 convolutions of a network in halves, as ReLUs.
func halvedConvs(net *encoder.Network) *encoder.Network {
	net = own(net)
	for i := range net.Convs {
		if l := &net.Convs[i]; l.Kind == encoder.Conv1 {
			next, tail := reader(net, i)
			halve(l, next, tail)
			l.Slope = 0
		}
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
		checkFunction(t, halves, net, rasters(rng, 3, 64), 1e-9)
	}
}

func TestWholeUndoesHalve(t *testing.T) {
	rng := rand.New(rand.NewPCG(63, 64))
	for _, net := range layouts(rng, 64) {
		back := own(net)
		next, tail := reader(back, 6)
		halve(&back.Convs[6], next, tail)
		whole(&back.Convs[6], next, tail)
		if !reflect.DeepEqual(back, net) {
			t.Errorf("%s: the network has changed", net.Layout)
		}
	}
}
