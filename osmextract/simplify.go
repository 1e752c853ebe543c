package osmextract

// maxStretch is how many points in a row simplify may leave out, so that its work stays linear.
const maxStretch = 32

// simplify leaves out points of a line that lie within one grid step of the line without them: a
// quarter of a metre, a sixth of a pixel, and less than what is known of where the road's middle
// is. It works in place and keeps both ends. Outlines of areas are not simplified: neighbours share
// theirs, and would come apart.
func simplify(line []gridPoint) []gridPoint {
	if len(line) < 3 {
		return line
	}
	kept := 1
	for anchor := 0; anchor < len(line)-1; {
		next := anchor + 1
		for next+1 < len(line) && next-anchor < maxStretch && isStraight(line[anchor:next+2]) {
			next++
		}
		line[kept] = line[next]
		kept++
		anchor = next
	}
	return line[:kept]
}

// isStraight reports whether all points lie within one step of the segment between the first and the
// last. Where these are one, as at the end of a way that goes back on itself, there is no segment.
func isStraight(points []gridPoint) bool {
	a, b := points[0], points[len(points)-1]
	dx, dy := int64(b.x-a.x), int64(b.y-a.y)
	length := dx*dx + dy*dy
	if length == 0 {
		return false
	}
	for _, p := range points[1 : len(points)-1] {
		px, py := int64(p.x-a.x), int64(p.y-a.y)
		along, off := px*dx+py*dy, float64(px*dy-py*dx)
		if along < 0 || along > length || off*off > float64(length) {
			return false
		}
	}
	return true
}
