package coast

import (
	"cmp"

	"github.com/loc2vec/loc2vec"
)

// Side is a side of a tile, in the order of a clockwise walk around it.
type Side uint8

// The sides of a tile.
const (
	North Side = iota
	East
	South
	West
)

// Cut is the point where a coast crosses the edge of a tile: an exact position on the walk around the tile,
// clockwise from its north-western corner.
type Cut struct {
	Side  Side
	Whole int32 // steps along the side
	Rest  int64 // plus Rest/Over of a step
	Over  int64 // above 0
	// Drift/Over is the change of the position if the coast moves a little east and much less south. It orders
	// cuts at the same position.
	Drift int64
}

// Compare orders cuts along the walk around the tile.
func (c Cut) Compare(d Cut) int {
	return cmp.Or(
		cmp.Compare(c.Side, d.Side),
		cmp.Compare(c.Whole, d.Whole),
		cmp.Compare(c.Rest*d.Over, d.Rest*c.Over),
		cmp.Compare(c.Drift*d.Over, d.Drift*c.Over),
	)
}

// Mirrored returns the cut from the point of view of the neighbouring tile, on its opposite side, where the
// walk runs in the other direction.
func (c Cut) Mirrored(side Side) Cut {
	m := Cut{Side: side, Whole: loc2vec.Extent - c.Whole, Over: c.Over, Drift: -c.Drift}
	if c.Rest > 0 {
		m.Whole--
		m.Rest = c.Over - c.Rest
	}
	return m
}
