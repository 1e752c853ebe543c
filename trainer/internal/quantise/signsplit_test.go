package quantise

import (
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
)

// splitConvs splits all 1x1 convolutions of a network by sign, with a ReLU.
func splitConvs(net *encoder.Network) *encoder.Network {
	net = clone(net)
	for i := range net.Convs {
		if l := &net.Convs[i]; l.Kind == encoder.Conv1 {
			next, tail := nextLayer(net, i)
			splitSigns(l, next, tail)
			l.Slope = 0
		}
	}
	return net
}

// Splitting by sign does not change the function of the network.
func TestSplitSignsKeepsTheFunction(t *testing.T) {
	rng := rand.New(rand.NewPCG(61, 62))
	for _, net := range architectures(rng, 64) {
		split := splitConvs(net)
		if got, want := split.Convs[5].Out, 2*net.Convs[5].Out; got != want {
			t.Errorf("%s: %d channels, want %d", net.Architecture, got, want)
		}
		checkFunction(t, split, net, rasters(rng, 3, 64), 1e-9)
	}
}

func TestMergeSignsUndoesSplitSigns(t *testing.T) {
	rng := rand.New(rand.NewPCG(63, 64))
	for _, net := range architectures(rng, 64) {
		back := clone(net)
		next, tail := nextLayer(back, 6)
		splitSigns(&back.Convs[6], next, tail)
		mergeSigns(&back.Convs[6], next, tail)
		if !reflect.DeepEqual(back, net) {
			t.Errorf("%s: the network has changed", net.Architecture)
		}
	}
}
