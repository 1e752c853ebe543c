package mobile

import (
	"context"
	"fmt"
	"slices"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/sdk"
)

// Explanation says what a place's vector was computed from, or why there is no vector.
type Explanation struct {
	// Reason is a sentence that says why there is no vector, or why it means little; otherwise empty.
	Reason string
	// Pixels is the edge of the raster.
	Pixels int
	e      *sdk.Explanation
}

// Explain computes the embedding of a place, and again without each of its layers. It takes as long as up to 13
// calls of Embed. A place without a vector is not an error.
func (m *Model) Explain(latDeg, lonDeg float64) (e *Explanation, err error) {
	defer guard(&err)
	if err := m.check(); err != nil {
		return nil, err
	}
	found, err := m.m.Explain(context.Background(), loc2vec.LatLon{Lat: latDeg, Lon: lonDeg})
	if err != nil {
		return nil, err
	}
	return &Explanation{Reason: found.Reason, Pixels: found.Pixels, e: found}, nil
}

func (e *Explanation) check() error {
	if e == nil || e.e == nil {
		return fmt.Errorf("explanation: %w", errNotOpen)
	}
	return nil
}

// Place returns the result of Embed, or its error.
func (e *Explanation) Place() (p *Place, err error) {
	defer guard(&err)
	if err := e.check(); err != nil {
		return nil, err
	}
	if e.e.Err != nil {
		return nil, e.e.Err
	}
	return openPlace(e.e.Result), nil
}

// PNG returns a picture of the raster: its layers in order, four in a row.
func (e *Explanation) PNG() (image []byte, err error) {
	defer guard(&err)
	if err := e.check(); err != nil {
		return nil, err
	}
	return e.e.PNG()
}

// Raster returns the encoder's input: one byte of coverage for each pixel, layer by layer, row by row from the
// north. Without a vector the error is that of Place.
func (e *Explanation) Raster() (pixels []byte, err error) {
	defer guard(&err)
	if err := e.check(); err != nil {
		return nil, err
	}
	if e.e.Err != nil {
		return nil, e.e.Err
	}
	return slices.Clone(e.e.Raster), nil
}

// Contribution is the influence of one layer on a vector.
type Contribution struct {
	Layer    string
	Coverage float64 // mean of the layer in the raster, 0 to 1
	Distance float64 // how far the vector moves without the layer
}

// LayerCount returns the number of layers.
func (e *Explanation) LayerCount() (n int, err error) {
	defer guard(&err)
	if err := e.check(); err != nil {
		return 0, err
	}
	return len(e.e.Layers), nil
}

// LayerAt returns the contribution of the layer at an index.
func (e *Explanation) LayerAt(index int) (c *Contribution, err error) {
	defer guard(&err)
	if err := e.check(); err != nil {
		return nil, err
	}
	found, err := at(e.e.Layers[:], index)
	if err != nil {
		return nil, err
	}
	return &Contribution{Layer: found.Layer.String(), Coverage: found.Coverage, Distance: found.Distance}, nil
}
