package export_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/bundle"
	"github.com/loc2vec/loc2vec/osmextract/schema"
	"github.com/loc2vec/loc2vec/raster"
	"github.com/loc2vec/loc2vec/sdk"
	"github.com/loc2vec/loc2vec/trainer/internal/export"
	"github.com/loc2vec/loc2vec/trainer/internal/net"
)

// From a network, here one with fresh weights, to a bundle that an app opens.
func Example() {
	trainer, err := net.New(net.Config{Architecture: net.Pooled, Pixels: pixels, Batch: 8, Seed: 3}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	seen := rasters(40, 2) // of the places that it is trained on
	model, err := export.New(trainer.Network(), seen, loc2vec.Euclidean)
	if err != nil {
		fmt.Println(err)
		return
	}
	b, err := model.Bundle(export.Origin{
		SchemaHash: schema.Hash(), Raster: raster.Spec{Metres: 200, Pixels: pixels}, Distance: loc2vec.Euclidean,
		Provenance: bundle.Provenance{Command: "example", Net: net.Pooled},
	}, seen)
	if err != nil {
		fmt.Println(err)
		return
	}
	var file bytes.Buffer
	if err := bundle.Write(&file, b); err != nil {
		fmt.Println(err)
		return
	}

	encoder, err := sdk.OpenEncoder(b.Model, pixels, sdk.Options{Engine: sdk.Go})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer encoder.Close()
	vector := make([]float32, loc2vec.Dimension)
	golden := b.Golden[0]
	err = encoder.Embed(context.Background(), vector, golden.Raster)
	fmt.Println(len(b.Golden), "golden vectors; the first one is reproduced:", slices.Equal(vector, golden.Embedding), err)

	// Output:
	// 24 golden vectors; the first one is reproduced: true <nil>
}
