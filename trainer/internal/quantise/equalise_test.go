package quantise

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
)

// Equalising changes the range of channels, but not the function of the network.
func TestEqualiseKeepsTheFunction(t *testing.T) {
	rng := rand.New(rand.NewPCG(51, 52))
	for _, net := range architectures(rng, 64) {
		equal := clone(net)
		for i := range len(net.Convs) - 1 {
			l := &equal.Convs[i]
			equalise(l, &equal.Convs[i+1], func(yield func(int, float64) bool) {
				for c := range l.Out {
					if !yield(c, float64(1+c%5)) {
						return
					}
				}
			})
		}
		if slices.Equal(equal.Convs[0].Weight, net.Convs[0].Weight) {
			t.Errorf("%s: nothing was equalised", net.Architecture)
		}
		checkFunction(t, equal, net, rasters(rng, 3, 64), 1e-6)
	}
}

// checkFunction fails if the squared distance between the embeddings of both networks exceeds that share of an
// embedding's squared length.
func checkFunction(t *testing.T, rewritten, net *encoder.Network, rasters [][]uint8, share float64) {
	t.Helper()
	for _, r := range rasters {
		got, want := make([]float32, loc2vec.Dimension), make([]float32, loc2vec.Dimension)
		if err := rewritten.Forward(got, r); err != nil {
			t.Fatal(err)
		}
		if err := net.Forward(want, r); err != nil {
			t.Fatal(err)
		}
		if d := squared(got, want); d > share*squared(want, make([]float32, loc2vec.Dimension)) {
			t.Errorf("%s: error %v", net.Architecture, math.Sqrt(d))
		}
	}
}

func TestChannelFactors(t *testing.T) {
	values := map[int]float64{0: 8, 1: 4, 2: 0.1, 3: -5}
	got := channelFactors(5, func(yield func(int, float64) bool) {
		for c, x := range values {
			if !yield(c, x) {
				return
			}
		}
	})
	// The fourth channel is negative, the fifth has no values.
	if want := []float64{1, 2, 4, 8 / (negativeWeight * 5), 4}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := channelFactors(2, func(func(int, float64) bool) {}); !slices.Equal(got, []float64{1, 1}) {
		t.Errorf("without values: %v", got)
	}
}
