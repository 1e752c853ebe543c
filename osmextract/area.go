package osmextract

import (
	"iter"
	"slices"

	"github.com/loc2vec/loc2vec"
)

// coveredArea is the part of the world that a pack answers for: places outside of it are unknown,
// not empty. It does not change after it is made.
type coveredArea struct {
	// bounds are boxes that make up the area.
	bounds []loc2vec.Bounds
	// rows hold the tiles that touch the area, row by row from row top on, as ascending spans of
	// columns.
	top  int32
	rows [][]span
}

// span is a run of tiles in a row, both ends included.
type span struct {
	x0, x1 int32
}

// boxArea covers a box, which may cross the antimeridian.
func boxArea(b loc2vec.Bounds) *coveredArea {
	nw := loc2vec.LatLon{Lat: b.Max.Lat, Lon: b.Min.Lon}.Point().Tile()
	se := loc2vec.LatLon{Lat: b.Min.Lat, Lon: b.Max.Lon}.Point().Tile()
	spans := []span{{int32(nw.X), int32(se.X)}}
	if b.Min.Lon > b.Max.Lon {
		spans = []span{{0, int32(se.X)}, {int32(nw.X), tilesAcross - 1}}
		if se.X >= nw.X {
			spans = []span{{0, tilesAcross - 1}}
		}
	}
	a := &coveredArea{bounds: []loc2vec.Bounds{b}, top: int32(nw.Y)}
	for range se.Y - nw.Y + 1 {
		a.rows = append(a.rows, spans)
	}
	return a
}

// contains reports whether a tile touches the area.
func (a *coveredArea) contains(x, y int32) bool {
	if y < a.top || int(y-a.top) >= len(a.rows) {
		return false
	}
	for _, s := range a.rows[y-a.top] {
		if x <= s.x1 {
			return x >= s.x0
		}
	}
	return false
}

// touches reports whether a tile of the range may belong to the area: it is exact for single tiles
// and never wrong when it says no.
func (a *coveredArea) touches(r tileRange) bool {
	for y := max(r.y0, a.top); y <= min(r.y1, a.top+int32(len(a.rows))-1); y++ {
		for _, s := range a.rows[y-a.top] {
			if s.x0 <= r.x1 && s.x1 >= r.x0 {
				return true
			}
		}
	}
	return false
}

// Covers reports whether a tile touches the area.
func (a *coveredArea) Covers(t loc2vec.Tile) bool { return a.contains(int32(t.X), int32(t.Y)) }

// Tiles yields the tiles of the area, row by row from north to south.
func (a *coveredArea) Tiles() iter.Seq[loc2vec.Tile] {
	return func(yield func(loc2vec.Tile) bool) {
		for i, row := range a.rows {
			for _, s := range row {
				for x := s.x0; x <= s.x1; x++ {
					if !yield(loc2vec.Tile{X: uint32(x), Y: uint32(a.top) + uint32(i)}) {
						return
					}
				}
			}
		}
	}
}

// extent returns the smallest range of tiles that holds the area, which must not be empty.
func (a *coveredArea) extent() tileRange {
	r := tileRange{x0: tilesAcross, y0: a.top, y1: a.top + int32(len(a.rows)) - 1}
	for _, row := range a.rows {
		if len(row) > 0 {
			r.x0, r.x1 = min(r.x0, row[0].x0), max(r.x1, row[len(row)-1].x1)
		}
	}
	return r
}

// count returns the number of tiles.
func (a *coveredArea) count() int {
	n := 0
	for _, row := range a.rows {
		for _, s := range row {
			n += int(s.x1 - s.x0 + 1)
		}
	}
	return n
}

// ids returns the numbers of the tiles (Tile.ID) in ascending order.
func (a *coveredArea) ids() []uint64 {
	ids := make([]uint64, 0, a.count())
	for t := range a.Tiles() {
		ids = append(ids, t.ID())
	}
	slices.Sort(ids)
	return ids
}

// maxBoxes is how many boxes a pack's metadata lists: each takes some 80 bytes, and all of the metadata
// at most 1 MiB.
const maxBoxes = 4096

// listed returns the boxes for a pack's metadata. Those of an area in very many parts are one box around
// all of them: the directory still has only the area's tiles.
func (a *coveredArea) listed() []loc2vec.Bounds {
	if len(a.bounds) <= maxBoxes {
		return a.bounds
	}
	around := a.bounds[0]
	for _, b := range a.bounds {
		if b.Min.Lon > b.Max.Lon { // across the antimeridian
			b.Min.Lon, b.Max.Lon = -180, 180
		}
		around.Min = loc2vec.LatLon{Lat: min(around.Min.Lat, b.Min.Lat), Lon: min(around.Min.Lon, b.Min.Lon)}
		around.Max = loc2vec.LatLon{Lat: max(around.Max.Lat, b.Max.Lat), Lon: max(around.Max.Lon, b.Max.Lon)}
	}
	return []loc2vec.Bounds{around}
}

// join returns the union of two areas.
func (a *coveredArea) join(b *coveredArea) *coveredArea {
	top := min(a.top, b.top)
	bottom := max(a.top+int32(len(a.rows)), b.top+int32(len(b.rows)))
	u := &coveredArea{top: top, bounds: slices.Concat(a.bounds, b.bounds), rows: make([][]span, bottom-top)}
	for _, part := range []*coveredArea{a, b} {
		for i, row := range part.rows {
			y := part.top + int32(i) - top
			u.rows[y] = joinSpans(slices.Concat(u.rows[y], row))
		}
	}
	return u
}

// joinSpans sorts spans and merges those that overlap or touch.
func joinSpans(spans []span) []span {
	slices.SortFunc(spans, func(a, b span) int { return int(a.x0 - b.x0) })
	var joined []span
	for _, s := range spans {
		if n := len(joined); n > 0 && s.x0 <= joined[n-1].x1+1 {
			joined[n-1].x1 = max(joined[n-1].x1, s.x1)
			continue
		}
		joined = append(joined, s)
	}
	return joined
}
