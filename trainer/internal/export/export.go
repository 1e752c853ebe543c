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

// goldenVectors is the number of golden vectors in a bundle: enough to exercise every output channel, few enough to stay
// a small part of the file. Large networks have fewer, within the limits of bundles.
const goldenVectors = 24

// Model is a trained network prepared for a bundle.
type Model struct {
	Float     *encoder.Network // float32, aligned
	Quantised *quantise.Model
}

// New aligns and quantises a network. rasters, each uint8 [C][H][W], show representative places; a few hundred suffice.
// distance is the metric by which vectors are compared.
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

// Origin describes the origin of a model: the part of a manifest that does not follow from the network.
type Origin struct {
	SchemaHash string
	Raster     raster.Spec
	Distance   loc2vec.Metric
	Provenance bundle.Provenance
	Evaluation map[string]any
}

// Bundle returns the bundle of the model. The rasters in golden become its golden vectors; Bundle uses the first
// goldenVectors of them and keeps references to them.
func (m *Model) Bundle(origin Origin, golden [][]uint8) (*bundle.Bundle, error) {
	if len(golden) == 0 {
		return nil, errors.New("no rasters for golden vectors")
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
	most := min(goldenVectors, bundle.MaxGolden(&b.Manifest), int(onnx.MaxSelfTest/m.Quantised.Net.Work()))
	for _, raster := range golden[:min(len(golden), most)] {
		embedding := make([]float32, loc2vec.Dimension)
		if err := m.Quantised.Forward(embedding, raster); err != nil {
			return nil, fmt.Errorf("computing golden vectors: %w", err)
		}
		b.Golden = append(b.Golden, bundle.Golden{Raster: raster, Embedding: embedding})
	}
	return b, nil
}
