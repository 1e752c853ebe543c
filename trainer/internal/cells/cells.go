// Package cells divides areas into the cells of the grids that other programs know: quad cells of Web Mercator, S2 and
// H3.
package cells

import (
	"iter"
	"math"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/area"
)

// Cell is a cell of a grid.
type Cell struct {
	// ID is the name that its grid has for the cell: "19/274927/169531" (zoom, column and row of Web Mercator), a token
	// of S2 or an index of H3.
	ID     string
	Centre loc2vec.LatLon
	// Ring has the corners, counterclockwise. Its sides are straight on the map of the grid: for quad cells in degrees,
	// for others on the sphere.
	Ring []loc2vec.LatLon
	// Box contains the cell.
	Box loc2vec.Bounds
	// Contains reports whether a place lies in the cell.
	Contains func(loc2vec.LatLon) bool
}

// Grid is a level of a grid.
type Grid struct {
	// Name says what the cells are, such as "H3 cells of resolution 9".
	Name string
	// MeanSquareMetres is the mean size of the cells at a latitude.
	MeanSquareMetres func(lat float64) float64
	walk             func(filter) bool
}

// filter selects cells of a walk.
type filter struct {
	within []*area.Area
	yield  func(Cell) bool
}

// meets reports whether a box may have a place within all areas.
func (f *filter) meets(b loc2vec.Bounds) bool {
	for _, a := range f.within {
		if !a.Meets(b) {
			return false
		}
	}
	return true
}

// contains reports whether a place lies within all areas.
func (f *filter) contains(place loc2vec.LatLon) bool {
	for _, a := range f.within {
		if !a.Contains(place) {
			return false
		}
	}
	return true
}

// Cells returns the cells whose centres lie within all of the areas, in an order in which neighbours are close to each
// other, always the same. It holds a cell at a time.
func (g *Grid) Cells(within ...*area.Area) iter.Seq[Cell] {
	return func(yield func(Cell) bool) { g.walk(filter{within, yield}) }
}

// Estimate returns about how many cells have their centres within an area.
func (g *Grid) Estimate(a *area.Area) float64 {
	return a.SquareMetres() / g.MeanSquareMetres(a.MiddleLat())
}

// hierarchy is how the cells of a grid divide.
type hierarchy[N any] struct {
	level    int // of the cells that are wanted
	children func(N) []N
	box      func(n N, level int) loc2vec.Bounds // of a node's descendants
	cell     func(N) Cell
	centre   func(N) loc2vec.LatLon
}

// walk visits the descendants of a node of a level. It returns false when the walk was ended.
func (h *hierarchy[N]) walk(f *filter, n N, level int) bool {
	if level == h.level {
		return !f.contains(h.centre(n)) || f.yield(h.cell(n))
	}
	if !f.meets(h.box(n, level)) {
		return true
	}
	for _, child := range h.children(n) {
		if !h.walk(f, child, level+1) {
			return false
		}
	}
	return true
}

// sphere is the surface of the Earth in square metres.
const sphere = loc2vec.EarthCircumference * loc2vec.EarthCircumference / math.Pi
