package loc2vec

// simplifier leaves out points that lie close to the line between their neighbours (Douglas and
// Peucker, "Algorithms for the reduction of the number of points required to represent a digitized
// line or its caricature", 1973). Points on the tile's edge stay, so that nothing opens at a seam.
type simplifier struct {
	keep []bool
	ring []TilePoint // with its first point at its end
}

// simplify returns a line or ring without the points that lie within the tolerance, in tile steps,
// of what remains. It changes points. A ring that would collapse or turn around stays as it is.
func (s *simplifier) simplify(points []TilePoint, ring bool, tolerance float64) []TilePoint {
	if len(points) < 3 {
		return points
	}
	line := points
	if ring {
		s.ring = append(append(s.ring[:0], points...), points[0])
		line = s.ring
	}
	last := len(line) - 1
	s.keep = append(s.keep[:0], make([]bool, len(line))...)
	for i, p := range line {
		s.keep[i] = i == 0 || i == last || p.X == 0 || p.Y == 0 || p.X == Extent || p.Y == Extent
	}
	if ring { // it needs a second point that stays
		s.keep[farthest(line)] = true
	}
	from := 0
	for i := range line {
		if i > 0 && s.keep[i] {
			s.keepBetween(line, from, i, tolerance)
			from = i
		}
	}

	n := 0
	for i := range points {
		if s.keep[i] {
			points[n] = points[i]
			n++
		}
	}
	if ring {
		before, after := doubleArea(line[:last]), doubleArea(points[:n])
		if after == 0 || before > 0 != (after > 0) {
			copy(points, line)
			return points
		}
	}
	return points[:n]
}

// keepBetween marks the points between two others that must stay.
func (s *simplifier) keepBetween(line []TilePoint, from, to int, tolerance float64) {
	// Distances are compared as squares times the square of the length of the line between the two.
	a, b := line[from], line[to]
	dx, dy := int64(b.X-a.X), int64(b.Y-a.Y)
	length := dx*dx + dy*dy
	worst, at := 0.0, 0
	for i := from + 1; i < to; i++ {
		px, py := int64(line[i].X-a.X), int64(line[i].Y-a.Y)
		var off float64
		switch along := px*dx + py*dy; {
		case length == 0:
			off = float64(px*px + py*py)
		case along < 0:
			off = float64(px*px+py*py) * float64(length)
		case along > length:
			qx, qy := px-dx, py-dy
			off = float64(qx*qx+qy*qy) * float64(length)
		default:
			cross := float64(px*dy - py*dx)
			off = cross * cross
		}
		if off > worst {
			worst, at = off, i
		}
	}
	if worst > tolerance*tolerance*float64(max(length, 1)) {
		s.keep[at] = true
		s.keepBetween(line, from, at, tolerance)
		s.keepBetween(line, at, to, tolerance)
	}
}

// farthest returns the point that is farthest from the first one.
func farthest(line []TilePoint) int {
	best, at := int64(-1), 0
	for i, p := range line {
		dx, dy := int64(p.X-line[0].X), int64(p.Y-line[0].Y)
		if d := dx*dx + dy*dy; d > best {
			best, at = d, i
		}
	}
	return at
}
