package sdk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"

	"github.com/loc2vec/loc2vec"
)

// Explanation is why a place has the vector that it has, or has none.
type Explanation struct {
	// Result is Embed's. Without a vector it is zero.
	Result Result
	// Reason says in a sentence why there is no vector, or why it says little. It is empty for a place
	// with a vector and something mapped around it.
	Reason string
	// Err is the error that Embed gives; nil for a place with a vector.
	Err error
	// Layers are the parts of the layers in the vector, in channel order; all zero without a vector.
	Layers [loc2vec.NumLayers]Contribution
	// Raster is what the encoder saw, uint8 [C][H][W], north up, with H = W = Pixels. It is nil without
	// a vector.
	Raster []uint8
	Pixels int
}

// Contribution is the part of one layer in a vector.
type Contribution struct {
	Layer loc2vec.Layer
	// Coverage is the mean of the layer in the raster, 0 to 1.
	Coverage float64
	// Distance is how far the vector moves when the layer is left out. It is 0 for an empty layer.
	// Layers work together: these distances do not add up to anything.
	Distance float64
}

// Explain computes the embedding of a place, and again without each of its layers: it takes as long as
// up to 13 calls of Embed. A place without a vector is no error but has its Reason. Errors are the
// context's, os.ErrClosed, and those of reading the region.
func (m *Model) Explain(ctx context.Context, place loc2vec.LatLon) (*Explanation, error) {
	e := &Explanation{Pixels: m.manifest.Raster.Pixels}
	for l := range e.Layers {
		e.Layers[l].Layer = loc2vec.Layer(l)
	}
	if err := checkPlace(place); err != nil {
		e.Reason, e.Err = "this is no place on Earth: "+err.Error(), err
		return e, nil
	}
	w, err := m.workers.get(ctx)
	if err != nil {
		return nil, fmt.Errorf("explain: %w", err)
	}
	defer m.workers.put(w)
	e.Result, err = m.embed(*w, place)
	if errors.Is(err, loc2vec.ErrNoCoverage) {
		e.Reason, e.Err = m.whyOutside(place), err
		return e, nil
	}
	if err != nil {
		return nil, fmt.Errorf("explain: %w", err)
	}
	if e.Result.Unmapped {
		e.Reason = "nothing is mapped around the place: the vector is that of an empty map"
	}
	e.Raster = bytes.Clone((*w).pixels)
	if err := m.leaveOut(ctx, e); err != nil {
		return nil, fmt.Errorf("explain: %w", err)
	}
	return e, nil
}

// leaveOut fills in the contributions of the layers.
func (m *Model) leaveOut(ctx context.Context, e *Explanation) error {
	without := bytes.Clone(e.Raster)
	plane := e.Pixels * e.Pixels
	for l := range e.Layers {
		layer := e.Raster[l*plane : (l+1)*plane]
		var sum int
		for _, v := range layer {
			sum += int(v)
		}
		if sum == 0 {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		v := m.vector()
		clear(without[l*plane : (l+1)*plane])
		if err := m.encoder.Embed(v.Values[:], without); err != nil {
			return err
		}
		copy(without[l*plane:], layer)
		d, err := Distance(e.Result.Vector, v)
		if err != nil {
			return err
		}
		e.Layers[l].Coverage, e.Layers[l].Distance = float64(sum)/float64(255*plane), d
	}
	return nil
}

// whyOutside says where the regions are, seen from a place in none of them.
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
		return fmt.Sprintf("the place lies within the bounds of %s, but in a part that it does not cover", name)
	}
	return fmt.Sprintf("the place lies outside of every region; the nearest is %s, %.1f km away", name, nearest/1000)
}

// metresTo returns the distance from a place to a box, near enough to be told.
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

// The picture of a raster shows the layers in rows of four, in their own colours on white.
const (
	sheetColumns = 4
	sheetGap     = 4
)

// PNG returns a picture of the raster: the twelve layers in channel order, four in a row. Without a
// raster the error is Err.
func (e *Explanation) PNG() ([]byte, error) {
	if e.Raster == nil {
		if e.Err != nil {
			return nil, fmt.Errorf("picture of a raster: %w", e.Err)
		}
		return nil, errors.New("picture of a raster: there is none")
	}
	rows := (loc2vec.NumLayers + sheetColumns - 1) / sheetColumns
	step := e.Pixels + sheetGap
	img := image.NewNRGBA(image.Rect(0, 0, sheetColumns*step-sheetGap, rows*step-sheetGap))
	for i := range img.Pix {
		img.Pix[i] = 0x60 // what shows between the layers
		if i%4 == 3 {
			img.Pix[i] = 0xff
		}
	}
	for l := range loc2vec.NumLayers {
		left, top := l%sheetColumns*step, l/sheetColumns*step
		for y := range e.Pixels {
			for x := range e.Pixels {
				img.SetNRGBA(left+x, top+y, tint(loc2vec.Layer(l), e.Raster[(l*e.Pixels+y)*e.Pixels+x]))
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return nil, fmt.Errorf("picture of a raster: %w", err)
	}
	return b.Bytes(), nil
}

// tint returns a layer's colour, as far as the coverage goes, on white.
func tint(l loc2vec.Layer, coverage uint8) color.NRGBA {
	full := [loc2vec.NumLayers][3]int{
		{40, 110, 190}, {60, 130, 60}, {120, 180, 60}, {170, 140, 120}, {150, 100, 160}, {110, 80, 70},
		{200, 80, 40}, {120, 120, 120}, {190, 130, 50}, {80, 80, 140}, {170, 50, 90}, {200, 60, 140},
	}[l]
	mix := func(c int) uint8 { return uint8(255 - (255-c)*int(coverage)/255) }
	return color.NRGBA{mix(full[0]), mix(full[1]), mix(full[2]), 255}
}
