package h3

import (
	"cmp"
	"slices"
)

const numBaseCells = 122

// homeFaces lists the home face of each base cell, with 'a' for face 0. Base cells are numbered from north to south.
const homeFaces = "bcbcabbcacbbddleagachcagkgdledaefahlhkmgheddeglifofmkemhlknkl" +
	"jigijofqifmhmkjnqppqonfiojormqrpqjpninrtotrnrqjppsstrtssttsts"

// baseCell is a cell of resolution 0.
type baseCell struct {
	position // on its home face
	pentagon bool
	// faces lists the faces around a pentagon counterclockwise, the home face first.
	faces [5]int
	// corner is the corner of the icosahedron that is a pentagon's centre.
	corner int
}

// position is the number of a base cell on a face.
type position struct {
	face   int
	number eisenstein
}

// occupant is what a position holds: a base cell, and the exponent of the unit by which directions on the face are
// multiplied for those of the home face. The exponent of a pentagon is not used.
type occupant struct{ cell, exponent int }

// isCorner reports whether a number of resolution 0 that lies inside of its face is a corner.
func isCorner(z eisenstein) bool { return z.times(z.conjugate()).a == 4 }

// newBaseCells returns the base cells.
func newBaseCells(g *Grid) (cells [numBaseCells]baseCell) {
	type candidate struct {
		position
		lat   float64
		point vector
	}
	var all []candidate // every position inside of a face: those on edges repeat
	for f := range g.faces {
		for a := int64(-2); a <= 2; a++ {
			for b := int64(-2); b <= 2; b++ {
				z := eisenstein{a, b}
				if at, _, _ := g.settle(f, z, eisenstein{1, 0}); at == f {
					point := g.faces[f].unproject(z.complex())
					all = append(all, candidate{position{f, z}, point.place().Lat, point})
				}
			}
		}
	}
	slices.SortStableFunc(all, func(a, b candidate) int { return cmp.Compare(b.lat, a.lat) })
	n := 0
	for i := 0; i < len(all); n++ {
		first := all[i].point
		for ; i < len(all) && all[i].point.dot(first) > 0.999; i++ { // others are 8 degrees away at least
			if all[i].face == int(homeFaces[n]-'a') {
				cells[n].position = all[i].position
			}
		}
		if isCorner(cells[n].number) {
			cells[n].pentagon = true
			g.setPentagon(&cells[n])
		}
	}
	return cells
}

// setPentagon sets the corner of a pentagon and the faces around it.
func (g *Grid) setPentagon(c *baseCell) {
	k := 0
	for cornerNumber(k) != c.number {
		k++
	}
	c.corner = g.faces[c.face].corner[k]
	f := c.face
	for n := range c.faces {
		c.faces[n] = f
		// The edge that ends the sector of a face, seen counterclockwise from its corner k, is opposite to corner k+1.
		f = g.faces[f].across[(g.faces[f].local(c.corner)+1)%3].face
	}
}

// newOccupants returns which base cell each position of a face holds, positions beyond its edges included: cells with
// points on the face may be centred there.
func newOccupants(g *Grid) map[position]occupant {
	byPosition := map[position]int{}
	for n := range g.cells {
		byPosition[g.cells[n].position] = n
	}
	for n := range g.cells {
		if c := &g.cells[n]; c.pentagon {
			for _, f := range c.faces {
				byPosition[position{f, cornerNumber(g.faces[f].local(c.corner))}] = n
			}
		}
	}
	all := map[position]occupant{}
	for f := range g.faces {
		for a := int64(-2); a <= 2; a++ {
			for b := int64(-2); b <= 2; b++ {
				all[position{f, eisenstein{a, b}}] = g.occupant(byPosition, position{f, eisenstein{a, b}})
			}
		}
	}
	return all
}

// occupant finds the base cell at a position.
func (g *Grid) occupant(byPosition map[position]int, at position) occupant {
	one := eisenstein{1, 0}
	f, z, e := g.settle(at.face, at.number, one)
	if n, ok := byPosition[position{f, z}]; ok {
		return occupant{n, e}
	}
	// On an edge of a face that is not the cell's home.
	for k, c := range g.faces[f].across {
		if beyond(z, one, k) == 0 {
			z := z.minus(c.from).times(unit(c.exponent)).plus(c.to)
			if n, ok := byPosition[position{c.face, z}]; ok {
				return occupant{n, modulo(e+c.exponent, 6)}
			}
		}
	}
	return occupant{cell: -1}
}
