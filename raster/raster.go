package raster

import (
	"context"
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

// MaxTiles limits the tiles around a window, which must be in memory together: a window of 20 km at 60 degrees of
// latitude, rotated by 45 degrees, has some 600. The 200 m of the base model have four there, and nine at 80 degrees.
const MaxTiles = 1024

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

// Radius returns how far a raster looks around a place, in metres along a parallel or a meridian at the place's scale:
// Draw asks for no tile beyond it, whatever the heading, unless the pose has a shift.
func (s Spec) Radius() float64 {
	// The corner of the window, one pixel, and half of the widest stroke or of the thinnest, as view.reach has it, along
	// the diagonal. Its two steps of a tile, and the rounding, stay below a metre and a thousandth.
	pixel := s.Metres / float64(s.Pixels)
	half := s.Metres/2 + max(Reach, pixel/2) + pixel
	return math.Ceil(float64(half*(1.001*math.Sqrt2))) + 1
}

// Rasterizer draws rasters of one specification. It keeps its buffers and is not safe for
// concurrent use.
type Rasterizer struct {
	spec    Spec
	acc     accumulator
	view    view
	visible []visibleTile
	ctx     context.Context // of the drawing
	drawn   int             // parts and chunks, since the last look at ctx
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
// invalid, the error wraps loc2vec.ErrCoordinate; if more than MaxTiles tiles are near, loc2vec.ErrNoCoverage.
func (r *Rasterizer) Draw(dst []uint8, pose Pose, tile func(loc2vec.Tile) (*Tile, error)) error {
	return r.DrawContext(context.Background(), dst, pose, tile)
}

// DrawContext is Draw, and returns the error of ctx soon after it has ended: it looks at ctx before each tile and
// every few hundred parts.
func (r *Rasterizer) DrawContext(ctx context.Context, dst []uint8, pose Pose, tile func(loc2vec.Tile) (*Tile, error)) error {
	plane := r.spec.Pixels * r.spec.Pixels
	if len(dst) != loc2vec.NumLayers*plane {
		return fmt.Errorf("drawing raster: destination of %d bytes, want %d", len(dst), loc2vec.NumLayers*plane)
	}
	if err := pose.validate(); err != nil {
		return fmt.Errorf("drawing raster: %w", err)
	}
	r.ctx, r.drawn = ctx, 0
	defer func() { r.ctx = nil }()
	r.view = newView(r.spec, pose)
	if err := r.collect(tile); err != nil {
		return err
	}
	clear(dst)
	for layer := range loc2vec.NumLayers {
		for i := range r.visible {
			if err := r.drawLayer(&r.visible[i], layer); err != nil {
				r.acc.resolve(dst[layer*plane : (layer+1)*plane]) // empties it
				return fmt.Errorf("drawing raster: %w", err)
			}
		}
		r.acc.resolve(dst[layer*plane : (layer+1)*plane])
	}
	return nil
}

// collect fills r.visible with the tiles that can reach into the window.
func (r *Rasterizer) collect(tile func(loc2vec.Tile) (*Tile, error)) error {
	r.visible = r.visible[:0]
	minX, minY, maxX, maxY := r.view.tileRange()
	if (maxX-minX+1)*(maxY-minY+1) > MaxTiles {
		return fmt.Errorf("drawing raster: %w: at this latitude %v m reach into more than %d tiles", loc2vec.ErrNoCoverage, r.spec.Metres, MaxTiles)
	}
	for y := max(minY, 0); y <= min(maxY, tilesAcross-1); y++ {
		for x := minX; x <= maxX; x++ {
			tv := r.view.tile(x, y)
			if !tv.visible() {
				continue
			}
			id := loc2vec.Tile{X: uint32(x & (tilesAcross - 1)), Y: uint32(y)}
			if err := r.ctx.Err(); err != nil {
				return fmt.Errorf("drawing raster: %w", err)
			}
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

// checkedParts is the number of parts, and of chunks of long parts, to draw between two looks at the context.
const checkedParts = 256

// drawLayer adds one layer of one tile to the accumulator.
func (r *Rasterizer) drawLayer(v *visibleTile, layer int) error {
	l := &v.tile.layers[layer]
	if len(l.parts) == 0 {
		return nil
	}
	near := v.view.query(l.width)
	for i, b := range l.boxes {
		if !b.meets(near) {
			continue
		}
		r.drawPart(v, &l.parts[i], near)
		if r.ended() {
			return r.ctx.Err()
		}
	}
	return nil
}

// ended counts a part or chunk, and reports whether the context has ended. It looks at the context once in
// checkedParts calls.
func (r *Rasterizer) ended() bool {
	if r.drawn++; r.drawn < checkedParts {
		return false
	}
	r.drawn = 0
	if r.ctx.Err() == nil {
		return false
	}
	r.drawn = checkedParts // the next call sees it too
	return true
}
