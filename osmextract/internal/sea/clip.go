package sea

import (
	"iter"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/coast"
	"github.com/loc2vec/loc2vec/osmextract/internal/grid"
)

// Clipping decides without rounding on which side of an edge of a tile a point lies. A point exactly on an
// edge belongs to the eastern or southern tile. Where that leaves a choice, the answer is that for a coast
// moved east by an infinitely small step ε and south by ε² (simulation of simplicity; Edelsbrunner and
// Mücke, 1990). So a coast may run along an edge, touch it or pass through a corner, and exits and entries
// still alternate around every tile.

// Cover is the area to compute.
type Cover interface {
	// Covers reports whether a tile belongs to the area. Both coordinates are below 2^14.
	Covers(t loc2vec.Tile) bool
	// Tiles yields each tile of the area once.
	Tiles() iter.Seq[loc2vec.Tile]
}

// coversPoint reports whether p lies in a covered tile.
func coversPoint(cover Cover, p grid.Point) bool {
	const last = grid.Across - 1
	return p.X >= 0 && p.X <= last && p.Y >= 0 && p.Y <= last && cover.Covers(p.Tile())
}

// coastClipper clips chains to the tiles of the area.
type coastClipper struct {
	cover   Cover
	closing closingLines
	tiles   map[loc2vec.Tile]*tileCoast
	loose   int // chain ends left inside a covered tile
	added   int // chains
}

// tileCoast is the coast inside one tile.
type tileCoast struct {
	coast.Tile
	closing [][]loc2vec.TilePoint // the lines of it that close the coast
}

func newCoastClipper(cover Cover, closing closingLines) *coastClipper {
	return &coastClipper{cover: cover, closing: closing, tiles: make(map[loc2vec.Tile]*tileCoast)}
}

// tile returns the coast of a tile, nil if the area does not cover it.
func (c *coastClipper) tile(column, row int32) *tileCoast {
	if uint32(column) >= 1<<loc2vec.Zoom || uint32(row) >= 1<<loc2vec.Zoom {
		return nil
	}
	t := loc2vec.Tile{X: uint32(column), Y: uint32(row)}
	if known := c.tiles[t]; known != nil {
		return known
	}
	if !c.cover.Covers(t) {
		return nil
	}
	made := new(tileCoast)
	c.tiles[t] = made
	return made
}

// add clips a chain.
func (c *coastClipper) add(chain coastChain) {
	first := chain.points[0]
	w := coastWalk{clipper: c, chain: c.added, column: first.X >> grid.ExtentBits, row: first.Y >> grid.ExtentBits}
	w.coast = c.tile(w.column, w.row)
	w.append(first)
	for i := 1; i < len(chain.points); i++ {
		w.segment(chain.points[i-1], chain.points[i])
	}
	if chain.closed {
		w.segment(chain.points[len(chain.points)-1], first)
	}
	w.finish(chain.closed)
	c.added++
}

// coastWalk follows a chain from tile to tile.
type coastWalk struct {
	clipper     *coastClipper
	chain       int
	column, row int32
	coast       *tileCoast // of the tile, nil if it is not covered
	closing     bool       // the segment is a closing line
	points      []loc2vec.TilePoint
	entry       coast.Cut
	entered     bool                // whether the piece has an entry, as all but the first one
	firstPiece  []loc2vec.TilePoint // the first piece of a chain that leaves its first tile
	firstCoast  *tileCoast
	firstExit   coast.Cut
}

// append adds a point to the piece in the tile.
func (w *coastWalk) append(p grid.Point) {
	if w.coast == nil {
		return
	}
	w.appendInTile(loc2vec.TilePoint{X: p.X - w.column<<grid.ExtentBits, Y: p.Y - w.row<<grid.ExtentBits})
}

func (w *coastWalk) appendInTile(p loc2vec.TilePoint) {
	n := len(w.points)
	if n > 0 && w.points[n-1] == p {
		return
	}
	if n > 0 && w.closing {
		w.coast.closing = append(w.coast.closing, []loc2vec.TilePoint{w.points[n-1], p})
	}
	w.points = append(w.points, p)
}

// segment walks from p, the current position, to q, tile by tile.
func (w *coastWalk) segment(p, q grid.Point) {
	w.closing = w.clipper.closing.has(p, q)
	dx, dy := int64(q.X)-int64(p.X), int64(q.Y)-int64(p.Y)
	column, row := q.X>>grid.ExtentBits, q.Y>>grid.ExtentBits
	for w.column != column || w.row != row {
		// The next edge ahead in each direction.
		edgeX, edgeY := w.column<<grid.ExtentBits, w.row<<grid.ExtentBits
		if dx > 0 {
			edgeX += loc2vec.Extent
		}
		if dy > 0 {
			edgeY += loc2vec.Extent
		}
		sideways := w.row == row
		if !sideways && w.column != column {
			toX := abs(int64(edgeX)-int64(p.X)) * abs(dy)
			toY := abs(int64(edgeY)-int64(p.Y)) * abs(dx)
			// Through a corner: ε brings the edge nearer if the coast goes east.
			sideways = toX < toY || toX == toY && dx > 0
		}
		if sideways {
			w.crossColumn(p, dx, dy, edgeX)
		} else {
			w.crossRow(p, dx, dy, edgeY)
		}
	}
	w.append(q)
}

// crossColumn moves the walk over the edge at x to the next column.
func (w *coastWalk) crossColumn(p grid.Point, dx, dy int64, x int32) {
	step, over := int64(1), dx
	if dx < 0 {
		step, over, dy = -1, -dx, -dy
	}
	y, rest := divide((int64(x)-int64(p.X))*dy, over)
	y += int64(p.Y) - int64(w.row)<<grid.ExtentBits
	at := grid.Point{X: x, Y: w.row<<grid.ExtentBits + int32(y+round(rest, over))}
	down := coast.Cut{Side: coast.East, Whole: int32(y), Rest: rest, Over: over, Drift: -dy}
	up := down.Mirrored(coast.West)
	if step > 0 {
		w.cross(at, down, up, 1, 0)
	} else {
		w.cross(at, up, down, -1, 0)
	}
}

// crossRow moves the walk over the edge at y to the next row.
func (w *coastWalk) crossRow(p grid.Point, dx, dy int64, y int32) {
	step, over := int64(1), dy
	if dy < 0 {
		step, over, dx = -1, -dy, -dx
	}
	x, rest := divide((int64(y)-int64(p.Y))*dx, over)
	x += int64(p.X) - int64(w.column)<<grid.ExtentBits
	at := grid.Point{X: w.column<<grid.ExtentBits + int32(x+round(rest, over)), Y: y}
	right := coast.Cut{Side: coast.North, Whole: int32(x), Rest: rest, Over: over, Drift: -dx}
	left := right.Mirrored(coast.South)
	if step > 0 {
		w.cross(at, left, right, 0, 1)
	} else {
		w.cross(at, right, left, 0, -1)
	}
}

// cross ends the piece in this tile and begins a piece in the next one.
func (w *coastWalk) cross(at grid.Point, exit, entry coast.Cut, columns, rows int32) {
	w.append(at)
	switch {
	case !w.entered:
		w.firstPiece, w.firstCoast, w.firstExit = w.points, w.coast, exit
	case w.coast != nil:
		w.coast.Pieces = append(w.coast.Pieces, coast.Piece{Points: w.points, Entry: w.entry, Exit: exit, Chain: w.chain})
	}
	w.points, w.entry, w.entered = nil, entry, true
	w.column += columns
	w.row += rows
	w.coast = w.clipper.tile(w.column, w.row)
	w.append(at)
}

// finish ends the walk. The walk of a closed chain is back in its first tile.
func (w *coastWalk) finish(closed bool) {
	switch {
	case !closed:
		if w.coast != nil {
			w.clipper.loose++
		}
		if w.entered && w.firstCoast != nil {
			w.clipper.loose++
		}
	case w.coast == nil:
	case !w.entered:
		w.coast.Closed = append(w.coast.Closed, coast.Closed{Points: w.points, Chain: w.chain})
	default:
		w.closing = false // those of the first piece are known
		for _, p := range w.firstPiece {
			w.appendInTile(p)
		}
		w.coast.Pieces = append(w.coast.Pieces, coast.Piece{Points: w.points, Entry: w.entry, Exit: w.firstExit, Chain: w.chain})
	}
}

// divide returns the quotient of a/b, rounded down, and the rest, for b > 0.
func divide(a, b int64) (quotient, rest int64) {
	quotient, rest = a/b, a%b
	if rest < 0 {
		quotient, rest = quotient-1, rest+b
	}
	return quotient, rest
}

// round returns 1 if rest/over is a half or more, and 0 otherwise.
func round(rest, over int64) int64 {
	if 2*rest >= over {
		return 1
	}
	return 0
}

func abs(a int64) int64 { return max(a, -a) }
