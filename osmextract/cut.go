package osmextract

import (
	"slices"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/osmextract/schema"
)

// cutter cuts shapes into the tiles of an area and adds the pieces to a batch. It keeps its buffers
// between shapes and is not safe for concurrent use.
//
// A shape that spans many tiles is halved at a tile edge again and again, each half going on with
// its own points only, so that the work per point grows with the logarithm of the number of tiles.
type cutter struct {
	area *coveredArea
	out  *batch
	// outside counts shapes no part of which lies in the area.
	outside int

	points []gridPoint // of the halves at work, a stack
	parts  [][]gridPoint
}

// tileEdge is a line between two columns or rows of tiles.
type tileEdge struct {
	horizontal bool
	at         int32 // its y when it is horizontal, its x otherwise
}

// distance returns how far east or south of the edge a point lies.
func (e tileEdge) distance(p gridPoint) int32 {
	if e.horizontal {
		return p.y - e.at
	}
	return p.x - e.at
}

// cross returns where the segment from a to b crosses the edge. It does not depend on the segment's
// direction: shapes that share the segment share the point.
func (e tileEdge) cross(a, b gridPoint) gridPoint {
	if e.distance(a) > e.distance(b) {
		a, b = b, a
	}
	num, den := int64(-e.distance(a)), int64(e.distance(b)-e.distance(a))
	if e.horizontal {
		return gridPoint{x: interpolate(a.x, b.x, num, den), y: e.at}
	}
	return gridPoint{x: e.at, y: interpolate(a.y, b.y, num, den)}
}

// interpolate returns a + (b-a)·num/den, rounded half up. The products stay within 2^56.
func interpolate(a, b int32, num, den int64) int32 {
	v := 2*int64(b-a)*num + den
	q := v / (2 * den)
	if v%(2*den) < 0 {
		q--
	}
	return a + int32(q)
}

// disc adds a point to the tile that it lies in.
func (c *cutter) disc(classes []schema.Class, p gridPoint) {
	x, y := tileIndex(p.x), tileIndex(p.y)
	if !c.area.contains(x, y) {
		c.outside++
		return
	}
	c.points = append(c.points[:0], p)
	c.parts = append(c.parts[:0], c.points)
	c.out.add(classes, x, y, c.parts)
}

// line adds a line of two points or more.
func (c *cutter) line(classes []schema.Class, line []gridPoint) {
	c.shape(classes, line)
}

// polygon adds an outer ring, which comes first, with its inner rings. The rings' first points are
// not repeated; their direction does not matter and may be changed.
func (c *cutter) polygon(classes []schema.Class, rings [][]gridPoint) {
	c.shape(classes, rings...)
}

func (c *cutter) shape(classes []schema.Class, parts ...[]gridPoint) {
	pieces := len(c.out.pieces)
	c.points, c.parts = c.points[:0], append(c.parts[:0], parts...)
	c.halve(classes, 0)
	if len(c.out.pieces) == pieces {
		c.outside++
	}
}

// halve works on the parts from the given one on, which all belong to one shape: it adds them to
// their tile when that is a single one and cuts them in two otherwise.
func (c *cutter) halve(classes []schema.Class, first int) {
	parts := c.parts[first:]
	if len(parts) == 0 {
		return
	}
	r := tilesUnder(parts)
	if !c.area.touches(r) {
		return
	}
	area := classes[0].Kind == loc2vec.KindArea
	if r.x0 == r.x1 && r.y0 == r.y1 {
		if area {
			orient(parts)
		}
		c.out.add(classes, r.x0, r.y0, parts)
		return
	}
	edge := tileEdge{at: (r.x0 + r.x1 + 1) / 2 * loc2vec.Extent}
	if r.y1-r.y0 > r.x1-r.x0 {
		edge = tileEdge{at: (r.y0 + r.y1 + 1) / 2 * loc2vec.Extent, horizontal: true}
	}
	cut := c.cutLines
	if area {
		cut = c.cutRings
	}
	points, end := len(c.points), len(c.parts)
	for _, sign := range [...]int32{-1, 1} {
		cut(first, end, edge, sign)
		c.halve(classes, end)
		c.points, c.parts = c.points[:points], c.parts[:end]
	}
}

// orient turns the first ring into an outer ring and the others into inner rings.
func orient(rings [][]gridPoint) {
	for i, ring := range rings {
		if (doubleArea(ring) > 0) != (i == 0) {
			slices.Reverse(ring)
		}
	}
}

// add puts a point on the stack unless the part that begins at start ends with it.
func (c *cutter) add(start int, p gridPoint) {
	if n := len(c.points); n == start || c.points[n-1] != p {
		c.points = append(c.points, p)
	}
}

// cutRings adds what lies on one side of the edge of parts first to end, the rings of a polygon
// (Sutherland and Hodgman, "Reentrant polygon clipping", 1974). Sign is -1 for the northern or
// western side and 1 for the other. Pieces of a ring that hang together only across the edge stay
// one ring, joined by stretches of the edge that enclose nothing.
func (c *cutter) cutRings(first, end int, edge tileEdge, sign int32) {
	for i := first; i < end; i++ {
		start, ring := len(c.points), c.parts[i]
		a := ring[len(ring)-1]
		da := edge.distance(a) * sign
		for _, b := range ring {
			db := edge.distance(b) * sign
			if da < 0 && db > 0 || da > 0 && db < 0 {
				c.add(start, edge.cross(a, b))
			}
			if db >= 0 {
				c.add(start, b)
			}
			a, da = b, db
		}
		piece := c.points[start:len(c.points):len(c.points)]
		if doubleArea(piece) == 0 {
			c.points = c.points[:start]
			if i == first {
				return // no outer ring: nothing to have holes in
			}
			continue
		}
		c.parts = append(c.parts, piece)
	}
}

// cutLines does for lines what cutRings does for rings. What runs along the edge belongs to the
// southern or eastern side alone.
func (c *cutter) cutLines(first, end int, edge tileEdge, sign int32) {
	for i := first; i < end; i++ {
		line := c.parts[i]
		start := len(c.points)
		for k := 1; k < len(line); k++ {
			a, b := line[k-1], line[k]
			da, db := edge.distance(a)*sign, edge.distance(b)*sign
			switch {
			case da >= 0 && db >= 0 && (da > 0 || db > 0 || sign > 0):
				c.add(start, a)
				c.add(start, b)
			case da < 0 && db > 0:
				start = c.endLine(start)
				c.add(start, edge.cross(a, b))
				c.add(start, b)
			case da > 0 && db < 0:
				c.add(start, a)
				c.add(start, edge.cross(a, b))
				start = c.endLine(start)
			default:
				start = c.endLine(start)
			}
		}
		c.endLine(start)
	}
}

// endLine turns the points from start on into a part, if they are a line, and returns where the
// next one starts.
func (c *cutter) endLine(start int) int {
	piece := c.points[start:len(c.points):len(c.points)]
	if len(piece) < 2 {
		c.points = c.points[:start]
		return start
	}
	c.parts = append(c.parts, piece)
	return len(c.points)
}
