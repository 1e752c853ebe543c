package raster

import (
	"fmt"
	"math"

	"github.com/loc2vec/loc2vec"
)

// Limits of a specification: they keep every fixed-point number of this package within 63 bits.
const (
	minPixels         = 4
	maxPixels         = 500 // and two more columns make 63 blocks, each of which has a bit in a mark
	minMetresPerPixel = 0.1
	maxMetresPerPixel = 50
)

// Pose says where a raster looks: its centre is the place, moved by East and North metres; the
// raster's up direction is Heading degrees clockwise from north. The scale is that of the place.
type Pose struct {
	Place       loc2vec.LatLon
	Heading     float64
	East, North float64
}

// validate returns an error that wraps loc2vec.ErrCoordinate unless the pose names one square on
// Earth.
func (p Pose) validate() error {
	if err := p.Place.Validate(); err != nil {
		return err
	}
	for _, v := range [...]struct {
		name  string
		value float64
	}{{"heading", p.Heading}, {"east", p.East}, {"north", p.North}} {
		if !(math.Abs(v.value) <= loc2vec.EarthCircumference) {
			return fmt.Errorf("%w: %s %v is out of range", loc2vec.ErrCoordinate, v.name, v.value)
		}
	}
	return nil
}

// Spec says what a raster shows. It stands in bundles.
type Spec struct {
	Metres float64 `json:"metres"` // edge of the square on the ground
	Pixels int     `json:"pixels"` // H and W
}

// CheckSpec returns an error unless New accepts the specification.
func CheckSpec(spec Spec) error {
	if spec.Pixels < minPixels || spec.Pixels > maxPixels {
		return fmt.Errorf("raster: %d pixels, want %d to %d", spec.Pixels, minPixels, maxPixels)
	}
	scale := spec.Metres / float64(spec.Pixels)
	if !(scale >= minMetresPerPixel && scale <= maxMetresPerPixel) {
		return fmt.Errorf("raster: %v metres a pixel, want %v to %v", scale, minMetresPerPixel, maxMetresPerPixel)
	}
	return nil
}

// Rasterizer draws rasters of one specification. It keeps its buffers and is not safe for
// concurrent use.
type Rasterizer struct {
	spec   Spec
	ink    accumulator
	view   view
	placed []placed
}

// placed is a tile with its place in the window.
type placed struct {
	tile *Tile
	view tileView
}

// New returns a rasterizer. It panics when the specification is out of range (CheckSpec).
func New(spec Spec) *Rasterizer {
	if err := CheckSpec(spec); err != nil {
		panic(err)
	}
	return &Rasterizer{spec: spec, ink: newAccumulator(spec.Pixels)}
}

// Draw fills dst, uint8 [C][H][W], with the coverage (0..255) of every layer around the pose. tile
// returns the decoded tile, or nil where nothing is mapped; it is called for each tile that the
// window and the widest stroke beside it (Reach) can touch, and its error ends the drawing. Draw
// allocates nothing. It returns an error that wraps loc2vec.ErrCoordinate when the pose is none.
func (r *Rasterizer) Draw(dst []uint8, pose Pose, tile func(loc2vec.Tile) (*Tile, error)) error {
	plane := r.spec.Pixels * r.spec.Pixels
	if len(dst) != loc2vec.NumLayers*plane {
		return fmt.Errorf("raster: destination holds %d bytes, want %d", len(dst), loc2vec.NumLayers*plane)
	}
	if err := pose.validate(); err != nil {
		return fmt.Errorf("raster: %w", err)
	}
	r.view = newView(r.spec, pose)
	if err := r.place(tile); err != nil {
		return err
	}
	clear(dst)
	for layer := range loc2vec.NumLayers {
		for i := range r.placed {
			r.drawLayer(&r.placed[i], layer)
		}
		r.ink.resolve(dst[layer*plane : (layer+1)*plane])
	}
	return nil
}

// place collects the tiles that the view can see.
func (r *Rasterizer) place(tile func(loc2vec.Tile) (*Tile, error)) error {
	r.placed = r.placed[:0]
	minX, minY, maxX, maxY := r.view.tileRange()
	for y := max(minY, 0); y <= min(maxY, tilesAcross-1); y++ {
		for x := minX; x <= maxX; x++ {
			tv := r.view.tile(x, y)
			if !tv.visible() {
				continue
			}
			id := loc2vec.Tile{X: uint32(x & (tilesAcross - 1)), Y: uint32(y)}
			t, err := tile(id)
			if err != nil {
				return fmt.Errorf("raster: tile %v: %w", id, err)
			}
			if t != nil {
				r.placed = append(r.placed, placed{tile: t, view: tv})
			}
		}
	}
	return nil
}

// drawLayer adds one layer of one tile to the accumulator.
func (r *Rasterizer) drawLayer(p *placed, layer int) {
	l := &p.tile.layers[layer]
	if len(l.parts) == 0 {
		return
	}
	near := p.view.query(l.width)
	for i, b := range l.boxes {
		if b.meets(near) {
			r.drawPart(p, &l.parts[i], near)
		}
	}
}
