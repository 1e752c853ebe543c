// Package raster draws the features around a pose as C x H x W coverage bytes.
package raster

import (
	"errors"

	"github.com/loc2vec/loc2vec"
)

// Pose says where a raster looks: its centre is the place, moved by East and North metres; the
// raster's up direction is Heading degrees clockwise from north.
type Pose struct {
	Place       loc2vec.LatLon
	Heading     float64
	East, North float64
}

// Tile is a decoded vector tile, ready to be drawn many times. Reading it from many goroutines is
// safe once Decode has returned.
type Tile struct{}

// Decode replaces the tile's contents by those of an uncompressed vector tile; it reuses memory.
func (t *Tile) Decode(d *loc2vec.TileDecoder, mvt []byte) error { return errors.New("not implemented") }

// Rasterizer draws rasters of one specification. It keeps its buffers and is not safe for
// concurrent use.
type Rasterizer struct{}

// New returns a rasterizer. It panics when the specification is out of range.
func New(spec loc2vec.RasterSpec) *Rasterizer { return nil }

// Draw fills dst, C*H*W bytes, with the coverage (0..255) of every layer around the pose. tile
// returns the decoded tile, or nil where nothing is mapped; it is called for each tile that the
// window and the widest stroke beside it can touch. Draw allocates nothing.
func (r *Rasterizer) Draw(dst []uint8, pose Pose, tile func(loc2vec.Tile) (*Tile, error)) error {
	return errors.New("not implemented")
}
