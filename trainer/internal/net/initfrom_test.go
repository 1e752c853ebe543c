package net

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec"
)

// trained returns a Trainer that has taken some steps and whose statistics are those of one batch, and that batch.
func trained(t *testing.T, c Config) (*Trainer, []uint8) {
	t.Helper()
	tr := newTest(t, c)
	rng := rand.New(rand.NewPCG(31, 32))
	for range 5 {
		step(t, tr, noise(rng, c.Batch, c.Pixels))
	}
	batch := noise(rng, c.Batch, c.Pixels)
	if err := tr.Recalibrate(1, func() ([]uint8, error) { return batch, nil }); err != nil {
		t.Fatal(err)
	}
	return tr, batch
}

// A Trainer that is initialised from a network of its own architecture, or of a narrower one, computes the embeddings of
// that network, on the batch whose statistics both have.
func TestInitFromKeepsTheFunction(t *testing.T) {
	for _, from := range []struct {
		Config
		into string
	}{
		{Config{Architecture: Lite, Pixels: 32, Batch: 9}, Lite},
		{Config{Architecture: Pooled, Pixels: 64, Batch: 9}, Pooled},
		{Config{Architecture: Pooled, Pixels: 64, Batch: 9}, Wide},
	} {
		t.Run(from.Architecture+" to "+from.into, func(t *testing.T) {
			c := from.Config
			old, batch := trained(t, c)
			network := old.Network()
			c.Architecture, c.Seed = from.into, 77
			fresh := newTest(t, c)
			if err := fresh.InitFrom(network, func() ([]uint8, error) { return batch, nil }); err != nil {
				t.Fatal(err)
			}
			if _, err := fresh.Step(batch, 0); err != nil {
				t.Fatal(err)
			}
			got, want := fresh.Embeddings(), make([]float32, c.Batch*loc2vec.Dimension)
			if err := network.Forward(want, batch); err != nil {
				t.Fatal(err)
			}
			if d := apart(got, want); d > 1e-3 {
				t.Errorf("the relative error of the embeddings is %v", d)
			}
			// The running statistics are set too, so that no calibration is needed.
			if err := fresh.Network().Forward(want, batch); err != nil {
				t.Fatal(err)
			}
			if d := apart(got, want); d > 1e-3 {
				t.Errorf("the relative error of the folded network's embeddings is %v", d)
			}
			for _, p := range fresh.net.params[:1] {
				var square float64
				for _, w := range p.value {
					square += float64(w) * float64(w)
				}
				if per := square / float64(fresh.net.norms[0].channels); math.Abs(per-freshSquare) > 0.01 {
					t.Errorf("the sum of squares of an output's weights is %v, want %v", per, freshSquare)
				}
			}
		})
	}
}

// apart returns the distance between two vectors relative to their length.
func apart(a, b []float32) float64 {
	var difference, size float64
	for i := range a {
		d := float64(a[i] - b[i])
		difference += d * d
		size += float64(b[i]) * float64(b[i])
	}
	return math.Sqrt(difference / size)
}

func TestInitFromRefusesOtherNetworks(t *testing.T) {
	old, batch := trained(t, Config{Architecture: Pooled, Pixels: 64, Batch: 4})
	next := func() ([]uint8, error) { return batch, nil }
	for want, c := range map[string]Config{
		"architecture": {Architecture: Lite, Pixels: 64, Batch: 4},
		"pixels":       {Architecture: Pooled, Pixels: 32, Batch: 4},
		"masks":        {Architecture: Pooled, Pixels: 64, Batch: 4, Masks: DefaultMasks(64)[:2]},
	} {
		if err := newTest(t, c).InitFrom(old.Network(), next); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error about %s", err, want)
		}
	}
	wide, _ := trained(t, Config{Architecture: Wide, Pixels: 64, Batch: 4})
	if err := newTest(t, Config{Architecture: Pooled, Pixels: 64, Batch: 4}).InitFrom(wide.Network(), next); err == nil || !strings.Contains(err.Error(), "architecture wide") {
		t.Errorf("got %v for a wider network", err)
	}
	cut := old.Network()
	cut.Convs[2].Weight = cut.Convs[2].Weight[:5]
	if err := newTest(t, Config{Architecture: Pooled, Pixels: 64, Batch: 4}).InitFrom(cut, next); err == nil || !strings.Contains(err.Error(), "layer 2") {
		t.Errorf("got %v for a layer with missing weights", err)
	}
}
