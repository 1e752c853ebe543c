package sea

import (
	"context"
	"iter"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/coast"
	"github.com/loc2vec/loc2vec/osmextract/internal/grid"
)

// tileRect is an area of columns × rows tiles, from a north-western one.
type tileRect struct {
	tile          loc2vec.Tile
	columns, rows uint32
}

func (r tileRect) Covers(t loc2vec.Tile) bool {
	return t.X-r.tile.X < r.columns && t.Y-r.tile.Y < r.rows
}

func (r tileRect) Tiles() iter.Seq[loc2vec.Tile] {
	return func(yield func(loc2vec.Tile) bool) {
		for y := range r.rows {
			for x := range r.columns {
				if !yield(loc2vec.Tile{X: r.tile.X + x, Y: r.tile.Y + y}) {
					return
				}
			}
		}
	}
}

// middle is a tile far from the edges of the world.
func middle() loc2vec.Tile { return loc2vec.Tile{X: 9000, Y: 6000} }

// coastline makes a way of positions, counted in tiles from the north-western corner of a tile. Ids of
// nodes are hashes of their positions, so ways meet where their ends do.
func coastline(tile loc2vec.Tile, positions ...float64) Way {
	var way Way
	for i := 0; i < len(positions); i += 2 {
		x, y := int64(math.Round(positions[i]*loc2vec.Extent)), int64(math.Round(positions[i+1]*loc2vec.Extent))
		x += int64(tile.X) << grid.ExtentBits
		y += int64(tile.Y) << grid.ExtentBits
		way.Nodes = append(way.Nodes, x<<32|y)
		way.Points = append(way.Points, loc2vec.Point{X: float64(x) / grid.Across, Y: float64(y) / grid.Across})
	}
	way.ID = way.Nodes[0] ^ way.Nodes[len(way.Nodes)-1]<<1
	return way
}

// inSea reports whether a position lies in the sea, that is within an odd number of rings.
func (s *Map) inSea(p grid.Point) bool {
	t := p.Tile()
	inside := false
	for _, ring := range s.Rings(t) {
		in, onLine := coast.Contains(ring, loc2vec.TilePoint{X: p.X - int32(t.X)<<grid.ExtentBits, Y: p.Y - int32(t.Y)<<grid.ExtentBits})
		inside = inside != (in || onLine)
	}
	return inside
}

// coastSea is FromCoast without cancellation.
func coastSea(ways []Way, options CoastOptions) (*Map, Stats) {
	s, stats, _ := FromCoast(context.Background(), ways, options)
	return s, stats
}

// picture shows an area with four characters for each tile: ~ for sea, # for land.
func picture(s *Map, r tileRect) string {
	var b strings.Builder
	const perTile = 4
	for y := range r.rows * perTile {
		for x := range r.columns * perTile {
			p := grid.Point{
				X: int32(r.tile.X)<<grid.ExtentBits + int32(x)*loc2vec.Extent/perTile + loc2vec.Extent/perTile/2 + 3,
				Y: int32(r.tile.Y)<<grid.ExtentBits + int32(y)*loc2vec.Extent/perTile + loc2vec.Extent/perTile/2 + 5,
			}
			if s.inSea(p) {
				b.WriteByte('~')
			} else {
				b.WriteByte('#')
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// checkRings checks that rings are oriented and ordered like the parts of a loc2vec.Feature, and that
// their area is between 0 and that of a tile.
func checkRings(t *testing.T, s *Map, cover Cover) {
	t.Helper()
	for tile := range cover.Tiles() {
		total := int64(0)
		for i, ring := range s.Rings(tile) {
			area := loc2vec.DoubleArea(ring)
			total += area
			if area == 0 || i == 0 && area < 0 {
				t.Fatalf("tile %v: ring %d has area %d", tile, i, area)
			}
			for k, p := range ring {
				if p == ring[(k+1)%len(ring)] || min(p.X, p.Y) < 0 || max(p.X, p.Y) > loc2vec.Extent {
					t.Fatalf("tile %v: ring %d: bad point %v", tile, i, p)
				}
			}
		}
		if total < 0 || total > coast.Area {
			t.Fatalf("tile %v: area %d of %d", tile, total, coast.Area)
		}
	}
}

// checkSeams checks that both tiles at an edge agree on its wet parts, except between coast points on the
// edge: a coast may run along it.
func checkSeams(t *testing.T, s *Map, cover Cover, ways []Way) {
	t.Helper()
	onEdge := make(map[grid.Point]bool)
	for _, w := range ways {
		for _, p := range w.Points {
			if q := grid.Of(p); q.X%loc2vec.Extent == 0 || q.Y%loc2vec.Extent == 0 {
				onEdge[q] = true
			}
		}
	}
	for tile := range cover.Tiles() {
		for _, side := range [...]coast.Side{coast.East, coast.South} {
			next, ok := neighbour(tile, side)
			if !ok || !cover.Covers(next) {
				continue
			}
			here, there := wetEdge(s.Rings(tile), side), wetEdge(s.Rings(next), (side+2)%4)
			alongCoast := func(at int32) bool {
				p := grid.Point{X: int32(next.X) << grid.ExtentBits, Y: int32(next.Y) << grid.ExtentBits}
				if side == coast.East {
					p.Y += at
				} else {
					p.X += at
				}
				return onEdge[p]
			}
			here, there = slices.DeleteFunc(here, alongCoast), slices.DeleteFunc(there, alongCoast)
			if !slices.Equal(here, there) {
				t.Fatalf("edge %d of tile %v: sea at %v here and %v there", side, tile, here, there)
			}
		}
	}
}

// wetEdge returns the parts of an edge of a tile with sea inside the tile, as pairs of sorted positions.
func wetEdge(rings [][]loc2vec.TilePoint, side coast.Side) []int32 {
	// A ring along the edge adds or removes sea, depending on its direction.
	change := make(map[int32]int)
	for _, ring := range rings {
		for i, a := range ring {
			b := ring[(i+1)%len(ring)]
			var from, to int32
			switch {
			case side == coast.North && a.Y == 0 && b.Y == 0:
				from, to = a.X, b.X
			case side == coast.East && a.X == loc2vec.Extent && b.X == loc2vec.Extent:
				from, to = a.Y, b.Y
			case side == coast.South && a.Y == loc2vec.Extent && b.Y == loc2vec.Extent:
				from, to = b.X, a.X
			case side == coast.West && a.X == 0 && b.X == 0:
				from, to = b.Y, a.Y
			default:
				continue
			}
			change[from]++
			change[to]--
		}
	}
	var at []int32
	for p, n := range change {
		if n != 0 {
			at = append(at, p)
		}
	}
	slices.Sort(at)
	return at
}
