package osmextract

import (
	"slices"

	"github.com/loc2vec/loc2vec"
)

// closeOutside closes an outline at the edge of an extract. Extracts hold whole the ways that reach into
// their box, and lack those that do not: where a relation lacks some and its other lines leave one
// gap whose ends lie beyond the same side of the box, the straight line across the gap encloses the
// same ground inside the box as the outline does, unless that goes around the whole box. It returns
// that line, and the index of a line that it continues. Any other gap is left as it is: on which side
// of such lines the ground lies cannot be told.
func closeOutside(lines [][]location, boxes []loc2vec.Bounds) (gap []location, at int, ok bool) {
	loose := map[location]int{} // ends of lines that no other one joins, and the line
	for i, line := range lines {
		if len(line) < 2 {
			continue
		}
		for _, end := range []location{line[0], line[len(line)-1]} {
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
	outside := func(b loc2vec.Bounds) bool { return beyondSameSide(b, gap[0].latLon(), gap[1].latLon()) }
	if slices.ContainsFunc(boxes, func(b loc2vec.Bounds) bool { return !outside(b) }) {
		return nil, 0, false
	}
	return gap, at, true
}

// beyondSameSide reports whether two places lie beyond one and the same side of a box. A box across the
// antimeridian has none in the west and east.
func beyondSameSide(b loc2vec.Bounds, p, q loc2vec.LatLon) bool {
	if max(p.Lat, q.Lat) < b.Min.Lat || min(p.Lat, q.Lat) > b.Max.Lat {
		return true
	}
	return b.Min.Lon <= b.Max.Lon && (max(p.Lon, q.Lon) < b.Min.Lon || min(p.Lon, q.Lon) > b.Max.Lon)
}
