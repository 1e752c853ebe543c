package export_test

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/bundle"
	"github.com/loc2vec/loc2vec/osmextract/schema"
	"github.com/loc2vec/loc2vec/raster"
	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
	"github.com/loc2vec/loc2vec/trainer/internal/export"
	"github.com/loc2vec/loc2vec/trainer/internal/net"
)

const pixels = 32

// untrained returns a pooled network with fresh weights.
func untrained(t *testing.T) *encoder.Network {
	t.Helper()
	trainer, err := net.New(net.Config{Architecture: net.Pooled, Pixels: pixels, Batch: 8, Seed: 3}, func(grad, embeddings []float32) (float64, error) {
		return 0, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	batch := bytes.Join(rasters(8, 5), nil)
	if err := trainer.Recalibrate(1, func() ([]uint8, error) { return batch, nil }); err != nil {
		t.Fatal(err)
	}
	return trainer.Network()
}

// rasters returns n rasters of large random patches.
func rasters(n int, seed uint64) [][]uint8 {
	rng := rand.New(rand.NewPCG(seed, 0))
	out := make([][]uint8, n)
	for i := range out {
		out[i] = make([]uint8, loc2vec.NumLayers*pixels*pixels)
		for layer := range loc2vec.NumLayers {
			x0, y0, side := rng.IntN(pixels), rng.IntN(pixels), rng.IntN(pixels)
			for y := y0; y < min(y0+side, pixels); y++ {
				for x := x0; x < min(x0+side, pixels); x++ {
					out[i][layer*pixels*pixels+y*pixels+x] = 255
				}
			}
		}
	}
	return out
}

func embed(t *testing.T, forward func(dst []float32, rasters []uint8) error, rasters [][]uint8) [][]float32 {
	t.Helper()
	out := make([][]float32, len(rasters))
	for i, r := range rasters {
		out[i] = make([]float32, loc2vec.Dimension)
		if err := forward(out[i], r); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func distance(a, b []float32) float64 {
	var sum float64
	for k := range a {
		d := float64(a[k]) - float64(b[k])
		sum += d * d
	}
	return math.Sqrt(sum)
}

func TestAlignKeepsDistancesAndOrdersTheAxes(t *testing.T) {
	network, seen := untrained(t), rasters(60, 9)
	aligned, err := export.Align(network, seen, loc2vec.Euclidean)
	if err != nil {
		t.Fatal(err)
	}
	before, after := embed(t, network.Forward, seen), embed(t, aligned.Forward, seen)
	for i := range seen {
		for j := range i {
			want, got := distance(before[i], before[j]), distance(after[i], after[j])
			if math.Abs(got-want) > 1e-4*(1+want) {
				t.Fatalf("distance of %d and %d: %v, was %v", i, j, got, want)
			}
		}
	}
	var spread [loc2vec.Dimension]float64
	for k := range spread {
		var mean float64
		for _, e := range after {
			mean += float64(e[k]) / float64(len(after))
			spread[k] += float64(e[k]) * float64(e[k])
		}
		if math.Abs(mean) > 1e-4 {
			t.Errorf("the mean of axis %d is %v", k, mean)
		}
		if k > 0 && spread[k] > spread[k-1]*1.001 {
			t.Errorf("axis %d has more variance than axis %d", k, k-1)
		}
	}
}

func TestAlignOfACosineSpaceKeepsTheOrigin(t *testing.T) {
	network, seen := untrained(t), rasters(60, 9)
	aligned, err := export.Align(network, seen, loc2vec.Cosine)
	if err != nil {
		t.Fatal(err)
	}
	zero := make([]float32, loc2vec.Dimension)
	before, after := embed(t, network.Forward, seen), embed(t, aligned.Forward, seen)
	for i := range seen {
		if want, got := distance(before[i], zero), distance(after[i], zero); math.Abs(got-want) > 1e-4*(1+want) {
			t.Fatalf("length of %d: %v, was %v", i, got, want)
		}
	}
}

func TestAlignWantsEnoughRasters(t *testing.T) {
	if _, err := export.Align(untrained(t), rasters(loc2vec.Dimension, 1), loc2vec.Euclidean); err == nil {
		t.Error("no error for as many rasters as dimensions")
	}
}

func TestBundleReadsBack(t *testing.T) {
	seen := rasters(40, 2)
	model, err := export.New(untrained(t), seen, loc2vec.Euclidean)
	if err != nil {
		t.Fatal(err)
	}
	made, err := model.Bundle(export.Origin{
		SchemaHash: schema.Hash(), Raster: raster.Spec{Metres: 200, Pixels: pixels}, Distance: loc2vec.Euclidean,
		Provenance: bundle.Provenance{Command: "test", Net: net.Pooled},
	}, seen)
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := bundle.Write(&file, made); err != nil {
		t.Fatal(err)
	}
	back, err := bundle.Open(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(back.Model, model.Quantised.ONNX()) || len(back.Golden) == 0 {
		t.Fatalf("the bundle holds %d bytes of model and %d golden vectors", len(back.Model), len(back.Golden))
	}
	// The golden vectors are those of the quantised model, not of the float model.
	for i, g := range back.Golden {
		want := embed(t, model.Quantised.Forward, [][]uint8{g.Raster})[0]
		if distance(g.Embedding, want) != 0 {
			t.Errorf("golden vector %d differs from the model's", i)
		}
	}
}
