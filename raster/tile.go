package raster

import (
	"slices"

	"github.com/loc2vec/loc2vec"
)

const (
	tilesAcross = 1 << loc2vec.Zoom

	// chunkSteps is the number of segments that share one bounding box within a long part. Smaller
	// chunks skip more of what lies outside the window and cost more boxes.
	chunkSteps = 16
	// minChunked is the number of points from which a part has boxes for its chunks.
	minChunked = 2 * chunkSteps

	// Reach is how far in metres a line's edge or a disc's rim may lie from its points: half of the
	// widest stroke. Larger ones are drawn with this reach, because Draw looks no further around the
	// window for tiles. A 60 m runway, the widest that the rules of civil aviation ask for, fits.
	Reach = 30
	// maxReach is Reach in the unit of loc2vec.Part.Size.
	maxReach = 10 * Reach
)

// Tile is a decoded vector tile, ready to be drawn many times. Reading it from many goroutines is
// safe once Append has returned. The zero value is an empty tile.
type Tile struct {
	layers [loc2vec.NumLayers]tileLayer
	points []point16
	chunks []box // of every part with minChunked points or more, one after another
}

// tileLayer holds the parts of one layer; the boxes stand apart because most of them are all that is
// looked at.
type tileLayer struct {
	boxes []box
	parts []part
	width uint16 // the greatest of the parts
}

// part is one disc, line or ring.
type part struct {
	first, count uint32 // in Tile.points
	chunks       uint32 // in Tile.chunks
	width        uint16 // of a line, or a disc's diameter, in decimetres
	kind         loc2vec.Kind
}

// point16 is a loc2vec.TilePoint in half the memory.
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

// Append adds a part; its points are copied. Points outside of the tile are moved to its edge, and
// parts that cannot be drawn (unknown layer or kind, too few points) are left out.
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

// appendChunks adds the boxes of a long part's chunks and returns the box of the whole part. A chunk
// is chunkSteps segments, so its last point is the first of the next one; that of a ring's last chunk
// is the ring's first point.
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
