package sea

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/coast"
	"github.com/loc2vec/loc2vec/osmextract/internal/grid"
)

// flood decides which tiles without coast are sea. Each takes the ground of the coast that is nearest in
// steps from tile to tile. So a bay or an ocean with a complete coast fills up to its coast, and a gap in
// a coast causes errors only near the gap.
type flood struct {
	grid   *tileGrid
	land   func(loc2vec.Tile) bool
	chains []coastChain
	// votes are those of the neighbours in one step: positive for sea, negative for land.
	votes map[loc2vec.Tile]int
}

// crossed marks tiles that a coast crosses.
const crossed ground = 254

// begin starts the flood at the tiles that a coast crosses: the ground along a side continues beyond it.
func (f *flood) begin(events map[loc2vec.Tile][]coast.Event) {
	for t := range events {
		f.grid.set(t, crossed)
	}
	for t, e := range events {
		for side, g := range coast.Sides(e) {
			f.vote(t, coast.Side(side), g)
		}
	}
}

// beginRings continues the flood at tiles with complete islands only, as far as they are not reached.
func (f *flood) beginRings(tiles []loc2vec.Tile, coasts map[loc2vec.Tile]*tileCoast) {
	tiles = slices.DeleteFunc(tiles, func(t loc2vec.Tile) bool { return f.grid.at(t) != unknown })
	for _, t := range tiles {
		f.grid.set(t, coasts[t].Background())
	}
	for _, t := range tiles {
		for side := coast.North; side <= coast.West; side++ {
			f.vote(t, side, f.grid.at(t))
		}
	}
}

// vote votes for the ground along a side in the neighbour beyond it.
func (f *flood) vote(t loc2vec.Tile, side coast.Side, g ground) {
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

// spread spreads the flood until it reaches no more tiles.
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
			for side := coast.North; side <= coast.West; side++ {
				f.vote(t, side, f.grid.at(t))
			}
		}
	}
}

func (f *flood) looksLikeLand(t loc2vec.Tile) bool { return f.land != nil && f.land(t) }

// decideRest decides on the tiles that no coast reaches, one connected group after the other, by signs of
// land or else by the side of the nearest coast.
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

// group returns the unknown tiles connected with t, and marks them as land for now.
func (f *flood) group(t loc2vec.Tile) []loc2vec.Tile {
	group := []loc2vec.Tile{t}
	f.grid.set(t, land)
	for i := 0; i < len(group); i++ {
		for side := coast.North; side <= coast.West; side++ {
			if next, ok := neighbour(group[i], side); ok && f.grid.at(next) == unknown {
				f.grid.set(next, land)
				group = append(group, next)
			}
		}
	}
	return group
}

// conflicts counts the edges between a whole tile of sea and a whole tile of land.
func (f *flood) conflicts() int {
	n := 0
	for y, row := range f.grid.rows {
		for x, g := range row.grounds {
			if g != sea && g != land {
				continue
			}
			t := loc2vec.Tile{X: row.left + uint32(x), Y: f.grid.top + uint32(y)}
			for _, side := range [...]coast.Side{coast.East, coast.South} {
				next, ok := neighbour(t, side)
				if h := f.grid.at(next); ok && (h == sea || h == land) && h != g {
					n++
				}
			}
		}
	}
	return n
}

// nearestGround returns the ground at the centre of a tile by the side of the nearest coast.
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

// nearestCoast finds the point of a coast that is nearest to a position.
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
			continue // the segment that ends at corner a decides
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
		// The corner b is nearest. Water lies on the right of both segments if the coast turns right, and
		// on the right of either if it turns left.
		c := points[(i+2)%len(points)]
		if onRight(a, b, c) {
			n.onRight = n.onRight && onRight(b, c, n.to)
		} else {
			n.onRight = n.onRight || onRight(b, c, n.to)
		}
	}
}

// segmentFraction returns the fraction 0..1 from a to b of the point nearest to p.
func segmentFraction(a, b, p grid.Point) float64 {
	dx, dy := float64(b.X-a.X), float64(b.Y-a.Y)
	length := dx*dx + dy*dy
	if length == 0 {
		return 0
	}
	return min(max((float64(p.X-a.X)*dx+float64(p.Y-a.Y)*dy)/length, 0), 1)
}

// onRight reports whether p lies on the right of the line from a to b on the map.
func onRight(a, b, p grid.Point) bool { return cross(a, b, p) > 0 }

// cross returns twice the area of the triangle, positive if p lies on the right of the line from a to b.
func cross(a, b, p grid.Point) int64 {
	return int64(b.X-a.X)*int64(p.Y-a.Y) - int64(b.Y-a.Y)*int64(p.X-a.X)
}

// sortedTiles returns the keys row by row, so that results do not depend on the order of the map.
func sortedTiles[V any](tiles map[loc2vec.Tile]V) []loc2vec.Tile {
	return slices.SortedFunc(maps.Keys(tiles), func(a, b loc2vec.Tile) int {
		return cmp.Or(cmp.Compare(a.Y, b.Y), cmp.Compare(a.X, b.X))
	})
}
