package sdk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/loc2vec/loc2vec"
)

// Explanation says what a place's vector was computed from, or why there is no vector.
type Explanation struct {
	// Result is what Embed returns. It is zero without a vector.
	Result Result
	// Reason is a sentence that says why there is no vector, or why it means little. It is empty for a
	// place with a vector and a mapped window.
	Reason string
	// Err is the error that Embed returns.
	Err error
	// Layers are the contributions of the layers to the vector, in channel order. They are zero without a
	// vector.
	Layers [loc2vec.NumLayers]Contribution
	// Raster is the encoder's input, uint8 [C][H][W], north up, with H = W = Pixels. It is nil without a
	// vector.
	Raster []uint8
	Pixels int
}

// Contribution is the influence of one layer on a vector, measured by occlusion.
type Contribution struct {
	Layer loc2vec.Layer
	// Coverage is the mean of the layer in the raster, 0 to 1.
	Coverage float64
	// Distance is the distance between the vector and the vector without the layer. It is 0 for an empty
	// layer. Layers interact, so the distances have no meaningful sum.
	Distance float64
}

// Explain computes the embedding of a place, and again without each of its layers. It takes as long as up
// to 13 calls of Embed. For a place without a vector it returns an Explanation with a Reason, and no error.
// Errors wrap that of the context or os.ErrClosed, or are those of reading the region.
func (m *Model) Explain(ctx context.Context, place loc2vec.LatLon) (*Explanation, error) {
	e := &Explanation{Pixels: m.manifest.Raster.Pixels}
	for l := range e.Layers {
		e.Layers[l].Layer = loc2vec.Layer(l)
	}
	if err := checkPlace(place); err != nil {
		e.Reason, e.Err = err.Error(), err
		return e, nil
	}
	w, err := m.workers.get(ctx)
	if err != nil {
		return nil, fmt.Errorf("explaining: %w", err)
	}
	defer m.workers.put(w)
	e.Result, err = m.embed(ctx, *w, place)
	if errors.Is(err, loc2vec.ErrNoCoverage) {
		e.Reason, e.Err = m.whyOutside(place), err
		return e, nil
	}
	if err != nil {
		return nil, fmt.Errorf("explaining: %w", err)
	}
	if e.Result.Unmapped {
		e.Reason = "nothing is mapped around the place: the vector is that of an empty map"
	}
	e.Raster = bytes.Clone((*w).pixels)
	if err := m.measureLayers(ctx, e); err != nil {
		return nil, fmt.Errorf("explaining: %w", err)
	}
	return e, nil
}

// measureLayers fills in the contributions of the layers.
func (m *Model) measureLayers(ctx context.Context, e *Explanation) error {
	without := bytes.Clone(e.Raster)
	plane := e.Pixels * e.Pixels
	for l := range e.Layers {
		layer := e.Raster[l*plane : (l+1)*plane]
		sum := sumBytes(layer)
		if sum == 0 {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		v := m.vector()
		clear(without[l*plane : (l+1)*plane])
		if err := m.encoder.Embed(ctx, v.Values[:], without); err != nil {
			return err
		}
		copy(without[l*plane:], layer)
		d, err := Distance(e.Result.Vector, v)
		if err != nil {
			return err
		}
		e.Layers[l].Coverage, e.Layers[l].Distance = share(sum, plane), d
	}
	return nil
}

// whyOutside describes where the regions are, for a place outside all of them.
func (m *Model) whyOutside(place loc2vec.LatLon) string {
	regions := m.Regions()
	if len(regions) == 0 {
		return "the model has no region"
	}
	nearest, name := math.Inf(1), ""
	for _, r := range regions {
		for _, b := range r.Area {
			if d := metresTo(b, place); d < nearest {
				nearest, name = d, r.Name
			}
		}
	}
	if nearest == 0 {
		return fmt.Sprintf("the place lies within the bounds of %s, in a part that it does not cover", name)
	}
	return fmt.Sprintf("the place lies outside every region; the nearest is %s, %.1f km away", name, nearest/1000)
}

// metresTo returns the approximate distance from a place to a box.
func metresTo(b loc2vec.Bounds, place loc2vec.LatLon) float64 {
	if b.Contains(place) {
		return 0
	}
	lat := min(max(place.Lat, b.Min.Lat), b.Max.Lat)
	nearest := math.Inf(1)
	for _, lon := range []float64{b.Min.Lon, b.Max.Lon, place.Lon} {
		if at := (loc2vec.LatLon{Lat: lat, Lon: lon}); b.Contains(at) {
			nearest = min(nearest, place.DistanceTo(at))
		}
	}
	return nearest
}
