package sea

import (
	"cmp"
	"iter"

	"github.com/loc2vec/loc2vec"
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

// tileSide is a side of a tile, in the order of a clockwise walk around it.
type tileSide uint8

const (
	north tileSide = iota
	east
	south
	west
)

// coastCut is the point where a coast crosses the edge of a tile: an exact position on the walk around the
// tile, clockwise from its north-western corner.
type coastCut struct {
	side  tileSide
	whole int32 // steps along the side
	rest  int64 // plus rest/over of a step
	over  int64
	// drift/over is the change of the position if the coast moves by ε. It orders cuts at the same
	// position.
	drift int64
}

// compare orders cuts along the walk around the tile.
func (c coastCut) compare(d coastCut) int {
	return cmp.Or(
		cmp.Compare(c.side, d.side),
		cmp.Compare(c.whole, d.whole),
		cmp.Compare(c.rest*d.over, d.rest*c.over),
		cmp.Compare(c.drift*d.over, d.drift*c.over),
	)
}

// coastPiece is a part of a coast inside a tile, from the edge where it enters to the edge where it exits.
// Its end points lie on these edges.
type coastPiece struct {
	points      []grid.Point
	entry, exit coastCut
	chain       int // the index of its chain
}

// tileCoast is the coast inside one tile.
type tileCoast struct {
	pieces []coastPiece
	closed []closedCoast // chains that lie completely in the tile
}

// closedCoast is a chain inside a tile.
type closedCoast struct {
	points []grid.Point
	chain  int // its index
}

// coastClipper clips chains to the tiles of the area.
type coastClipper struct {
	cover Cover
	tiles map[loc2vec.Tile]*tileCoast
	loose int // chain ends left inside a covered tile
	added int // chains
}

func newCoastClipper(cover Cover) *coastClipper {
	return &coastClipper{cover: cover, tiles: make(map[loc2vec.Tile]*tileCoast)}
}

// tile returns the coast of a tile, nil if the area does not cover it.
func (c *coastClipper) tile(column, row int32) *tileCoast {
	if uint32(column) >= 1<<loc2vec.Zoom || uint32(row) >= 1<<loc2vec.Zoom {
		return nil
	}
	t := loc2vec.Tile{X: uint32(column), Y: uint32(row)}
	if coast := c.tiles[t]; coast != nil {
		return coast
	}
	if !c.cover.Covers(t) {
		return nil
	}
	coast := new(tileCoast)
	c.tiles[t] = coast
	return coast
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
	points      []grid.Point
	entry       coastCut
	entered     bool         // whether the piece has an entry, as all but the first one
	firstPiece  []grid.Point // the first piece of a chain that leaves its first tile
	firstCoast  *tileCoast
	firstExit   coastCut
}

func (w *coastWalk) append(p grid.Point) {
	if w.coast == nil {
		return
	}
	if n := len(w.points); n == 0 || w.points[n-1] != p {
		w.points = append(w.points, p)
	}
}

// segment walks from p, the current position, to q, tile by tile.
func (w *coastWalk) segment(p, q grid.Point) {
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
	down := coastCut{side: east, whole: int32(y), rest: rest, over: over, drift: -dy}
	up := down.mirrored(west)
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
	right := coastCut{side: north, whole: int32(x), rest: rest, over: over, drift: -dx}
	left := right.mirrored(south)
	if step > 0 {
		w.cross(at, left, right, 0, 1)
	} else {
		w.cross(at, right, left, 0, -1)
	}
}

// mirrored returns the cut from the point of view of the neighbouring tile, on its opposite side, where
// the walk runs in the other direction.
func (c coastCut) mirrored(side tileSide) coastCut {
	m := coastCut{side: side, whole: loc2vec.Extent - c.whole, over: c.over, drift: -c.drift}
	if c.rest > 0 {
		m.whole--
		m.rest = c.over - c.rest
	}
	return m
}

// cross ends the piece in this tile and begins a piece in the next one.
func (w *coastWalk) cross(at grid.Point, exit, entry coastCut, columns, rows int32) {
	w.append(at)
	switch {
	case !w.entered:
		w.firstPiece, w.firstCoast, w.firstExit = w.points, w.coast, exit
	case w.coast != nil:
		w.coast.pieces = append(w.coast.pieces, coastPiece{points: w.points, entry: w.entry, exit: exit, chain: w.chain})
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
		w.coast.closed = append(w.coast.closed, closedCoast{w.points, w.chain})
	default:
		for _, p := range w.firstPiece {
			w.append(p)
		}
		w.coast.pieces = append(w.coast.pieces, coastPiece{points: w.points, entry: w.entry, exit: w.firstExit, chain: w.chain})
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
