package quantise

import (
	"bytes"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/kernel"
	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
)

var update = flag.Bool("update", false, "write the models that the tests of the engines read")

// smallArchitectures returns networks like those of architectures, with few channels, for small rasters.
func smallArchitectures(rng *rand.Rand) []*encoder.Network {
	const pixels = 32
	layer := func(kind encoder.Kind, in, out int, same, pool bool) encoder.Layer {
		return randomLayer(rng, encoder.Layer{Kind: kind, In: in, Out: out, Same: same, Pool: pool, Slope: 0.1})
	}
	convs := func(same bool) []encoder.Layer {
		return []encoder.Layer{
			layer(encoder.Conv3, loc2vec.NumLayers, 16, same, same),
			layer(encoder.Conv3, 16, 20, same, true), // 20 is not a multiple of any kernel's block
			layer(encoder.Conv1, 20, 8, false, false),
		}
	}
	dense := func(in int) []encoder.Layer {
		last := layer(encoder.Dense, 24, loc2vec.Dimension, false, false)
		last.Slope = 1
		return []encoder.Layer{layer(encoder.Dense, in, 24, false, false), last}
	}
	masks := [][]uint8{make([]uint8, pixels*pixels), make([]uint8, pixels*pixels)}
	for i := range pixels * pixels {
		masks[i/(pixels*pixels/2)][i] = 1
	}
	return withRotations([]*encoder.Network{
		{Architecture: "lite", Pixels: pixels, Rotations: 1, Convs: convs(true), Dense: dense(8 * 8 * 8)},
		{Architecture: "classic", Pixels: pixels, Rotations: 1, Convs: convs(false), Dense: dense(8 * 14 * 14)},
		{
			Architecture: "pooled", Pixels: pixels, Rotations: 1, Convs: convs(true),
			Head:  encoder.Head{Pooled: true, Masks: masks, FeatureScale: slices.Repeat([]float32{1.5}, len(masks)*loc2vec.NumLayers)},
			Dense: dense(8 + len(masks)*loc2vec.NumLayers),
		},
	})
}

// withRotations appends the last network once more, averaged over rotations.
func withRotations(all []*encoder.Network) []*encoder.Network {
	averaged := *all[len(all)-1]
	averaged.Architecture, averaged.Rotations = "rotations", kernel.Rotations
	return append(all, &averaged)
}

// TestModelsAreTheSame: equal networks and calibration give equal bytes, which are kept in testdata of package onnx.
func TestModelsAreTheSame(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("the ranges are found in float64, whose last bits may differ here")
	}
	rng := rand.New(rand.NewPCG(19, 20))
	for _, net := range smallArchitectures(rng) {
		model := quantise(t, rng, net, Options{}).ONNX()
		path := filepath.Join("..", "..", "..", "internal", "onnx", "testdata", net.Architecture+".onnx")
		if *update {
			if err := os.WriteFile(path, model, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(model, want) {
			t.Errorf("%s: the model differs from the stored one (-update stores this one)", net.Architecture)
		}
	}
}
