package grid

import (
	"cmp"
	"slices"

	"github.com/loc2vec/loc2vec"
)

// AreaOf returns an area of whole tiles, at least one.
func AreaOf(tiles map[TileKey]bool) *Area {
	keys := make([]TileKey, 0, len(tiles))
	for k := range tiles {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	a := &Area{top: keys[0].Row()}
	a.rows = make([][]span, keys[len(keys)-1].Row()-a.top+1)
	for _, k := range keys {
		x, row := k.Column(), k.Row()-a.top
		a.rows[row] = appendColumn(a.rows[row], x)
	}
	a.bounds = a.Boxes()
	return a
}

// appendColumn appends a column east of a row.
func appendColumn(row []span, x int32) []span {
	if n := len(row); n > 0 && row[n-1].x1 == x-1 {
		row[n-1].x1 = x
		return row
	}
	return append(row, span{x, x})
}

// Boxes returns boxes that together are the tiles of the area. A span that repeats from row to row becomes
// one box.
func (a *Area) Boxes() []loc2vec.Bounds {
	type block struct {
		span
		y0, y1 int32
	}
	var open, blocks []block
	for i, row := range a.rows {
		y := a.top + int32(i)
		var next []block
		for _, s := range row {
			k := slices.IndexFunc(open, func(b block) bool { return b.span == s })
			if k < 0 {
				next = append(next, block{s, y, y})
				continue
			}
			open[k].y1 = y
			next = append(next, open[k])
			open = slices.Delete(open, k, k+1)
		}
		blocks = append(blocks, open...)
		open = next
	}
	blocks = append(blocks, open...)
	slices.SortFunc(blocks, func(b, c block) int { return cmp.Or(cmp.Compare(b.y0, c.y0), cmp.Compare(b.x0, c.x0)) })
	var bounds []loc2vec.Bounds
	for _, b := range blocks {
		nw := loc2vec.Tile{X: uint32(b.x0), Y: uint32(b.y0)}.Bounds()
		se := loc2vec.Tile{X: uint32(b.x1), Y: uint32(b.y1)}.Bounds()
		bounds = append(bounds, loc2vec.Bounds{
			Min: loc2vec.LatLon{Lat: se.Min.Lat, Lon: nw.Min.Lon},
			Max: loc2vec.LatLon{Lat: nw.Max.Lat, Lon: se.Max.Lon},
		})
	}
	return bounds
}
