package layout

import (
	"fmt"
	"image"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// outliers is the share of points at either end of an axis that do not stretch it.
const outliers = 0.01

// Snap moves the points of a layout [N][2] into the cells of a grid, at most one point a cell, and returns the cell of
// each point: column 0 at the least x, row 0 at the greatest y. The layout is first stretched over the grid; then the sum
// of the squared distances between points and cells is the least possible. The time is proportional to N² times the cells.
func Snap(layout *mat.Dense, columns, rows int) ([]image.Point, error) {
	n, d := layout.Dims()
	if d != 2 || columns < 1 || rows < 1 || columns*rows < n {
		return nil, fmt.Errorf("snapping %d points of %d dimensions to a grid of %d x %d cells", n, d, columns, rows)
	}
	x := stretch(mat.Col(nil, 0, layout), columns)
	y := stretch(mat.Col(nil, 1, layout), rows)
	cells := assign(n, columns*rows, func(i, c int) float64 {
		dx, dy := x[i]-float64(c%columns), float64(rows-1)-y[i]-float64(c/columns)
		return dx*dx + dy*dy
	})
	out := make([]image.Point, n)
	for i, c := range cells {
		out[i] = image.Pt(c%columns, c/columns)
	}
	return out, nil
}

// stretch maps values linearly to 0..cells-1, outliers to the ends.
func stretch(values []float64, cells int) []float64 {
	sorted := slices.Sorted(slices.Values(values))
	skip := int(outliers * float64(len(sorted)))
	low, high := sorted[skip], sorted[len(sorted)-1-skip]
	out := make([]float64, len(values))
	for i, v := range values {
		t := 0.5
		if high > low {
			t = min(max((v-low)/(high-low), 0), 1)
		}
		out[i] = t * float64(cells-1)
	}
	return out
}

// assign gives each of n rows a column of its own out of at least n, so that the sum of the costs is the least possible.
// It adds the rows one by one along shortest augmenting paths (Jonker and Volgenant 1987).
func assign(n, columns int, cost func(row, column int) float64) []int {
	const none = -1
	rowOf := slices.Repeat([]int{none}, columns+1) // the last column is a start for paths
	rowPrice, columnPrice := make([]float64, n), make([]float64, columns+1)
	for row := range n {
		rowOf[columns] = row
		from := make([]int, columns)
		shortest := slices.Repeat([]float64{math.Inf(1)}, columns)
		done := make([]bool, columns+1)
		at := columns
		for rowOf[at] != none {
			done[at] = true
			r, step, next := rowOf[at], math.Inf(1), none
			for c := range columns {
				if done[c] {
					continue
				}
				if reduced := cost(r, c) - rowPrice[r] - columnPrice[c]; reduced < shortest[c] {
					shortest[c], from[c] = reduced, at
				}
				if shortest[c] < step {
					step, next = shortest[c], c
				}
			}
			for c := range columns + 1 {
				if done[c] {
					rowPrice[rowOf[c]] += step
					columnPrice[c] -= step
				} else if c < columns {
					shortest[c] -= step
				}
			}
			at = next
		}
		for at != columns {
			rowOf[at] = rowOf[from[at]]
			at = from[at]
		}
	}
	out := make([]int, n)
	for c, r := range rowOf[:columns] {
		if r != none {
			out[r] = c
		}
	}
	return out
}
