package sea

import (
	"math"
	"slices"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/coast"
)

// tileGrid holds one value for each tile of an area, row by row: a country of 100,000 tiles takes little
// more than 100,000 bytes.
type tileGrid struct {
	top  uint32
	rows []gridRow
}

// gridRow is a row from its westernmost to its easternmost tile.
type gridRow struct {
	left    uint32
	grounds []ground
}

// outside marks tiles of a row that the area does not cover.
const outside ground = 255

// newTileGrid returns the grid of an area with all tiles unknown.
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

// cell returns the cell of a tile, nil if the grid has none.
func (g *tileGrid) cell(t loc2vec.Tile) *ground {
	// Above the top row and left of the row the unsigned difference is large.
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

// neighbour returns the tile beyond a side. Columns continue across the antimeridian. It returns false
// beyond the northern and southern edge of the world.
func neighbour(t loc2vec.Tile, side coast.Side) (loc2vec.Tile, bool) {
	const last = 1<<loc2vec.Zoom - 1
	switch side {
	case coast.North:
		return loc2vec.Tile{X: t.X, Y: t.Y - 1}, t.Y > 0
	case coast.East:
		return loc2vec.Tile{X: (t.X + 1) & last, Y: t.Y}, true
	case coast.South:
		return loc2vec.Tile{X: t.X, Y: t.Y + 1}, t.Y < last
	}
	return loc2vec.Tile{X: (t.X - 1) & last, Y: t.Y}, true
}
