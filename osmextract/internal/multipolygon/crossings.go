package multipolygon

import (
	"slices"

	"github.com/loc2vec/loc2vec/osmextract/internal/grid"
)

// line is a segment between two locations.
type line struct {
	a, b grid.Location
}

// crossingFinder finds the pairs of lines that meet away from a common end. It reuses its buffers.
type crossingFinder struct {
	lines []line
	// cells of a square grid, with the lines whose bounding boxes overlap them: those of cell c are
	// of[first[c]:first[c+1]].
	first, of []int32
	south     int32
	west      int32
	size      int64
	columns   int64
	rows      int64
}

// fewLines is the number of lines up to which comparing all pairs is faster than a grid.
const fewLines = 48

// find calls visit with the indices i < k of each pair of lines that meet, until visit returns false. With
// ends it also visits lines that share one end and overlap. A pair may be visited several times. find gives up
// on lines of which too many are near each other: no outline of a map is like that.
func (f *crossingFinder) find(lines []line, ends bool, visit func(i, k int32) bool) {
	meet := func(i, k int32) bool { return lines[i].meets(lines[k], ends) }
	if len(lines) <= fewLines {
		for i := range lines {
			for k := i + 1; k < len(lines); k++ {
				if lines[i].near(lines[k]) && meet(int32(i), int32(k)) && !visit(int32(i), int32(k)) {
					return
				}
			}
		}
		return
	}
	f.lines = lines
	f.sort()
	budget := 1<<20 + 256*len(lines)
	for c := 0; c+1 < len(f.first); c++ {
		cell := f.of[f.first[c]:f.first[c+1]]
		if budget -= len(cell) * len(cell) / 2; budget < 0 {
			return
		}
		for i, s := range cell {
			for _, t := range cell[i+1:] {
				if lines[s].near(lines[t]) && meet(s, t) && !visit(s, t) {
					return
				}
			}
		}
	}
}

// sort sorts the lines into cells: about as many cells as lines, and on average at most a few cells for
// each line.
func (f *crossingFinder) sort() {
	lo, hi := f.lines[0].a, f.lines[0].a
	for _, l := range f.lines {
		lo = grid.Location{Lat: min(lo.Lat, l.a.Lat, l.b.Lat), Lon: min(lo.Lon, l.a.Lon, l.b.Lon)}
		hi = grid.Location{Lat: max(hi.Lat, l.a.Lat, l.b.Lat), Lon: max(hi.Lon, l.a.Lon, l.b.Lon)}
	}
	f.south, f.west = lo.Lat, lo.Lon
	height, width := int64(hi.Lat)-int64(lo.Lat)+1, int64(hi.Lon)-int64(lo.Lon)+1
	for f.size = 1; ; f.size *= 2 {
		f.columns, f.rows = (width+f.size-1)/f.size, (height+f.size-1)/f.size
		if f.rows > int64(2*len(f.lines))/f.columns {
			continue
		}
		covered := int64(0)
		for _, l := range f.lines {
			x0, y0, x1, y1 := f.cells(l)
			covered += (x1 - x0 + 1) * (y1 - y0 + 1)
		}
		if covered <= int64(8*len(f.lines)) {
			break
		}
	}
	f.first = append(f.first[:0], make([]int32, f.columns*f.rows+1)...)
	f.each(func(cell int64, _ int32) { f.first[cell+1]++ })
	for i := 1; i < len(f.first); i++ {
		f.first[i] += f.first[i-1]
	}
	n := int(f.first[len(f.first)-1])
	f.of = slices.Grow(f.of[:0], n)[:n]
	f.each(func(cell int64, line int32) {
		f.of[f.first[cell]] = line
		f.first[cell]++
	})
	// first has moved to the ends of the cells.
	copy(f.first[1:], f.first)
	f.first[0] = 0
}

func (f *crossingFinder) cells(l line) (x0, y0, x1, y1 int64) {
	x0, x1 = int64(min(l.a.Lon, l.b.Lon))-int64(f.west), int64(max(l.a.Lon, l.b.Lon))-int64(f.west)
	y0, y1 = int64(min(l.a.Lat, l.b.Lat))-int64(f.south), int64(max(l.a.Lat, l.b.Lat))-int64(f.south)
	return x0 / f.size, y0 / f.size, x1 / f.size, y1 / f.size
}

// each calls visit with every cell and line that overlap.
func (f *crossingFinder) each(visit func(cell int64, line int32)) {
	for i, l := range f.lines {
		x0, y0, x1, y1 := f.cells(l)
		for y := y0; y <= y1; y++ {
			for x := x0; x <= x1; x++ {
				visit(y*f.columns+x, int32(i))
			}
		}
	}
}

// near reports whether the bounding boxes of two lines share a point.
func (l line) near(m line) bool {
	return min(l.a.Lon, l.b.Lon) <= max(m.a.Lon, m.b.Lon) && min(m.a.Lon, m.b.Lon) <= max(l.a.Lon, l.b.Lon) &&
		min(l.a.Lat, l.b.Lat) <= max(m.a.Lat, m.b.Lat) && min(m.a.Lat, m.b.Lat) <= max(l.a.Lat, l.b.Lat)
}

// meets reports whether two lines share a point that is an end of at most one of them. Lines with a common
// end that overlap meet only if ends is set.
func (l line) meets(m line, ends bool) bool {
	if l.a == m.a || l.a == m.b || l.b == m.a || l.b == m.b {
		return ends && (l.passes(m.a) || l.passes(m.b) || m.passes(l.a) || m.passes(l.b))
	}
	return l.side(m.a)*l.side(m.b) <= 0 && m.side(l.a)*m.side(l.b) <= 0
}

// side returns on which side of the line a location lies: -1, 0 or 1.
func (l line) side(p grid.Location) int {
	dx, dy := int64(l.b.Lon)-int64(l.a.Lon), int64(l.b.Lat)-int64(l.a.Lat)
	px, py := int64(p.Lon)-int64(l.a.Lon), int64(p.Lat)-int64(l.a.Lat)
	switch v := dx*py - dy*px; {
	case v > 0:
		return 1
	case v < 0:
		return -1
	}
	return 0
}

// passes reports whether a location lies on the line, its ends excluded.
func (l line) passes(p grid.Location) bool {
	return p != l.a && p != l.b && l.near(line{p, p}) && l.side(p) == 0
}

// cross returns the rounded point where two lines cross away from their ends, and false if they do not.
func (l line) cross(m line) (grid.Location, bool) {
	if l.side(m.a)*l.side(m.b) >= 0 || m.side(l.a)*m.side(l.b) >= 0 {
		return grid.Location{}, false
	}
	dx, dy := float64(l.b.Lon)-float64(l.a.Lon), float64(l.b.Lat)-float64(l.a.Lat)
	ex, ey := float64(m.b.Lon)-float64(m.a.Lon), float64(m.b.Lat)-float64(m.a.Lat)
	fx, fy := float64(m.a.Lon)-float64(l.a.Lon), float64(m.a.Lat)-float64(l.a.Lat)
	at := (float64(fx*ey) - float64(fy*ex)) / (float64(dx*ey) - float64(dy*ex))
	return grid.Location{Lat: l.a.Lat + round(float64(at*dy)), Lon: l.a.Lon + round(float64(at*dx))}, true
}

func round(v float64) int32 {
	if v < 0 {
		return int32(v - 0.5)
	}
	return int32(v + 0.5)
}
