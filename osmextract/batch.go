package osmextract

import (
	"encoding/binary"
	"fmt"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/osmextract/schema"
)

// batch holds pieces of shapes, each inside one tile, in the order in which they were cut. Pieces
// are kept as bytes, since there may be hundreds of millions of them:
//
//	number of classes, for each of them: layer · 4 + kind, size
//	number of parts, for each of them: number of points, deltas of X and Y in tile coordinates
//
// Numbers are varints, those of points zigzag; the first point's delta is from the tile's corner,
// that of another part's first point from the last point before it.
type batch struct {
	pieces []piece
	data   []byte
}

// piece says which tile the data up to end belongs to; it begins where the piece before it ends.
type piece struct {
	tile   tileKey
	layers uint16 // a bit for each
	end    int
}

// tileKey is a tile's row and column in one number.
type tileKey uint32

func keyOf(x, y int32) tileKey { return tileKey(y)<<loc2vec.Zoom | tileKey(x) }

func (k tileKey) column() int32 { return int32(k & (tilesAcross - 1)) }

func (k tileKey) row() int32 { return int32(k >> loc2vec.Zoom) }

func (k tileKey) tile() loc2vec.Tile {
	return loc2vec.Tile{X: uint32(k.column()), Y: uint32(k.row())}
}

func keyOfTile(t loc2vec.Tile) tileKey { return keyOf(int32(t.X), int32(t.Y)) }

func (b *batch) reset() { b.pieces, b.data = b.pieces[:0], b.data[:0] }

// add appends one shape's parts in the tile at column x and row y.
func (b *batch) add(classes []schema.Class, x, y int32, parts [][]gridPoint) {
	layers := uint16(0)
	data := binary.AppendUvarint(b.data, uint64(len(classes)))
	for _, c := range classes {
		layers |= 1 << c.Layer
		data = append(data, byte(c.Layer)<<2|byte(c.Kind))
		data = binary.AppendUvarint(data, uint64(c.Size))
	}
	data = binary.AppendUvarint(data, uint64(len(parts)))
	last := gridPoint{x * loc2vec.Extent, y * loc2vec.Extent}
	for _, part := range parts {
		data = binary.AppendUvarint(data, uint64(len(part)))
		for _, p := range part {
			data = binary.AppendVarint(data, int64(p.x-last.x))
			data = binary.AppendVarint(data, int64(p.y-last.y))
			last = p
		}
	}
	b.data = data
	b.pieces = append(b.pieces, piece{keyOf(x, y), layers, len(data)})
}

// pieceReader turns the bytes of one tile's pieces into features. It keeps its buffers between
// tiles and is not safe for concurrent use.
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
		if err := r.piece(); err != nil {
			return nil, fmt.Errorf("reading back pieces: %w", err)
		}
	}
	return r.features, nil
}

func (r *pieceReader) piece() error {
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
