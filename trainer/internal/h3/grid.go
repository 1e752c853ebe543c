package h3

import (
	"fmt"

	"github.com/loc2vec/loc2vec"
)

// Grid holds the icosahedron and its base cells. Safe for concurrent use.
type Grid struct {
	faces     [numFaces]face
	cells     [numBaseCells]baseCell
	occupants map[position]occupant
}

// New returns the grid.
func New() *Grid {
	g := &Grid{faces: newFaces()}
	g.cells = newBaseCells(g)
	g.occupants = newOccupants(g)
	return g
}

// Base returns the cells of resolution 0 in the order of their numbers, from north to south.
func Base() []Cell {
	all := make([]Cell, numBaseCells)
	for n := range all {
		all[n] = newCell(n)
	}
	return all
}

// Cell returns the cell of a resolution that contains a place. It returns an error for a resolution outside of
// 0..MaxResolution, and one that wraps loc2vec.ErrCoordinate for a place that is not valid.
func (g *Grid) Cell(at loc2vec.LatLon, resolution int) (Cell, error) {
	if err := at.Validate(); err != nil {
		return 0, err
	}
	if resolution < 0 || resolution > MaxResolution {
		return 0, fmt.Errorf("H3 resolution %d is not within 0..%d", resolution, MaxResolution)
	}
	v := onSphere(at)
	f := 0
	for i := range g.faces {
		if v.dot(g.faces[i].centre) > v.dot(g.faces[f].centre) {
			f = i
		}
	}
	z := nearest(g.faces[f].project(v) * scale(resolution).complex())
	var path [MaxResolution + 1]int // exponents of the digits, from resolution 1
	for r := resolution; r > 0; r-- {
		z, path[r] = parent(z, r)
	}
	home := g.occupants[position{f, z}]
	exponent := home.exponent
	if base := &g.cells[home.cell]; base.pentagon {
		exponent = g.intoPentagon(base, f, path[1:resolution+1])
	}
	c := newCell(home.cell).withResolution(resolution)
	for r := 1; r <= resolution; r++ {
		c = c.withDigit(r, digitOf(turn(path[r], exponent)))
	}
	return c, nil
}

// intoPentagon returns by how much the directions of a path on face f turn for those of a pentagon's home face. It
// depends on the sector that the path leads into: on a plane there are six of them, around a pentagon five.
func (g *Grid) intoPentagon(c *baseCell, f int, path []int) int {
	first := firstDirection(path)
	if first == centre {
		return 0
	}
	// The sector next to that of face f is that of the next face.
	steps := modulo(first-g.inward(c, f)+2, 6) - 2
	sector := modulo(c.sector(f)+steps, 5)
	return sectorDirection(sector) - first
}

// outOfPentagon returns the face that a path on a pentagon's home face leads to, and by how much its directions turn for
// those of that face.
func (g *Grid) outOfPentagon(c *baseCell, path []int) (f, exponent int) {
	first := firstDirection(path)
	if first == centre {
		return c.face, 0
	}
	for sector, f := range c.faces {
		if sectorDirection(sector) == first {
			return f, g.inward(c, f) - first
		}
	}
	return c.face, 0 // not valid: the missing digit
}

// firstDirection returns the first exponent of a path that is not centre, or centre.
func firstDirection(path []int) int {
	for _, e := range path {
		if e != centre {
			return e
		}
	}
	return centre
}

// inward returns the exponent of the direction from a pentagon to the centre of a face around it.
func (g *Grid) inward(c *baseCell, f int) int {
	return modulo(2*g.faces[f].local(c.corner)+3, 6)
}

// sector returns which of the faces around a pentagon face f is.
func (c *baseCell) sector(f int) int {
	for n, face := range c.faces {
		if face == f {
			return n
		}
	}
	return 0 // does not happen: f has the pentagon's corner
}

// sectorDirection returns the exponent of the direction of a sector on a pentagon's home face. Its own sector is that
// of exponent 3, and the direction after it, 4, is the missing one.
func sectorDirection(sector int) int {
	if sector == 0 {
		return 3
	}
	return modulo(4+sector, 6)
}
