package tiler

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/osmextract/internal/grid"
	"github.com/loc2vec/loc2vec/osmextract/schema"
)

// pieces is a list of clipped shapes, each inside one tile. There may be hundreds of millions of them, so
// they are bytes:
//
//	number of classes; for each class: layer · 4 + kind, size
//	number of parts; for each part: number of points, deltas of X and Y in tile coordinates
//
// Numbers are varints, those of points in zigzag encoding. The delta of the first point is from the
// corner of the tile, that of another part from the last point of the part before.
type pieces struct {
	list []piece
	data []byte
}

// piece is the data from the end of the piece before it up to end.
type piece struct {
	tile   grid.TileKey
	layers uint16 // a bit for each, and isCovered
	end    int
}

// isCovered is a mark beside the bits of the layers: an area that covers a whole tile reaches into this one.
const isCovered = 1 << 15

var _ [isCovered - 1<<loc2vec.NumLayers]struct{} // it is no layer

// coversTile reports whether a tile lies inside the outline of an area. Holes do not matter: the mapper has seen
// them. A park does not count, since it says nothing about what covers the ground.
func coversTile(classes []schema.Class, outline []grid.Point) bool {
	return classes[0].Kind == loc2vec.KindArea && grid.DoubleArea(outline) == 2*loc2vec.Extent*loc2vec.Extent &&
		slices.ContainsFunc(classes, func(c schema.Class) bool { return c.Layer != loc2vec.Park })
}

func (b *pieces) reset() { b.list, b.data = b.list[:0], b.data[:0] }

// add appends the parts of a shape in the tile at column x and row y.
func (b *pieces) add(classes []schema.Class, x, y int32, parts [][]grid.Point) {
	layers := uint16(0)
	if coversTile(classes, parts[0]) {
		layers = isCovered
	}
	data := binary.AppendUvarint(b.data, uint64(len(classes)))
	for _, c := range classes {
		layers |= 1 << c.Layer
		data = append(data, byte(c.Layer)<<2|byte(c.Kind))
		data = binary.AppendUvarint(data, uint64(c.Size))
	}
	data = binary.AppendUvarint(data, uint64(len(parts)))
	last := grid.Point{X: x * loc2vec.Extent, Y: y * loc2vec.Extent}
	for _, part := range parts {
		data = binary.AppendUvarint(data, uint64(len(part)))
		for _, p := range part {
			data = binary.AppendVarint(data, int64(p.X-last.X))
			data = binary.AppendVarint(data, int64(p.Y-last.Y))
			last = p
		}
	}
	b.data = data
	b.list = append(b.list, piece{grid.KeyOf(x, y), layers, len(data)})
}

// pieceReader reads the pieces of one tile as features. It reuses its buffers and is not safe for
// concurrent use.
type pieceReader struct {
	features []loc2vec.Feature
	parts    [][]loc2vec.TilePoint
	points   []loc2vec.TilePoint
	classes  []schema.Class

	data []byte
}

// read returns the features, which are valid until the next call.
func (r *pieceReader) read(data []byte) ([]loc2vec.Feature, error) {
	r.features, r.parts, r.points, r.data = r.features[:0], r.parts[:0], r.points[:0], data
	for len(r.data) > 0 {
		if err := r.next(); err != nil {
			return nil, fmt.Errorf("reading clipped features: %w", err)
		}
	}
	return r.features, nil
}

func (r *pieceReader) next() error {
	r.classes = r.classes[:0]
	for range r.uvarint() {
		if len(r.data) == 0 {
			return loc2vec.ErrCorrupt
		}
		code := r.data[0]
		r.data = r.data[1:]
		r.classes = append(r.classes, schema.Class{Layer: loc2vec.Layer(code >> 2), Kind: loc2vec.Kind(code & 3), Size: uint16(r.uvarint())})
	}
	var last loc2vec.TilePoint
	first := len(r.parts)
	for range r.uvarint() {
		start := len(r.points)
		for range r.uvarint() {
			if len(r.data) == 0 {
				return loc2vec.ErrCorrupt
			}
			last.X += r.varint()
			last.Y += r.varint()
			r.points = append(r.points, last)
		}
		r.parts = append(r.parts, r.points[start:len(r.points):len(r.points)])
	}
	for _, c := range r.classes {
		r.features = append(r.features, loc2vec.Feature{
			Layer: c.Layer, Kind: c.Kind, Size: c.Size, Parts: r.parts[first:len(r.parts):len(r.parts)],
		})
	}
	return nil
}

func (r *pieceReader) uvarint() uint64 {
	v, n := binary.Uvarint(r.data)
	r.data = r.data[max(n, 0):]
	return v
}

func (r *pieceReader) varint() int32 {
	v, n := binary.Varint(r.data)
	r.data = r.data[max(n, 0):]
	return int32(v)
}
