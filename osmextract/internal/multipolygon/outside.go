package multipolygon

import (
	"slices"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/osmextract/internal/grid"
)

// CloseOutside closes an outline beyond the edge of an extract. An extract holds complete ways that reach
// into its box and lacks the others. If a relation lacks ways, and its other lines leave one gap whose
// ends lie beyond the same side of each box, then a straight line across the gap encloses the same ground
// inside the box as the outline does, unless the outline goes around the whole box. CloseOutside returns
// that line, and the index of a line that it continues. It returns false for any other gap: nothing tells
// on which side of such lines the ground lies.
func CloseOutside(lines [][]grid.Location, boxes []loc2vec.Bounds) (gap []grid.Location, at int, ok bool) {
	loose := map[grid.Location]int{} // ends of lines that join no other line, with the line
	for i, line := range lines {
		if len(line) < 2 {
			continue
		}
		for _, end := range []grid.Location{line[0], line[len(line)-1]} {
			if _, joined := loose[end]; joined {
				delete(loose, end)
			} else {
				loose[end] = i
			}
		}
	}
	if len(loose) != 2 || len(boxes) == 0 {
		return nil, 0, false
	}
	for end, i := range loose {
		gap, at = append(gap, end), max(at, i)
	}
	outside := func(b loc2vec.Bounds) bool { return beyondSameSide(b, gap[0].LatLon(), gap[1].LatLon()) }
	if slices.ContainsFunc(boxes, func(b loc2vec.Bounds) bool { return !outside(b) }) {
		return nil, 0, false
	}
	return gap, at, true
}

// beyondSameSide reports whether two positions lie beyond the same side of a box. A box across the
// antimeridian has no western and eastern side.
func beyondSameSide(b loc2vec.Bounds, p, q loc2vec.LatLon) bool {
	if max(p.Lat, q.Lat) < b.Min.Lat || min(p.Lat, q.Lat) > b.Max.Lat {
		return true
	}
	return b.Min.Lon <= b.Max.Lon && (max(p.Lon, q.Lon) < b.Min.Lon || min(p.Lon, q.Lon) > b.Max.Lon)
}
