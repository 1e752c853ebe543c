package osmextract

import (
	"cmp"
	"errors"
	"math"
	"slices"

	"github.com/loc2vec/loc2vec"
)

// coveredArea returns the union of what the files cover.
func (s *pbfSource) coveredArea() (*coveredArea, error) {
	var area *coveredArea
	for _, in := range s.files {
		a := in.coveredArea()
		switch {
		case a == nil:
		case area == nil:
			area = a
		default:
			area = area.join(a)
		}
	}
	if area == nil {
		return nil, errors.New("the extract has neither a box nor nodes to tell which area it covers")
	}
	return area, nil
}

// minInBox is the share of nodes that must lie inside a file's box for the box to be believed.
// Whole ways and relations reach out of it, by far in the extract of a few streets; but there are
// files that were cut from another after its box was written.
const minInBox = 0.4

// coveredArea returns what the file covers: its box when it has one that fits the nodes, otherwise
// what the nodes cover; nil when there are none.
func (in *pbfInput) coveredArea() *coveredArea {
	n := in.nodes.len()
	if box := in.pbf.Header.Box; box != nil && n > 0 && float64(in.inBox) >= minInBox*float64(n) {
		return boxArea(*box)
	}
	return dataArea(in.nodes)
}

// dataArea covers the tiles that hold nodes, gaps of up to two tiles closed, within the box of all
// but the outermost nodes.
func dataArea(nodes *nodeTable) *coveredArea {
	if nodes.len() == 0 {
		return nil
	}
	box := nodes.trimmedBox()
	held := map[tileKey]bool{}
	for _, c := range nodes.chunks {
		for _, at := range c.at {
			if box.Contains(at.latLon()) {
				g := at.grid()
				held[keyOf(tileIndex(g.x), tileIndex(g.y))] = true
			}
		}
	}
	return areaOf(closeGaps(held))
}

// trimShare is the share of nodes left out on each side of the trimmed box: those of long ways and
// of relations that lead far away.
const trimShare = 0.0025

// trimmedBox returns the box of all but the outermost nodes.
func (t *nodeTable) trimmedBox() loc2vec.Bounds {
	const binsPerDegree = 100
	lats, lons := make([]int, 180*binsPerDegree+1), make([]int, 360*binsPerDegree+1)
	for _, c := range t.chunks {
		for _, at := range c.at {
			lats[(int(at.lat)+90e7)*binsPerDegree/1e7]++
			lons[(int(at.lon)+180e7)*binsPerDegree/1e7]++
		}
	}
	trim := func(bins []int) (first, last int) {
		spare := int(trimShare * float64(t.len()))
		first, last = 0, len(bins)-1
		for n := bins[first]; n <= spare; n += bins[first] {
			first++
		}
		for n := bins[last]; n <= spare; n += bins[last] {
			last--
		}
		return first, last
	}
	south, north := trim(lats)
	west, east := trim(lons)
	return loc2vec.Bounds{
		Min: loc2vec.LatLon{Lat: float64(south)/binsPerDegree - 90, Lon: float64(west)/binsPerDegree - 180},
		Max: loc2vec.LatLon{Lat: math.Min(90, float64(north+1)/binsPerDegree-90), Lon: math.Min(180, float64(east+1)/binsPerDegree-180)},
	}
}

// closeGaps returns the morphological closing of a set of tiles: tiles all of whose neighbours are
// held or next to one that is.
func closeGaps(held map[tileKey]bool) map[tileKey]bool {
	around := func(k tileKey, visit func(tileKey)) {
		x, y := int32(k&(tilesAcross-1)), int32(k>>loc2vec.Zoom)
		for ny := max(y-1, 0); ny <= min(y+1, tilesAcross-1); ny++ {
			for nx := max(x-1, 0); nx <= min(x+1, tilesAcross-1); nx++ {
				visit(keyOf(nx, ny))
			}
		}
	}
	grown := map[tileKey]bool{}
	for k := range held {
		around(k, func(n tileKey) { grown[n] = true })
	}
	closed := map[tileKey]bool{}
	for k := range grown {
		inside := true
		around(k, func(n tileKey) { inside = inside && grown[n] })
		if inside {
			closed[k] = true
		}
	}
	return closed
}

// areaOf covers whole tiles.
func areaOf(tiles map[tileKey]bool) *coveredArea {
	keys := make([]tileKey, 0, len(tiles))
	for k := range tiles {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	a := &coveredArea{top: int32(keys[0] >> loc2vec.Zoom)}
	a.rows = make([][]span, int32(keys[len(keys)-1]>>loc2vec.Zoom)-a.top+1)
	for _, k := range keys {
		x, row := int32(k&(tilesAcross-1)), int32(k>>loc2vec.Zoom)-a.top
		if n := len(a.rows[row]); n > 0 && a.rows[row][n-1].x1 == x-1 {
			a.rows[row][n-1].x1 = x
			continue
		}
		a.rows[row] = append(a.rows[row], span{x, x})
	}
	a.bounds = a.boxes()
	return a
}

// boxes returns boxes that together make up the area's tiles: spans that repeat from row to row
// become one box.
func (a *coveredArea) boxes() []loc2vec.Bounds {
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
