package tiler

import (
	"math"
	"slices"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/osmextract/internal/grid"
	"github.com/loc2vec/loc2vec/osmextract/schema"
)

// clipper clips shapes to the tiles of an area. It reuses its buffers and is not safe for concurrent use.
//
// It halves a shape of many tiles at a tile edge again and again. Each half continues with its own
// points, so the work per point grows with the logarithm of the number of tiles.
type clipper struct {
	area *grid.Area
	out  *pieces
	// outside counts shapes that do not reach into the area.
	outside int

	points []grid.Point // of the halves at work, as a stack
	parts  [][]grid.Point
}

// tileEdge is a line between two columns or rows of tiles.
type tileEdge struct {
	horizontal bool
	at         int32 // Y of a horizontal edge, X of a vertical one
}

// distance returns how far east or south of the edge a point lies.
func (e tileEdge) distance(p grid.Point) int32 {
	if e.horizontal {
		return p.Y - e.at
	}
	return p.X - e.at
}

// cross returns the point where the segment from a to b crosses the edge. It does not depend on the
// direction of the segment, so shapes that share the segment share the point.
func (e tileEdge) cross(a, b grid.Point) grid.Point {
	if e.distance(a) > e.distance(b) {
		a, b = b, a
	}
	num, den := int64(-e.distance(a)), int64(e.distance(b)-e.distance(a))
	if e.horizontal {
		return grid.Point{X: interpolate(a.X, b.X, num, den), Y: e.at}
	}
	return grid.Point{X: e.at, Y: interpolate(a.Y, b.Y, num, den)}
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

// disc adds a point to its tile.
func (c *clipper) disc(classes []schema.Class, p grid.Point) {
	x, y := grid.TileIndex(p.X), grid.TileIndex(p.Y)
	if !c.area.Contains(x, y) {
		c.outside++
		return
	}
	c.points = append(c.points[:0], p)
	c.parts = append(c.parts[:0], c.points)
	c.out.add(classes, x, y, c.parts)
}

// line adds a line of two points or more. It may lead beyond the antimeridian.
func (c *clipper) line(classes []schema.Class, line []grid.Point) {
	c.shape(classes, line)
}

// polygon adds an outer ring, which comes first, and its inner rings, in any direction. It may reverse
// them. The first point of a ring is not repeated. They may lead beyond the antimeridian.
func (c *clipper) polygon(classes []schema.Class, rings [][]grid.Point) {
	c.shape(classes, rings...)
}

func (c *clipper) shape(classes []schema.Class, parts ...[]grid.Point) {
	before := len(c.out.list)
	c.points, c.parts = c.points[:0], append(c.parts[:0], parts...)
	if grid.Beyond(parts) {
		c.worlds(classes)
	} else {
		c.halve(classes, 0)
	}
	list := c.out.list[before:]
	if len(list) == 0 {
		c.outside++
	}
	if slices.ContainsFunc(list, func(p piece) bool { return p.layers&isCovered != 0 }) {
		for i := range list {
			list[i].layers |= isCovered
		}
	}
}

// worlds cuts unwrapped parts at the antimeridian and moves the pieces back into the Mercator square.
func (c *clipper) worlds(classes []schema.Class) {
	west, east := int64(math.MaxInt64), int64(math.MinInt64)
	for _, part := range c.parts {
		for _, p := range part {
			west, east = min(west, int64(p.X)), max(east, int64(p.X))
		}
	}
	cut := c.cutLines
	if classes[0].Kind == loc2vec.KindArea {
		cut = c.cutRings
	}
	whole := len(c.parts)
	for edge := west &^ (grid.Across - 1); edge < east; edge += grid.Across {
		cut(0, whole, tileEdge{at: int32(edge)}, 1)
		eastern := len(c.parts)
		cut(whole, eastern, tileEdge{at: int32(edge + grid.Across)}, -1)
		for _, part := range c.parts[eastern:] {
			for i := range part {
				part[i].X -= int32(edge)
			}
		}
		c.halve(classes, eastern)
		c.points, c.parts = c.points[:0], c.parts[:whole]
	}
}

// halve adds the parts from index first on, which belong to one shape, to their tile, or cuts them in
// two if they span several tiles.
func (c *clipper) halve(classes []schema.Class, first int) {
	parts := c.parts[first:]
	if len(parts) == 0 {
		return
	}
	r := grid.TilesUnder(parts)
	if !c.area.Touches(r) {
		return
	}
	area := classes[0].Kind == loc2vec.KindArea
	if r.X0 == r.X1 && r.Y0 == r.Y1 {
		if area {
			orient(parts)
		}
		c.out.add(classes, r.X0, r.Y0, parts)
		return
	}
	edge := tileEdge{at: (r.X0 + r.X1 + 1) / 2 * loc2vec.Extent}
	if r.Y1-r.Y0 > r.X1-r.X0 {
		edge = tileEdge{at: (r.Y0 + r.Y1 + 1) / 2 * loc2vec.Extent, horizontal: true}
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

// orient gives the first ring the direction of an outer ring and the others that of inner rings.
func orient(rings [][]grid.Point) {
	for i, ring := range rings {
		if (grid.DoubleArea(ring) > 0) != (i == 0) {
			slices.Reverse(ring)
		}
	}
}

// add appends a point to the part that begins at start, unless the part ends with it.
func (c *clipper) add(start int, p grid.Point) {
	if n := len(c.points); n == start || c.points[n-1] != p {
		c.points = append(c.points, p)
	}
}

// cutRings clips the parts from first to end, the rings of a polygon, to one side of the edge and adds the
// results (Sutherland and Hodgman, "Reentrant polygon clipping", 1974). sign is -1 for the northern or
// western side and 1 for the other. Pieces of a ring that join only beyond the edge stay one ring, joined
// by segments along the edge that enclose nothing.
func (c *clipper) cutRings(first, end int, edge tileEdge, sign int32) {
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
		if grid.DoubleArea(piece) == 0 {
			c.points = c.points[:start]
			if i == first {
				return // without its outer ring the polygon is empty
			}
			continue
		}
		c.parts = append(c.parts, piece)
	}
}

// cutLines is cutRings for lines. A segment along the edge belongs to the southern or eastern side alone.
func (c *clipper) cutLines(first, end int, edge tileEdge, sign int32) {
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

// endLine makes a part of the points from start on, if they are a line, and returns the start of the next
// part.
func (c *clipper) endLine(start int) int {
	piece := c.points[start:len(c.points):len(c.points)]
	if len(piece) < 2 {
		c.points = c.points[:start]
		return start
	}
	c.parts = append(c.parts, piece)
	return len(c.points)
}
