package tiler

import "github.com/loc2vec/loc2vec/osmextract/internal/grid"

// maxRun limits the points in a row that simplify leaves out, which keeps its work linear.
const maxRun = 32

// simplify removes points of a line that lie within one grid step of the line without them: a quarter of
// a metre, a sixth of a pixel, and less than the error of a mapped centre line. It works in place and
// keeps both ends. Outlines of areas are not simplified: neighbours share theirs and would come apart.
func simplify(line []grid.Point) []grid.Point {
	if len(line) < 3 {
		return line
	}
	kept := 1
	for anchor := 0; anchor < len(line)-1; {
		next := anchor + 1
		for next+1 < len(line) && next-anchor < maxRun && isStraight(line[anchor:next+2]) {
			next++
		}
		line[kept] = line[next]
		kept++
		anchor = next
	}
	return line[:kept]
}

// isStraight reports whether all points lie within one step of the segment from the first to the last
// point. If these are equal, as in a way that goes back on itself, there is no segment.
func isStraight(points []grid.Point) bool {
	a, b := points[0], points[len(points)-1]
	dx, dy := int64(b.X-a.X), int64(b.Y-a.Y)
	length := dx*dx + dy*dy
	if length == 0 {
		return false
	}
	for _, p := range points[1 : len(points)-1] {
		px, py := int64(p.X-a.X), int64(p.Y-a.Y)
		along, off := px*dx+py*dy, float64(px*dy-py*dx)
		if along < 0 || along > length || off*off > float64(length) {
			return false
		}
	}
	return true
}
