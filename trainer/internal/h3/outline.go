package h3

import (
	"cmp"
	"math"
	"slices"

	"github.com/loc2vec/loc2vec"
)

// located is a cell on the face that its centre lies on.
type located struct {
	face   int
	number eisenstein
}

// locate finds a cell on the icosahedron. The cell must be valid.
func (g *Grid) locate(c Cell) located {
	base, r := &g.cells[c.base()], c.Resolution()
	var path [MaxResolution + 1]int
	for i := 1; i <= r; i++ {
		path[i] = exponentOf(c.digit(i))
	}
	f, z, exponent := base.face, base.number, 0
	if base.pentagon {
		f, exponent = g.outOfPentagon(base, path[1:r+1])
		z = cornerNumber(g.faces[f].local(base.corner))
	}
	for i := 1; i <= r; i++ {
		z = child(z, i, turn(path[i], exponent))
	}
	f, z, _ = g.settle(f, z, scale(r))
	return located{f, z}
}

// Centre returns the centre of a cell.
func (g *Grid) Centre(c Cell) loc2vec.LatLon {
	at := g.locate(c)
	return g.faces[at.face].unproject(at.number.complex() / scale(c.Resolution()).complex()).place()
}

// Outline returns the corners of a cell, counterclockwise. Where a side of the cell crosses an edge of the icosahedron it
// has a bend there, which counts as a corner. The last corner is not the first one again.
func (g *Grid) Outline(c Cell) []loc2vec.LatLon {
	at, thirds := g.locate(c), scale(c.Resolution()).scaled(3)
	o := outline{grid: g, scale: thirds}
	if !c.IsPentagon() {
		middle := at.number.scaled(3)
		for e := range 6 {
			o.side(at.face, middle.plus(corner(e)), middle.plus(corner(e+1)))
		}
		return o.places
	}
	base := &g.cells[c.base()]
	for _, f := range base.faces {
		middle := cornerNumber(g.faces[f].local(base.corner)).times(thirds)
		e := g.inward(base, f)
		o.side(f, middle.plus(corner(e-1)), middle.plus(corner(e)))
	}
	return o.places
}

// corner returns three times the corner of the cell 0 between the directions e and e+1.
func corner(e int) eisenstein { return unit(e).plus(unit(e + 1)) }

// outline collects the corners of a cell.
type outline struct {
	grid   *Grid
	scale  eisenstein // the unit 1 of a face
	places []loc2vec.LatLon
}

// side adds the corner from, a number on the plane of face f, and the bends of the side to the corner to.
func (o *outline) side(f int, from, to eisenstein) {
	g, z, _ := o.grid.settle(f, from, o.scale)
	o.add(g, z.complex())
	var bends []float64 // as a share of the side
	for k := range 3 {
		a, b := beyond(from, o.scale, k), beyond(to, o.scale, k)
		if (a < 0 && b > 0) || (a > 0 && b < 0) {
			bends = append(bends, float64(a)/float64(a-b))
		}
	}
	slices.SortFunc(bends, cmp.Compare)
	for _, t := range bends {
		o.add(f, from.complex()+complex(t, 0)*(to.minus(from)).complex())
	}
}

// add adds the place of a number, which need not be an integer, on a face.
func (o *outline) add(f int, w complex128) {
	o.places = append(o.places, o.grid.faces[f].unproject(w/o.scale.complex()).place())
}

// Reach returns an angle in radians: the centres of all descendants of a cell lie within it around the cell's centre.
func Reach(resolution int) float64 {
	// Neighbours are at most unitLength apart: the sphere is nowhere larger than its projection. A child is √7 times
	// closer to its parent's centre than the parent's neighbours are, so the descendants are within the sum of the
	// powers of 1/√7.
	root := math.Sqrt(7)
	return unitLength / math.Pow(root, float64(resolution)) / (root - 1)
}
