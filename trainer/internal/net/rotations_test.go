package net

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/kernel"
)

// A step with averaged rotations has the bits of a step on all rotations of the batch with the loss of the mean of their
// embeddings.
func TestRotationsAverageEmbeddings(t *testing.T) {
	const batch, pixels, steps = 3, 32, 2
	rng := rand.New(rand.NewPCG(41, 42))
	rasters := noise(rng, batch, pixels)
	for _, architecture := range []string{Lite, Pooled} {
		config := Config{Architecture: architecture, Pixels: pixels, Batch: batch, Rotations: kernel.Rotations, Seed: 3}
		averaged := newTest(t, config)
		loss := averaged.loss

		config.Rotations, config.Batch = 1, batch*kernel.Rotations
		n := batch * loc2vec.Dimension
		mean, grad := make([]float32, n), make([]float32, n)
		plain, err := New(config, func(all, embeddings []float32) (float64, error) {
			kernel.MeanOverRotations(mean, func(rotation int) []float32 { return embeddings[rotation*n:] })
			value, err := loss(grad, mean)
			for i := range all {
				all[i] = grad[i%n] / kernel.Rotations
			}
			return value, err
		})
		if err != nil {
			t.Fatal(err)
		}
		// Rotated image by image: kernel.Rotate takes any number of planes.
		all, last := slices.Clone(rasters), rasters
		for range kernel.Rotations - 1 {
			next := make([]uint8, len(rasters))
			kernel.Rotate(next, last, pixels)
			all, last = append(all, next...), next
		}
		for range steps {
			got, err := averaged.Step(rasters, 1e-3)
			if err != nil {
				t.Fatal(err)
			}
			want, err := plain.Step(all, 1e-3)
			if err != nil {
				t.Fatal(err)
			}
			if got != want {
				t.Errorf("%s: the loss is %v, want %v", architecture, got, want)
			}
			if !slices.Equal(averaged.Embeddings(), mean) {
				t.Errorf("%s: the embeddings are %v, want %v", architecture, averaged.Embeddings(), mean)
			}
		}
		for i, p := range averaged.net.params {
			if !slices.Equal(p.value, plain.net.params[i].value) {
				t.Errorf("%s: %s differs after %d steps", architecture, p.name, steps)
			}
		}
	}
}

func TestRotationsWantWholeBatches(t *testing.T) {
	tr := newTest(t, Config{Architecture: Pooled, Pixels: 32, Batch: 2, Rotations: kernel.Rotations})
	_, err := tr.Step(make([]uint8, 8*loc2vec.NumLayers*32*32), 1e-3)
	if want := "batch of 98304 bytes, want 24576 for [B C H W] = (2, 12, 32, 32)"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %q", err, want)
	}
}
