package raster

import (
	"slices"

	"github.com/loc2vec/loc2vec"
)

const (
	tilesAcross = 1 << loc2vec.Zoom

	// chunkSteps is the number of segments that share one bounding box within a long part. Smaller
	// chunks skip more segments outside the window, but need more boxes.
	chunkSteps = 16
	// minChunked is the minimum number of points of a part with boxes for its chunks.
	minChunked = 2 * chunkSteps

	// Reach in metres is the maximum distance of a line's edge or a disc's rim from its points: half of
	// the widest stroke. Wider ones are drawn with this reach, because Draw looks no further around the
	// window for tiles. It suffices for a 60 m runway, the widest that ICAO Annex 14 recommends.
	Reach = 30
	// maxReach is Reach in the unit of loc2vec.Part.Size.
	maxReach = 10 * Reach
)

// Tile is a decoded vector tile, ready to be drawn many times. Append fills it, for example with the parts that
// pack.TileReader emits. After the last Append it is safe for concurrent use. The zero value is an empty tile.
type Tile struct {
	layers [loc2vec.NumLayers]tileLayer
	points []point16
	chunks []box // of every part with minChunked points or more, one after another
}

// tileLayer holds the parts of one layer. The boxes are a slice of their own, because most parts are rejected
// by their boxes.
type tileLayer struct {
	boxes []box
	parts []part
	width uint16 // the maximum of the parts
}

// part is one disc, line or ring.
type part struct {
	first, count uint32 // in Tile.points
	chunks       uint32 // in Tile.chunks
	width        uint16 // of a line, or a disc's diameter, in decimetres
	kind         loc2vec.Kind
}

// point16 is a loc2vec.TilePoint of half the size.
type point16 struct {
	x, y int16
}

// Reset empties the tile and keeps its memory.
func (t *Tile) Reset() {
	for i := range t.layers {
		l := &t.layers[i]
		l.boxes, l.parts, l.width = l.boxes[:0], l.parts[:0], 0
	}
	t.points, t.chunks = t.points[:0], t.chunks[:0]
}

// Append adds a part and copies its points. It moves points outside the tile to its edge, and ignores parts
// that cannot be drawn: of unknown layer or kind, or with too few points.
func (t *Tile) Append(p *loc2vec.Part) {
	n := len(p.Points)
	if p.Layer >= loc2vec.NumLayers || p.Kind < loc2vec.KindDisc || p.Kind > loc2vec.KindArea || n < int(p.Kind) {
		return
	}
	first := len(t.points)
	t.points = slices.Grow(t.points, n)[:first+n]
	points := t.points[first:]
	for i, q := range p.Points {
		points[i] = point16{
			x: int16(min(max(q.X, 0), loc2vec.Extent)),
			y: int16(min(max(q.Y, 0), loc2vec.Extent)),
		}
	}

	l := &t.layers[p.Layer]
	width := min(2*uint32(p.Size), 2*maxReach)
	switch p.Kind {
	case loc2vec.KindLine:
		width = min(uint32(p.Size), 2*maxReach)
	case loc2vec.KindArea:
		width = 0
	}
	l.width = max(l.width, uint16(width))
	l.parts = append(l.parts, part{
		first: uint32(first), count: uint32(n), chunks: uint32(len(t.chunks)), width: uint16(width), kind: p.Kind,
	})
	l.boxes = append(l.boxes, t.appendChunks(points, p.Kind))
}

// appendChunks adds the boxes of a long part's chunks and returns the box of the whole part. A chunk has
// chunkSteps segments. Its last point is the first point of the next chunk or, in a ring's last chunk, of the
// ring.
func (t *Tile) appendChunks(points []point16, kind loc2vec.Kind) box {
	if len(points) < minChunked || kind == loc2vec.KindDisc {
		return boxOf(points)
	}
	whole := boxOf(points[:1])
	for i := 0; i < len(points); i += chunkSteps {
		b := boxOf(points[i:min(i+chunkSteps+1, len(points))])
		if kind == loc2vec.KindArea && i+chunkSteps >= len(points) {
			b = b.grow(points[0])
		}
		t.chunks = append(t.chunks, b)
		whole = whole.join(b)
	}
	return whole
}
