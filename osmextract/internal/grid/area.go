package grid

import (
	"iter"
	"slices"

	"github.com/loc2vec/loc2vec"
)

// Area is a part of the world that a pack answers for: a place outside is unknown rather than empty. An
// Area is immutable.
type Area struct {
	// bounds are boxes that together are the area.
	bounds []loc2vec.Bounds
	// rows holds the tiles that touch the area as ascending spans of columns, from row top southwards.
	top  int32
	rows [][]span
}

// span is a run of tiles in a row, from column x0 to x1, both included.
type span struct {
	x0, x1 int32
}

// BoxArea returns the area of a box, which may cross the antimeridian.
func BoxArea(b loc2vec.Bounds) *Area {
	nw := loc2vec.LatLon{Lat: b.Max.Lat, Lon: b.Min.Lon}.Point().Tile()
	se := loc2vec.LatLon{Lat: b.Min.Lat, Lon: b.Max.Lon}.Point().Tile()
	spans := []span{{int32(nw.X), int32(se.X)}}
	if b.Min.Lon > b.Max.Lon {
		spans = []span{{0, int32(se.X)}, {int32(nw.X), TilesAcross - 1}}
		if se.X >= nw.X {
			spans = []span{{0, TilesAcross - 1}}
		}
	}
	a := &Area{bounds: []loc2vec.Bounds{b}, top: int32(nw.Y)}
	for range se.Y - nw.Y + 1 {
		a.rows = append(a.rows, spans)
	}
	return a
}

// Contains reports whether the tile at a column and row touches the area.
func (a *Area) Contains(x, y int32) bool {
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

// Touches reports whether a tile of the range may touch the area. It is exact for a single tile or row,
// and false only if no tile of the range touches the area.
func (a *Area) Touches(r TileRange) bool {
	for y := max(r.Y0, a.top); y <= min(r.Y1, a.top+int32(len(a.rows))-1); y++ {
		for _, s := range a.rows[y-a.top] {
			if s.x0 <= r.X1 && s.x1 >= r.X0 {
				return true
			}
		}
	}
	return false
}

// Covers reports whether a tile touches the area.
func (a *Area) Covers(t loc2vec.Tile) bool { return a.Contains(int32(t.X), int32(t.Y)) }

// Tiles yields the tiles of the area, row by row from north to south.
func (a *Area) Tiles() iter.Seq[loc2vec.Tile] {
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
func (a *Area) extent() TileRange {
	r := TileRange{X0: TilesAcross, Y0: a.top, Y1: a.top + int32(len(a.rows)) - 1}
	for _, row := range a.rows {
		if len(row) > 0 {
			r.X0, r.X1 = min(r.X0, row[0].x0), max(r.X1, row[len(row)-1].x1)
		}
	}
	return r
}

// Count returns the number of tiles.
func (a *Area) Count() int {
	n := 0
	for _, row := range a.rows {
		for _, s := range row {
			n += int(s.x1 - s.x0 + 1)
		}
	}
	return n
}

// IDs returns the ids of the tiles (loc2vec.Tile.ID) in ascending order.
func (a *Area) IDs() []uint64 {
	ids := make([]uint64, 0, a.Count())
	for t := range a.Tiles() {
		ids = append(ids, t.ID())
	}
	slices.Sort(ids)
	return ids
}

// maxBoxes limits the boxes in the metadata of a pack: each takes some 80 bytes, the whole metadata at
// most 1 MiB.
const maxBoxes = 4096

// Listed returns the boxes for the metadata of a pack. An area of more than maxBoxes boxes lists one box
// around them; the directory of the pack still has only the tiles of the area.
func (a *Area) Listed() []loc2vec.Bounds {
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

// Join returns the union of two areas.
func (a *Area) Join(b *Area) *Area {
	top := min(a.top, b.top)
	bottom := max(a.top+int32(len(a.rows)), b.top+int32(len(b.rows)))
	u := &Area{top: top, bounds: slices.Concat(a.bounds, b.bounds), rows: make([][]span, bottom-top)}
	for _, part := range []*Area{a, b} {
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
