package osmextract

import (
	"cmp"
	"errors"
	"math"
	"slices"

	"github.com/loc2vec/loc2vec"
)

// mappedArea returns the part of the covered area that the sources map.
func (s *survey) mappedArea(t *tiler, sea *seaMap) *coveredArea {
	var area *coveredArea
	for _, in := range s.inputs {
		a := in.coveredArea()
		if a == nil {
			continue
		}
		if in.boxFits() {
			a = a.trimmed(in.nodes, t.builtUp, sea)
		}
		if area != nil {
			a = area.join(a)
		}
		area = a
	}
	return area
}

// coveredArea returns the union of what the sources cover.
func (s *survey) coveredArea() (*coveredArea, error) {
	var area *coveredArea
	for _, in := range s.inputs {
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

// boxFits reports whether the file has a box, and nodes that fit it: a box of a country around the
// nodes of a village was left over from another file.
func (in *input) boxFits() bool {
	box, nodes := in.info.Box, in.nodes.len()
	return box != nil && nodes > 0 && float64(in.inBox) >= minInBox*float64(nodes) && boxArea(*box).count() <= 10_000+10*nodes
}

// coveredArea returns what the file covers: its box when that fits the nodes, otherwise what the
// nodes cover; nil when that is nothing.
func (in *input) coveredArea() *coveredArea {
	if in.boxFits() {
		return boxArea(*in.info.Box)
	}
	return dataArea(in.nodes)
}

// dataArea covers the tiles that hold nodes, gaps of up to two tiles closed, within the box of all
// but the outermost nodes. It returns nil when there are none, or none that has a tile: those near the
// poles have not.
func dataArea(nodes nodeCounts) *coveredArea {
	if nodes.len() == 0 {
		return nil
	}
	held := map[tileKey]bool{}
	for k := range nodes.countIn(boxArea(nodes.trimmedBox())) {
		held[k] = true
	}
	if len(held) == 0 {
		return nil
	}
	return areaOf(closeGaps(held))
}

// nodeCounts tells where the nodes of a source are.
type nodeCounts interface {
	len() int
	// trimmedBox returns the box of all but the outermost nodes.
	trimmedBox() loc2vec.Bounds
	// countIn counts the nodes in each tile of an area that has any.
	countIn(area *coveredArea) map[tileKey]int
}

func (t *nodeTable) countIn(area *coveredArea) map[tileKey]int {
	counts := map[tileKey]int{}
	finder := newTileFinder(area)
	// Most nodes are in the tile of the node before.
	var last tileKey
	run := 0
	for _, at := range t.nodes() {
		k, ok := finder.find(at)
		if !ok {
			continue
		}
		if k != last {
			if run > 0 {
				counts[last] += run
			}
			last, run = k, 0
		}
		run++
	}
	if run > 0 {
		counts[last] += run
	}
	return counts
}

// tileFinder finds the tile of a place in an area without projecting it.
type tileFinder struct {
	area *coveredArea
	rows *rowFinder
}

func newTileFinder(area *coveredArea) *tileFinder {
	return &tileFinder{area: area, rows: newRowFinder(area)}
}

func (f *tileFinder) find(at location) (tileKey, bool) {
	x := min(int32((int64(at.lon)+180e7)*tilesAcross/360e7), tilesAcross-1)
	y := f.rows.find(at.lat)
	if y < 0 || !f.area.contains(x, y) {
		return 0, false
	}
	return keyOf(x, y), true
}

// rowFinder finds the row of tiles at a latitude without projecting it.
type rowFinder struct {
	top   int32
	north []int32 // latitudes of the rows' northern edges and of the last row's southern one, times 1e7
	last  int
}

func newRowFinder(area *coveredArea) *rowFinder {
	f := &rowFinder{top: area.top}
	for i := range len(area.rows) + 1 {
		edge := loc2vec.Point{Y: float64(area.top+int32(i)) / tilesAcross}
		f.north = append(f.north, int32(math.Round(edge.LatLon().Lat*1e7)))
	}
	return f
}

// find returns the row, -1 for one that the area does not have.
func (f *rowFinder) find(lat int32) int32 {
	if lat > f.north[f.last] || lat <= f.north[f.last+1] {
		// The first edge south of the latitude is the row's southern one.
		i, _ := slices.BinarySearchFunc(f.north, lat, func(edge, lat int32) int { return cmp.Compare(lat, edge+1) })
		if i == 0 || i == len(f.north) {
			return -1
		}
		f.last = i - 1
	}
	return f.top + int32(f.last)
}

// mappedNodes is the number of nodes that shows a tile without buildings and roads to be mapped.
// Borders and rivers that lead out of an extract have fewer.
const mappedNodes = 64

// trimmed returns the area without what the file does not map: extracts are cut along borders, and
// the corners of their boxes hold nothing but what leads there. Tiles stay that are settled, which
// means that they have buildings or roads, that have many nodes, or sea, and those enclosed by tiles
// that stay.
func (a *coveredArea) trimmed(nodes nodeCounts, builtUp func(loc2vec.Tile) bool, sea *seaMap) *coveredArea {
	held := map[tileKey]bool{}
	for k, n := range nodes.countIn(a) {
		if n >= mappedNodes || builtUp(k.tile()) {
			held[k] = true
		}
	}
	held = closeGaps(held)
	empty := func(x, y int32) bool {
		if !a.contains(x, y) {
			return true
		}
		return !held[keyOf(x, y)] && (sea == nil || len(sea.Rings(loc2vec.Tile{X: uint32(x), Y: uint32(y)})) == 0)
	}
	outside := a.reach(empty)
	kept := &coveredArea{top: a.top, rows: make([][]span, len(a.rows))}
	for t := range a.Tiles() {
		x, row := int32(t.X), int32(t.Y)-a.top
		if outside(x, int32(t.Y)) {
			continue
		}
		if n := len(kept.rows[row]); n > 0 && kept.rows[row][n-1].x1 == x-1 {
			kept.rows[row][n-1].x1 = x
			continue
		}
		kept.rows[row] = append(kept.rows[row], span{x, x})
	}
	if n := kept.count(); n == 0 || n == a.count() {
		return a
	}
	for _, box := range kept.boxes() {
		for _, whole := range a.bounds {
			if b, ok := intersect(box, whole); ok {
				kept.bounds = append(kept.bounds, b)
			}
		}
	}
	return kept
}

// reach floods the tiles around the area and those empty ones that they lead to, and returns what
// tells whether a tile of the area was reached.
func (a *coveredArea) reach(empty func(x, y int32) bool) func(x, y int32) bool {
	e := a.extent()
	w, h := int(e.x1-e.x0)+3, int(e.y1-e.y0)+3 // a margin of one tile all around
	reached := make([]bool, w*h)
	index := func(x, y int32) int { return int(y-e.y0+1)*w + int(x-e.x0+1) }
	stack := []int{0}
	reached[0] = true
	for len(stack) > 0 {
		i := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		for _, n := range [...]int{i - 1, i + 1, i - w, i + w} {
			if n < 0 || n >= len(reached) || reached[n] || (n == i-1 && i%w == 0) || (n == i+1 && n%w == 0) {
				continue
			}
			if empty(int32(n%w)+e.x0-1, int32(n/w)+e.y0-1) {
				reached[n] = true
				stack = append(stack, n)
			}
		}
	}
	return func(x, y int32) bool { return reached[index(x, y)] }
}

// intersect returns what two boxes have in common and whether that is more than an edge. The second
// may cross the antimeridian.
func intersect(a, b loc2vec.Bounds) (loc2vec.Bounds, bool) {
	if b.Min.Lon > b.Max.Lon {
		west, east := b, b
		west.Max.Lon, east.Min.Lon = 180, -180
		if c, ok := intersect(a, west); ok {
			return c, true
		}
		return intersect(a, east)
	}
	c := loc2vec.Bounds{
		Min: loc2vec.LatLon{Lat: max(a.Min.Lat, b.Min.Lat), Lon: max(a.Min.Lon, b.Min.Lon)},
		Max: loc2vec.LatLon{Lat: min(a.Max.Lat, b.Max.Lat), Lon: min(a.Max.Lon, b.Max.Lon)},
	}
	return c, c.Min.Lat < c.Max.Lat && c.Min.Lon < c.Max.Lon
}

// trimShare is the share of nodes left out on each side of the trimmed box: those of long ways and
// of relations that lead far away.
const trimShare = 0.0025

func (t *nodeTable) trimmedBox() loc2vec.Bounds {
	b := newDegreeBins()
	for _, at := range t.nodes() {
		b.add(at)
	}
	return b.trimmedBox()
}

// degreeBins counts nodes by latitude and by longitude.
type degreeBins struct {
	lats, lons []int
	nodes      int
}

const binsPerDegree = 100

func newDegreeBins() *degreeBins {
	return &degreeBins{lats: make([]int, 180*binsPerDegree+1), lons: make([]int, 360*binsPerDegree+1)}
}

func (b *degreeBins) len() int { return b.nodes }

func (b *degreeBins) add(at location) {
	b.lats[(int(at.lat)+90e7)*binsPerDegree/1e7]++
	b.lons[(int(at.lon)+180e7)*binsPerDegree/1e7]++
	b.nodes++
}

func (b *degreeBins) trimmedBox() loc2vec.Bounds {
	trim := func(bins []int) (first, last int) {
		spare := int(trimShare * float64(b.nodes))
		first, last = 0, len(bins)-1
		for n := bins[first]; n <= spare; n += bins[first] {
			first++
		}
		for n := bins[last]; n <= spare; n += bins[last] {
			last--
		}
		return first, last
	}
	south, north := trim(b.lats)
	west, east := trim(b.lons)
	return loc2vec.Bounds{
		Min: loc2vec.LatLon{Lat: float64(south)/binsPerDegree - 90, Lon: float64(west)/binsPerDegree - 180},
		Max: loc2vec.LatLon{Lat: math.Min(90, float64(north+1)/binsPerDegree-90), Lon: math.Min(180, float64(east+1)/binsPerDegree-180)},
	}
}

// closeGaps returns the morphological closing of a set of tiles: tiles all of whose neighbours are
// held or next to one that is.
func closeGaps(held map[tileKey]bool) map[tileKey]bool {
	around := func(k tileKey, visit func(tileKey)) {
		x, y := k.column(), k.row()
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

// areaOf covers whole tiles, at least one.
func areaOf(tiles map[tileKey]bool) *coveredArea {
	keys := make([]tileKey, 0, len(tiles))
	for k := range tiles {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	a := &coveredArea{top: keys[0].row()}
	a.rows = make([][]span, keys[len(keys)-1].row()-a.top+1)
	for _, k := range keys {
		x, row := k.column(), k.row()-a.top
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
