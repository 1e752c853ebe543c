package net

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/kernel"
)

// A step of a network that is trained as its mean over turns is a step of the network itself on all turns of the
// batch, with a loss of the mean of their embeddings: the same bits.
func TestTurnedIsTheMeanOverTurns(t *testing.T) {
	const batch, pixels, steps = 3, 32, 2
	rng := rand.New(rand.NewPCG(41, 42))
	rasters := noise(rng, batch, pixels)
	for _, layout := range []string{Lite, Pooled} {
		config := Config{Layout: layout, Pixels: pixels, Batch: batch, Turned: true, Seed: 3}
		turned := newTest(t, config)
		loss := turned.loss

		config.Turned, config.Batch = false, batch*kernel.QuarterTurns
		n := batch * loc2vec.Dimension
		mean, grad := make([]float32, n), make([]float32, n)
		plain, err := New(config, func(all, embeddings []float32) (float64, error) {
			kernel.MeanOverTurns(mean, func(turn int) []float32 { return embeddings[turn*n:] })
			value, err := loss(grad, mean)
			for i := range all {
				all[i] = grad[i%n] / kernel.QuarterTurns
			}
			return value, err
		})
		if err != nil {
			t.Fatal(err)
		}
		// Turned by hand, image by image: kernel.Turn takes planes of any number.
		all, last := slices.Clone(rasters), rasters
		for range kernel.QuarterTurns - 1 {
			next := make([]uint8, len(rasters))
			kernel.Turn(next, last, pixels)
			all, last = append(all, next...), next
		}
		for range steps {
			got, err := turned.Step(rasters, 1e-3)
			if err != nil {
				t.Fatal(err)
			}
			want, err := plain.Step(all, 1e-3)
			if err != nil {
				t.Fatal(err)
			}
			if got != want {
				t.Errorf("%s: the loss is %v, want %v", layout, got, want)
			}
			if !slices.Equal(turned.Embeddings(), mean) {
				t.Errorf("%s: the embeddings are %v, want %v", layout, turned.Embeddings(), mean)
			}
		}
		for i, p := range turned.net.params {
			if !slices.Equal(p.value, plain.net.params[i].value) {
				t.Errorf("%s: %s differs after %d steps", layout, p.name, steps)
			}
		}
	}
}

func TestTurnedWantsWholeBatches(t *testing.T) {
	tr := newTest(t, Config{Layout: Pooled, Pixels: 32, Batch: 2, Turned: true})
	_, err := tr.Step(make([]uint8, 8*loc2vec.NumLayers*32*32), 1e-3)
	if want := "net: a batch of 98304 bytes, want 24576 for [B C H W] = (2, 12, 32, 32)"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %q", err, want)
	}
}
