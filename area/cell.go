package area

import (
	"math"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/detmath"
)

// cellZoom is the zoom of the smallest cells, eighths of a tile: some 200 m in middle latitudes, which is how far the
// window of a place looks.
const cellZoom = loc2vec.Zoom + 3

// cellID names a cell of Web Mercator: the column x of 2^zoom and row y. The columns count on beyond the antimeridian,
// because sides of polygons and tracks do.
type cellID struct{ zoom, x, y int }

// child returns one of the four cells of the next zoom.
func (c cellID) child(i int) cellID { return cellID{c.zoom + 1, 2*c.x + i&1, 2*c.y + i>>1} }

// cell is a cell with its edges: in degrees, with longitudes beyond ±180 where the columns are, and in the unit square
// of Web Mercator.
type cell struct {
	cellID
	west, east, south, north float64
	minX, maxX, minY, maxY   float64
	leastScale, mostScale    float64 // units of the square in a metre, at the cell's latitudes
}

// newCell returns a cell. Its edges are the same on every processor.
func newCell(id cellID) cell {
	side := math.Ldexp(1, -id.zoom) // exact, as are its products
	c := cell{
		cellID: id, minX: float64(id.x) * side, maxX: float64(id.x+1) * side, minY: float64(id.y) * side, maxY: float64(id.y+1) * side,
	}
	c.west, c.east = longitude(c.minX), longitude(c.maxX)
	c.south, c.north = latitude(c.maxY), latitude(c.minY)
	low, high := min(math.Abs(c.south), math.Abs(c.north)), max(math.Abs(c.south), math.Abs(c.north))
	if c.south < 0 && c.north > 0 {
		low = 0
	}
	c.leastScale, c.mostScale = 1/parallel(low), 1/parallel(high)
	return c
}

// degree is the unit of the edges of cells, of which positions in the header of a pack are multiples too: a centimetre.
const degree = 1e7

// longitude returns the longitude of a column's edge, rounded to 10^-7 degrees.
func longitude(x float64) float64 { return math.Round(float64((x-0.5)*(360*degree))) / degree }

// latitude returns the latitude of a row's edge: the greatest multiple of 10^-7 degrees that is not north of it. The
// edges of the world are the poles, because places beyond Web Mercator belong to its first and last rows.
func latitude(y float64) float64 {
	if y <= 0 {
		return 90
	}
	if y >= 1 {
		return -90
	}
	at := func(units float64) float64 { return loc2vec.LatLon{Lat: units / degree}.Point().Y }
	// An estimate that processors may round differently, corrected by arithmetic that they do not.
	units := math.Round(loc2vec.Point{Y: y}.LatLon().Lat * degree)
	for at(units) < y {
		units--
	}
	for at(units+1) >= y {
		units++
	}
	return units / degree
}

// parallel returns the length of a parallel in metres, within the latitudes of Web Mercator.
func parallel(lat float64) float64 {
	_, cos := detmath.SincosDegrees(min(max(lat, -loc2vec.MaxLatitude), loc2vec.MaxLatitude))
	return float64(loc2vec.EarthCircumference * cos)
}
