package area

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/loc2vec/loc2vec"
)

// MaxBoxes is the number of boxes that Cover makes of polygons or a corridor: a reader of a pack looks at each of the
// boxes of its covered area for every place, which takes some microseconds for as many.
const MaxBoxes = 4096

// maxSides bounds the memory of a cover: 64 MiB for the sides that meet cells, each listed for every cell.
const maxSides = 1 << 24

// relation is how a side of a shape lies to a cell.
type relation int

const (
	apart  relation = iota
	meets           // a part of the cell may belong to the shape
	covers          // the whole cell belongs to the shape
)

// shape is what a cover is made of. Its sides decide for each cell that they meet; what they do not meet is inside or
// outside as a whole.
type shape interface {
	// turns returns the first and the last copy of the world that the sides are in.
	turns() (first, last int)
	sides() int
	relate(c *cell, side int) relation
	// fills reports whether a cell that no side meets belongs to the shape.
	fills(*cell) bool
}

// cover returns boxes that contain the shapes: of cells of the greatest zoom, up to cellZoom, with which there are at
// most so many.
func cover(ctx context.Context, shapes []shape, most int) ([]loc2vec.Bounds, error) {
	c := covering{shapes: shapes}
	for i, s := range shapes {
		first, last := s.turns()
		all := make([]int32, s.sides())
		for side := range all {
			all[side] = int32(side)
		}
		for turn := first; turn <= last; turn++ {
			c.partial = append(c.partial, partialCell{shape: i, id: cellID{x: turn}, sides: all})
		}
	}
	best := c.boxes()
	for c.zoom < cellZoom {
		if err := c.refine(ctx); err != nil {
			return nil, fmt.Errorf("covering an area: %w", err)
		}
		boxes := c.boxes()
		if len(boxes) > most || c.listed > maxSides {
			break
		}
		best = boxes
	}
	return best, nil
}

// covering is a set of cells that contain shapes.
type covering struct {
	shapes  []shape
	zoom    int           // of partial
	whole   []cellID      // cells within a shape, of any zoom up to zoom
	partial []partialCell // cells that a shape may have a part of
	listed  int           // sides of all partial cells
}

// partialCell is a cell with the sides of a shape that meet it.
type partialCell struct {
	id    cellID
	shape int
	sides []int32
}

// refine divides the partial cells.
func (c *covering) refine(ctx context.Context) error {
	divided := c.partial
	c.partial, c.listed = nil, 0
	c.zoom++
	for _, p := range divided {
		if err := ctx.Err(); err != nil {
			return err
		}
		for i := range 4 {
			c.add(newCell(p.id.child(i)), p.shape, p.sides)
		}
		if c.listed > maxSides {
			return nil
		}
	}
	return nil
}

// add adds a cell, unless the shape with these sides has no part of it.
func (c *covering) add(to cell, shape int, sides []int32) {
	var met []int32
	for _, side := range sides {
		switch c.shapes[shape].relate(&to, int(side)) {
		case covers:
			c.whole = append(c.whole, to.cellID)
			return
		case meets:
			met = append(met, side)
		}
	}
	switch {
	case len(met) > 0:
		c.partial = append(c.partial, partialCell{to.cellID, shape, met})
		c.listed += len(met)
	case c.shapes[shape].fills(&to):
		c.whole = append(c.whole, to.cellID)
	}
}

// run is a range of cells in a row, or in several from a first one on.
type run struct{ row, from, end int }

// boxes returns all cells as boxes, as wide as they go, then as high, from north to south.
func (c *covering) boxes() []loc2vec.Bounds {
	var runs []run
	add := func(id cellID) {
		finer := c.zoom - id.zoom
		x := id.x & (1<<id.zoom - 1) // the antimeridian is the edge of a cell
		for y := id.y << finer; y < (id.y+1)<<finer; y++ {
			runs = append(runs, run{y, x << finer, (x + 1) << finer})
		}
	}
	for _, id := range c.whole {
		add(id)
	}
	for _, p := range c.partial {
		add(p.id)
	}
	runs = joinRuns(runs)

	var boxes []loc2vec.Bounds
	var open []run // that reach the row before
	for len(runs) > 0 {
		y, n := runs[0].row, 1
		for n < len(runs) && runs[n].row == y {
			n++
		}
		row := runs[:n]
		runs = runs[n:]
		next := 0
		for _, above := range open {
			for next < n && row[next].from < above.from {
				next++
			}
			// A run that begins and ends where one above does continues it.
			if next < n && row[next].from == above.from && row[next].end == above.end {
				row[next].row = above.row
			} else {
				boxes = append(boxes, c.box(above, y))
			}
		}
		open = row
		if len(runs) == 0 || runs[0].row > y+1 {
			for _, r := range open {
				boxes = append(boxes, c.box(r, y+1))
			}
			open = nil
		}
	}
	return boxes
}

// joinRuns sorts runs and joins those of a row that overlap or touch.
func joinRuns(runs []run) []run {
	slices.SortFunc(runs, func(a, b run) int { return cmp.Or(cmp.Compare(a.row, b.row), cmp.Compare(a.from, b.from)) })
	var joined []run
	for _, r := range runs {
		if n := len(joined); n > 0 && joined[n-1].row == r.row && r.from <= joined[n-1].end {
			joined[n-1].end = max(joined[n-1].end, r.end)
		} else {
			joined = append(joined, r)
		}
	}
	return joined
}

// box returns the box of a run down to the row before another.
func (c *covering) box(r run, end int) loc2vec.Bounds {
	edge := func(i int) float64 { return math.Ldexp(float64(i), -c.zoom) }
	return loc2vec.Bounds{
		Min: loc2vec.LatLon{Lat: latitude(edge(end)), Lon: longitude(edge(r.from))},
		Max: loc2vec.LatLon{Lat: latitude(edge(r.row)), Lon: longitude(edge(r.end))},
	}
}
