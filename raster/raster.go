package raster

import (
	"fmt"
	"math"

	"github.com/loc2vec/loc2vec"
)

// Limits of a specification: they keep every fixed-point number of this package within 63 bits.
const (
	minPixels         = 4
	maxPixels         = 500 // with two more columns 63 blocks, one bit each in a mark
	minMetresPerPixel = 0.1
	maxMetresPerPixel = 50
)

// Pose is the position and heading of a raster. Its centre is Place moved by East and North metres, and its
// top points Heading degrees clockwise from north. The scale is that of Place.
type Pose struct {
	Place       loc2vec.LatLon
	Heading     float64
	East, North float64
}

// validate returns an error that wraps loc2vec.ErrCoordinate unless the pose defines a square on Earth.
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

// Spec is the size and resolution of a raster. Bundles contain the one of their model.
type Spec struct {
	Metres float64 `json:"metres"` // edge of the square window, on the ground
	Pixels int     `json:"pixels"` // H and W
}

// CheckSpec returns an error unless New accepts the specification.
func CheckSpec(spec Spec) error {
	if spec.Pixels < minPixels || spec.Pixels > maxPixels {
		return fmt.Errorf("raster of %d pixels, want %d to %d", spec.Pixels, minPixels, maxPixels)
	}
	scale := spec.Metres / float64(spec.Pixels)
	if !(scale >= minMetresPerPixel && scale <= maxMetresPerPixel) {
		return fmt.Errorf("raster of %v metres per pixel, want %v to %v", scale, minMetresPerPixel, maxMetresPerPixel)
	}
	return nil
}

// Rasterizer draws rasters of one specification. It keeps its buffers and is not safe for
// concurrent use.
type Rasterizer struct {
	spec    Spec
	acc     accumulator
	view    view
	visible []visibleTile
}

// visibleTile is a tile with its position in the window.
type visibleTile struct {
	tile *Tile
	view tileView
}

// New returns a rasterizer. It panics if the specification is out of range (CheckSpec).
func New(spec Spec) *Rasterizer {
	if err := CheckSpec(spec); err != nil {
		panic(err)
	}
	return &Rasterizer{spec: spec, acc: newAccumulator(spec.Pixels)}
}

// Draw fills dst, uint8 [C][H][W], with the coverage (0..255) of every layer around the pose. It calls tile
// for each tile that the window, extended by the widest stroke (Reach), can touch. tile returns the decoded
// tile, or nil if nothing is mapped there; its error ends the drawing. Draw allocates nothing. If the pose is
// invalid, the error wraps loc2vec.ErrCoordinate.
func (r *Rasterizer) Draw(dst []uint8, pose Pose, tile func(loc2vec.Tile) (*Tile, error)) error {
	plane := r.spec.Pixels * r.spec.Pixels
	if len(dst) != loc2vec.NumLayers*plane {
		return fmt.Errorf("drawing raster: destination of %d bytes, want %d", len(dst), loc2vec.NumLayers*plane)
	}
	if err := pose.validate(); err != nil {
		return fmt.Errorf("drawing raster: %w", err)
	}
	r.view = newView(r.spec, pose)
	if err := r.collect(tile); err != nil {
		return err
	}
	clear(dst)
	for layer := range loc2vec.NumLayers {
		for i := range r.visible {
			r.drawLayer(&r.visible[i], layer)
		}
		r.acc.resolve(dst[layer*plane : (layer+1)*plane])
	}
	return nil
}

// collect fills r.visible with the tiles that can reach into the window.
func (r *Rasterizer) collect(tile func(loc2vec.Tile) (*Tile, error)) error {
	r.visible = r.visible[:0]
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
				return fmt.Errorf("drawing raster, tile %v: %w", id, err)
			}
			if t != nil {
				r.visible = append(r.visible, visibleTile{tile: t, view: tv})
			}
		}
	}
	return nil
}

// drawLayer adds one layer of one tile to the accumulator.
func (r *Rasterizer) drawLayer(v *visibleTile, layer int) {
	l := &v.tile.layers[layer]
	if len(l.parts) == 0 {
		return
	}
	near := v.view.query(l.width)
	for i, b := range l.boxes {
		if b.meets(near) {
			r.drawPart(v, &l.parts[i], near)
		}
	}
}
