package sea

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/osmextract/internal/grid"
)

// tileGrid holds one value for each tile of an area, a row of tiles after the other: a country of
// 100,000 tiles takes little more than 100,000 bytes.
type tileGrid struct {
	top  uint32
	rows []gridRow
}

// gridRow is the row's tiles from its westernmost to its easternmost one.
type gridRow struct {
	left    uint32
	grounds []ground
}

// outside marks tiles between those of the area.
const outside ground = 255

// newTileGrid returns the grid of the area, all tiles unknown.
func newTileGrid(cover Cover) *tileGrid {
	type span struct{ left, right uint32 }
	spans := make(map[uint32]span)
	top, bottom := uint32(math.MaxUint32), uint32(0)
	for t := range cover.Tiles() {
		s, ok := spans[t.Y]
		if !ok {
			s = span{left: t.X, right: t.X}
		}
		spans[t.Y] = span{left: min(s.left, t.X), right: max(s.right, t.X)}
		top, bottom = min(top, t.Y), max(bottom, t.Y)
	}
	g := new(tileGrid)
	if len(spans) == 0 {
		return g
	}
	g.top, g.rows = top, make([]gridRow, bottom-top+1)
	for y, s := range spans {
		g.rows[y-top] = gridRow{left: s.left, grounds: slices.Repeat([]ground{outside}, int(s.right-s.left+1))}
	}
	for t := range cover.Tiles() {
		g.set(t, unknown)
	}
	return g
}

// cell returns the tile's place in the grid, nil when there is none.
func (g *tileGrid) cell(t loc2vec.Tile) *ground {
	// Below the top or the left the unsigned difference is large.
	y := t.Y - g.top
	if uint64(y) >= uint64(len(g.rows)) {
		return nil
	}
	row := &g.rows[y]
	x := t.X - row.left
	if uint64(x) >= uint64(len(row.grounds)) {
		return nil
	}
	return &row.grounds[x]
}

func (g *tileGrid) at(t loc2vec.Tile) ground {
	if cell := g.cell(t); cell != nil {
		return *cell
	}
	return outside
}

func (g *tileGrid) set(t loc2vec.Tile, value ground) {
	if cell := g.cell(t); cell != nil {
		*cell = value
	}
}

// neighbour returns the tile beyond a side. East and west go on across the antimeridian; beyond
// the northern and southern edge there is none.
func neighbour(t loc2vec.Tile, side tileSide) (loc2vec.Tile, bool) {
	const last = 1<<loc2vec.Zoom - 1
	switch side {
	case north:
		return loc2vec.Tile{X: t.X, Y: t.Y - 1}, t.Y > 0
	case east:
		return loc2vec.Tile{X: (t.X + 1) & last, Y: t.Y}, true
	case south:
		return loc2vec.Tile{X: t.X, Y: t.Y + 1}, t.Y < last
	}
	return loc2vec.Tile{X: (t.X - 1) & last, Y: t.Y}, true
}

// flood finds out which tiles without coast are sea. Each takes the answer of the coast that is
// nearest in steps from tile to tile, so that where the coast is sound a bay or an ocean fills as
// far as its coast, and where it has a leak the error stays near the leak.
type flood struct {
	grid   *tileGrid
	land   func(loc2vec.Tile) bool
	chains []coastChain
	// votes are for sea where positive and for land where negative, from one step's neighbours.
	votes map[loc2vec.Tile]int
}

// crossed marks tiles that the coast crosses.
const crossed ground = 254

// begin makes the tiles that the coast crosses sources: what lies along their sides goes on beyond.
func (f *flood) begin(events map[loc2vec.Tile][]coastEvent) {
	for t := range events {
		f.grid.set(t, crossed)
	}
	for t, e := range events {
		for side, g := range sides(e) {
			f.vote(t, tileSide(side), g)
		}
	}
}

// beginRings makes tiles with nothing but complete islands sources, those that are not reached yet.
func (f *flood) beginRings(tiles []loc2vec.Tile, coasts map[loc2vec.Tile]*tileCoast) {
	tiles = slices.DeleteFunc(tiles, func(t loc2vec.Tile) bool { return f.grid.at(t) != unknown })
	for _, t := range tiles {
		f.grid.set(t, coasts[t].background(t))
	}
	for _, t := range tiles {
		for side := north; side <= west; side++ {
			f.vote(t, side, f.grid.at(t))
		}
	}
}

// vote tells the neighbour beyond a side what lies along that side.
func (f *flood) vote(t loc2vec.Tile, side tileSide, g ground) {
	next, ok := neighbour(t, side)
	if !ok || g != sea && g != land || f.grid.at(next) != unknown {
		return
	}
	if f.votes == nil {
		f.votes = make(map[loc2vec.Tile]int)
	}
	if g == sea {
		f.votes[next]++
	} else {
		f.votes[next]--
	}
}

// spread goes on from the votes until nothing more can be reached.
func (f *flood) spread() {
	for len(f.votes) > 0 {
		votes := f.votes
		f.votes = nil
		for t, vote := range votes {
			g := land
			if vote > 0 || vote == 0 && !f.looksLikeLand(t) {
				g = sea
			}
			f.grid.set(t, g)
		}
		for t := range votes {
			for side := north; side <= west; side++ {
				f.vote(t, side, f.grid.at(t))
			}
		}
	}
}

func (f *flood) looksLikeLand(t loc2vec.Tile) bool { return f.land != nil && f.land(t) }

// settle decides on the tiles that no coast of the area reaches, one connected group of them after
// the other: signs of land, or the side on which the nearest coast has its water.
func (f *flood) decideRest(ctx context.Context, cover Cover) error {
	for t := range cover.Tiles() {
		if f.grid.at(t) != unknown {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		group := f.group(t)
		g := land
		if len(f.chains) > 0 && !slices.ContainsFunc(group, f.looksLikeLand) {
			g = nearestGround(f.chains, group[0])
		}
		for _, t := range group {
			f.grid.set(t, g)
		}
	}
	return nil
}

// group returns the unknown tiles that are connected with t, marked as land for the time being.
func (f *flood) group(t loc2vec.Tile) []loc2vec.Tile {
	group := []loc2vec.Tile{t}
	f.grid.set(t, land)
	for i := 0; i < len(group); i++ {
		for side := north; side <= west; side++ {
			if next, ok := neighbour(group[i], side); ok && f.grid.at(next) == unknown {
				f.grid.set(next, land)
				group = append(group, next)
			}
		}
	}
	return group
}

// conflicts counts the edges between whole tiles of which one is sea and the other land.
func (f *flood) conflicts() int {
	n := 0
	for y, row := range f.grid.rows {
		for x, g := range row.grounds {
			if g != sea && g != land {
				continue
			}
			t := loc2vec.Tile{X: row.left + uint32(x), Y: f.grid.top + uint32(y)}
			for _, side := range [...]tileSide{east, south} {
				next, ok := neighbour(t, side)
				if h := f.grid.at(next); ok && (h == sea || h == land) && h != g {
					n++
				}
			}
		}
	}
	return n
}

// nearestGround returns what lies at the tile's centre by the side of the nearest coast on which
// it is.
func nearestGround(chains []coastChain, t loc2vec.Tile) ground {
	centre := grid.Point{
		X: int32(t.X)<<grid.ExtentBits + loc2vec.Extent/2,
		Y: int32(t.Y)<<grid.ExtentBits + loc2vec.Extent/2,
	}
	n := nearestCoast{to: centre, distance: math.Inf(1)}
	for _, chain := range chains {
		n.search(chain)
	}
	if n.onRight {
		return sea
	}
	return land
}

// nearestCoast finds the point of a coast that is nearest to a place.
type nearestCoast struct {
	to       grid.Point
	distance float64
	onRight  bool
}

func (n *nearestCoast) search(chain coastChain) {
	points := chain.points
	segments := len(points)
	if !chain.closed {
		segments--
	}
	for i := range segments {
		a, b := points[i], points[(i+1)%len(points)]
		along := segmentFraction(a, b, n.to)
		if along == 0 && (i > 0 || chain.closed) {
			continue // the corner a is seen to with the line that ends there
		}
		distance := between(a, b, along).Distance(n.to)
		if distance >= n.distance {
			continue
		}
		n.distance = distance
		n.onRight = onRight(a, b, n.to)
		if along < 1 || i+1 == segments && !chain.closed {
			continue
		}
		// Nearest to the corner b: the water's side is right of both lines where the coast turns
		// right, and right of either where it turns left.
		c := points[(i+2)%len(points)]
		if onRight(a, b, c) {
			n.onRight = n.onRight && onRight(b, c, n.to)
		} else {
			n.onRight = n.onRight || onRight(b, c, n.to)
		}
	}
}

// segmentFraction returns how far along from a to b the point nearest to p is, 0..1.
func segmentFraction(a, b, p grid.Point) float64 {
	dx, dy := float64(b.X-a.X), float64(b.Y-a.Y)
	length := dx*dx + dy*dy
	if length == 0 {
		return 0
	}
	return min(max((float64(p.X-a.X)*dx+float64(p.Y-a.Y)*dy)/length, 0), 1)
}

// onRight reports whether p lies to the right of the line from a to b, seen with Y pointing down.
func onRight(a, b, p grid.Point) bool { return cross(a, b, p) > 0 }

// cross returns twice the area of the triangle, positive when p lies to the right of the line from
// a to b.
func cross(a, b, p grid.Point) int64 {
	return int64(b.X-a.X)*int64(p.Y-a.Y) - int64(b.Y-a.Y)*int64(p.X-a.X)
}

// sortedTiles returns the keys row by row, so that a run does not depend on the map's order.
func sortedTiles[V any](tiles map[loc2vec.Tile]V) []loc2vec.Tile {
	return slices.SortedFunc(maps.Keys(tiles), func(a, b loc2vec.Tile) int {
		return cmp.Or(cmp.Compare(a.Y, b.Y), cmp.Compare(a.X, b.X))
	})
}
