// Package export turns a trained network into a model bundle.
package export

import (
	"errors"
	"fmt"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/bundle"
	"github.com/loc2vec/loc2vec/internal/onnx"
	"github.com/loc2vec/loc2vec/raster"
	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
	"github.com/loc2vec/loc2vec/trainer/internal/quantise"
)

// goldenVectors is the number of rasters that a bundle carries for its self-test: enough to meet
// every output channel, few enough to stay a small part of the file.
const goldenVectors = 24

// Model is a network on its way into a bundle.
type Model struct {
	Float     *encoder.Network // aligned, float32
	Quantised *quantise.Model
}

// New aligns and quantises a network on rasters, each uint8 [C][H][W], of places as it will see them;
// some hundred are enough. distance is how its vectors are compared.
func New(network *encoder.Network, rasters [][]uint8, distance loc2vec.Metric) (*Model, error) {
	aligned, err := Align(network, rasters, distance)
	if err != nil {
		return nil, err
	}
	quantised, err := quantise.Network(aligned, rasters, quantise.Options{})
	if err != nil {
		return nil, err
	}
	return &Model{Float: aligned, Quantised: quantised}, nil
}

// Origin says where a model comes from.
type Origin struct {
	SchemaHash string
	Raster     raster.Spec
	Distance   loc2vec.Metric
	Provenance bundle.Provenance
	Evaluation map[string]any
}

// Bundle returns the bundle of the model; golden are rasters for its self-test, of which it takes the
// first few.
func (m *Model) Bundle(origin Origin, golden [][]uint8) (*bundle.Bundle, error) {
	if len(golden) == 0 {
		return nil, errors.New("export: no rasters for the self-test")
	}
	b := &bundle.Bundle{
		Manifest: bundle.Manifest{
			SchemaHash:   origin.SchemaHash,
			Raster:       origin.Raster,
			Dimension:    loc2vec.Dimension,
			Distance:     origin.Distance,
			Input:        bundle.TensorSpec{Name: onnx.InputName, Type: "uint8", Shape: []int{-1, loc2vec.NumLayers, origin.Raster.Pixels, origin.Raster.Pixels}},
			Output:       bundle.TensorSpec{Name: onnx.OutputName, Type: "float32", Shape: []int{-1, loc2vec.Dimension}},
			Quantisation: "int8: symmetric weights per output channel, unsigned activations per tensor, exact 32-bit sums",
			Provenance:   origin.Provenance,
			Evaluation:   origin.Evaluation,
		},
		Model: m.Quantised.ONNX(),
	}
	for _, raster := range golden[:min(len(golden), goldenVectors)] {
		embedding := make([]float32, loc2vec.Dimension)
		if err := m.Quantised.Forward(embedding, raster); err != nil {
			return nil, fmt.Errorf("export: golden vectors: %w", err)
		}
		b.Golden = append(b.Golden, bundle.Golden{Raster: raster, Embedding: embedding})
	}
	return b, nil
}
