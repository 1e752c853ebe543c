package grid

// A segment of more than 180 degrees of longitude is a shorter one across the antimeridian. Unwrapped points
// continue beyond the edge of the Mercator square instead: X is below 0 or above Across.

// Jumps reports whether the segment between two points crosses the antimeridian.
func (p Point) Jumps(q Point) bool {
	d := q.X - p.X
	return d > Across/2 || d < -Across/2
}

// Unwrap moves the points of a line by whole worlds, so that no segment jumps. It returns false, and leaves
// the line as it is, if the line leads around the world too often.
func Unwrap(line []Point) bool {
	const worlds = 4
	offset, least, greatest := 0, 0, 0
	for i := 1; i < len(line); i++ {
		offset += wind(line[i-1], line[i])
		least, greatest = min(least, offset), max(greatest, offset)
	}
	if least < -worlds || greatest > worlds {
		return false
	}
	offset = 0
	last := line[0]
	for i := 1; i < len(line); i++ {
		p := line[i]
		offset += wind(last, p)
		line[i].X += int32(offset * Across)
		last = p
	}
	return true
}

// Beyond reports whether unwrapped parts leave the Mercator square.
func Beyond(parts [][]Point) bool {
	for _, part := range parts {
		for _, p := range part {
			if p.X < 0 || p.X > Across {
				return true
			}
		}
	}
	return false
}

// UnwrapRing does the same for a ring. It returns false for a ring around a pole.
func UnwrapRing(ring []Point) bool {
	turns := 0
	last := ring[len(ring)-1]
	for _, p := range ring {
		turns += wind(last, p)
		last = p
	}
	return turns == 0 && Unwrap(ring)
}

// wind returns by how many worlds a segment moves the points behind it.
func wind(p, q Point) int {
	switch d := q.X - p.X; {
	case d > Across/2:
		return -1
	case d < -Across/2:
		return 1
	}
	return 0
}

// Opposite returns the location at the other side of the Earth's axis. It maps the antimeridian to the
// meridian of Greenwich, and is its own inverse but for the sign of 180 degrees.
func (l Location) Opposite() Location {
	if l.Lon > 0 {
		l.Lon -= 180e7
	} else {
		l.Lon += 180e7
	}
	if l.Lon == 180e7 { // of longitude 0
		l.Lon = -180e7
	}
	return l
}

// Jumps reports whether the segment between two locations crosses the antimeridian.
func (l Location) Jumps(m Location) bool {
	d := int64(m.Lon) - int64(l.Lon)
	return d > 180e7 || d < -180e7
}
