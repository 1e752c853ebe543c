package osmextract

import (
	"errors"
	"math"
	"sync"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/osmextract/internal/grid"
	"github.com/loc2vec/loc2vec/osmextract/internal/sea"
	"github.com/loc2vec/loc2vec/osmextract/internal/tiler"
)

// countNodes starts to count the nodes of each input whose box fits by tile, and returns a function that waits
// for the counts, in the order of the inputs.
func (s *survey) countNodes() func() []map[grid.TileKey]int {
	counts := make([]map[grid.TileKey]int, len(s.inputs))
	var wg sync.WaitGroup
	wg.Go(func() {
		for i, in := range s.inputs {
			if in.boxFits() {
				counts[i] = in.nodes.countIn(grid.BoxArea(*in.info.Box))
			}
		}
	})
	return func() []map[grid.TileKey]int {
		wg.Wait()
		return counts
	}
}

// mappedArea returns the part of the covered area that the sources map. counts are those of countNodes.
func (s *survey) mappedArea(counts []map[grid.TileKey]int, t *tiler.Tiler, water *sea.Map) *grid.Area {
	var area *grid.Area
	for i, in := range s.inputs {
		a := in.coveredArea()
		if a == nil {
			continue
		}
		if in.boxFits() {
			a = trimmed(a, counts[i], t.BuiltUp, isCovered(t, water))
		}
		if area != nil {
			a = area.Join(a)
		}
		area = a
	}
	return area
}

// coveredArea returns the union of what the sources cover.
func (s *survey) coveredArea() (*grid.Area, error) {
	var area *grid.Area
	for _, in := range s.inputs {
		a := in.coveredArea()
		switch {
		case a == nil:
		case area == nil:
			area = a
		default:
			area = area.Join(a)
		}
	}
	if area == nil {
		return nil, errors.New("the extract lies beyond the tiles, which end at 85.05 degrees of latitude")
	}
	return area, nil
}

// minInBox is the share of nodes that must lie inside the box of a source for the box to fit. Complete ways
// and relations reach beyond it, far beyond in the extract of a few streets. A box that does not fit was
// left over when a file was cut from another one.
const minInBox = 0.4

// boxFits reports whether the source states a box that fits its nodes. The box of a country around the
// nodes of a village does not.
func (in *input) boxFits() bool {
	box, nodes := in.info.Box, in.nodes.len()
	return box != nil && nodes > 0 && float64(in.inBox) >= minInBox*float64(nodes) && grid.BoxArea(*box).Count() <= 10_000+10*nodes
}

// coveredArea returns the area of the box, if it fits, or else the area of the nodes. It returns nil if
// there is neither.
func (in *input) coveredArea() *grid.Area {
	if in.boxFits() {
		return grid.BoxArea(*in.info.Box)
	}
	return dataArea(in.nodes)
}

// dataArea returns the tiles that hold nodes, with gaps of up to two tiles closed, within the box of all
// but the outermost nodes. It returns nil if no node has a tile; nodes near the poles have none.
func dataArea(nodes nodeCounts) *grid.Area {
	if nodes.len() == 0 {
		return nil
	}
	held := map[grid.TileKey]bool{}
	for k := range nodes.countIn(grid.BoxArea(nodes.trimmedBox())) {
		held[k] = true
	}
	if len(held) == 0 {
		return nil
	}
	return grid.AreaOf(closeGaps(held))
}

// nodeCounts counts the nodes of a source by place.
type nodeCounts interface {
	len() int
	// trimmedBox returns the box of all but the outermost nodes.
	trimmedBox() loc2vec.Bounds
	// countIn counts the nodes in each tile of an area. Tiles without nodes are not in the map.
	countIn(area *grid.Area) map[grid.TileKey]int
}

func (t *nodeTable) countIn(area *grid.Area) map[grid.TileKey]int {
	counts := map[grid.TileKey]int{}
	finder := grid.NewTileFinder(area)
	// Most nodes lie in the tile of the node before.
	var last grid.TileKey
	run := 0
	for _, at := range t.nodes() {
		k, ok := finder.Find(at)
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

// mappedNodes is the number of nodes from which a tile without buildings and roads counts as mapped.
// Borders and rivers that lead out of an extract have fewer.
const mappedNodes = 64

// trimmed returns an area without what a source does not map: extracts are cut along borders, and the
// corners of their boxes hold nothing but what leads there. It keeps tiles that are built up, that have
// many nodes, that sea or another area covers, and those that such tiles enclose.
func trimmed(a *grid.Area, nodes map[grid.TileKey]int, builtUp, covered func(loc2vec.Tile) bool) *grid.Area {
	held := map[grid.TileKey]bool{}
	for k, n := range nodes {
		if n >= mappedNodes || builtUp(k.Tile()) {
			held[k] = true
		}
	}
	held = closeGaps(held)
	return a.Trim(func(x, y int32) bool {
		k := grid.KeyOf(x, y)
		return !held[k] && !covered(k.Tile())
	})
}

// isCovered returns a function that reports whether a tile has sea, or an area that covers a tile.
func isCovered(t *tiler.Tiler, water *sea.Map) func(loc2vec.Tile) bool {
	return func(tile loc2vec.Tile) bool { return water.HasSea(tile) || t.Covered(tile) }
}

// trimShare is the share of nodes outside of each side of the trimmed box: nodes of long ways and of
// relations that lead far away.
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

func (b *degreeBins) add(at grid.Location) {
	b.lats[(int64(at.Lat)+90e7)*binsPerDegree/1e7]++ // int has 32 bits on some processors
	b.lons[(int64(at.Lon)+180e7)*binsPerDegree/1e7]++
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

// closeGaps returns the morphological closing of a set of tiles: the tiles whose neighbours are all in the
// set or next to a tile of the set.
func closeGaps(held map[grid.TileKey]bool) map[grid.TileKey]bool {
	around := func(k grid.TileKey, visit func(grid.TileKey)) {
		x, y := k.Column(), k.Row()
		for ny := max(y-1, 0); ny <= min(y+1, grid.TilesAcross-1); ny++ {
			for nx := x - 1; nx <= x+1; nx++ {
				visit(grid.KeyOf((nx+grid.TilesAcross)%grid.TilesAcross, ny)) // across the antimeridian as well
			}
		}
	}
	grown := map[grid.TileKey]bool{}
	for k := range held {
		around(k, func(n grid.TileKey) { grown[n] = true })
	}
	closed := map[grid.TileKey]bool{}
	for k := range grown {
		inside := true
		around(k, func(n grid.TileKey) { inside = inside && grown[n] })
		if inside {
			closed[k] = true
		}
	}
	return closed
}
