package sample

import (
	"iter"
	"math"

	"github.com/loc2vec/loc2vec"
)

// metresPerDegree is the length of a degree of latitude on the sphere of LatLon.DistanceTo.
const metresPerDegree = loc2vec.EarthCircumference / 360

// grid divides the Earth into nearly square cells with edges of the given metres: rows of equal latitude, each with
// as many columns as fit its middle parallel.
type grid struct {
	metres float64
}

// cell is a cell of a grid, rows counted north from the south pole and columns east from the
// antimeridian.
type cell struct {
	row, column int
}

func (g grid) row(lat float64) int { return int((lat + 90) * metresPerDegree / g.metres) }

// columns returns the number of cells in the row.
func (g grid) columns(row int) int {
	middle := (float64(row)+0.5)*g.metres/metresPerDegree - 90
	return max(1, int(loc2vec.EarthCircumference*math.Cos(middle*math.Pi/180)/g.metres))
}

// cell returns the cell that holds the place.
func (g grid) cell(ll loc2vec.LatLon) cell {
	row := g.row(ll.Lat)
	n := g.columns(row)
	return cell{row, min(int((ll.Lon+180)/360*float64(n)), n-1)}
}

// bounds returns the cell's box.
func (g grid) bounds(c cell) loc2vec.Bounds {
	n := float64(g.columns(c.row))
	return loc2vec.Bounds{
		Min: loc2vec.LatLon{Lat: float64(c.row)*g.metres/metresPerDegree - 90, Lon: float64(c.column)/n*360 - 180},
		Max: loc2vec.LatLon{Lat: float64(c.row+1)*g.metres/metresPerDegree - 90, Lon: float64(c.column+1)/n*360 - 180},
	}
}

// around yields every cell that may hold a place within the given metres of ll, each once.
func (g grid) around(ll loc2vec.LatLon, metres float64) iter.Seq[cell] {
	return func(yield func(cell) bool) {
		dLat := metres / metresPerDegree
		// The widest span of longitude lies on the parallel nearest to the pole.
		narrow := math.Cos(min(math.Abs(ll.Lat)+dLat, 90) * math.Pi / 180)
		dLon := 180.0
		if narrow > 1e-9 {
			dLon = min(180, dLat/narrow)
		}
		for row := g.row(max(ll.Lat-dLat, -90)); row <= g.row(min(ll.Lat+dLat, 90)); row++ {
			n := g.columns(row)
			column := func(lon float64) int { return int(math.Floor((lon + 180) / 360 * float64(n))) }
			first, last := column(ll.Lon-dLon), column(ll.Lon+dLon)
			last = min(last, first+n-1)
			for c := first; c <= last; c++ {
				if !yield(cell{row, ((c % n) + n) % n}) {
					return
				}
			}
		}
	}
}
