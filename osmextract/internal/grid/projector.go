package grid

import (
	"math"

	"github.com/loc2vec/loc2vec"
)

// Projector does what Location.Grid does in a fraction of the time. It interpolates the projection of
// latitudes, and projects those that lie too near to the middle between two grid lines to round with
// certainty. The zero value is ready to use. It is not safe for concurrent use.
type Projector struct {
	bands [projectorBands]latitudeBand
}

const (
	// bandBits is the height of a band, 2^14 steps of 1e-7 degrees or 180 m. A parabola through three
	// latitudes of a band is within 2e-5 grid steps of the projection, up to the edge of the Mercator square.
	bandBits = 14
	// projectorBands is the number of bands that a Projector keeps, a power of two: those of 47 km.
	projectorBands = 256
	// certain is the distance to the nearest grid line up to which rounding does not depend on the parabola.
	certain = 0.5 - 1.0/1024
)

// latitudeBand interpolates the Y coordinate of a band of latitudes.
type latitudeBand struct {
	middle  int32 // latitude times 1e7, in the middle of the band; 0 in a band that is not known
	a, b, c float64
}

// Grid projects the position and rounds it to the grid, with the same result as Location.Grid.
func (p *Projector) Grid(l Location) Point {
	middle := l.Lat>>bandBits<<bandBits + 1<<(bandBits-1)
	band := &p.bands[l.Lat>>bandBits&(projectorBands-1)]
	if band.middle != middle && !band.set(middle) {
		return l.Grid()
	}
	d := float64(l.Lat - middle)
	y := band.a + d*(band.b+d*band.c)
	nearest := math.Floor(y + 0.5)
	if math.Abs(y-nearest) > certain {
		return l.Grid()
	}
	return Point{X: int32(math.Round((float64(l.Lon)/1e7/360 + 0.5) * Across)), Y: int32(nearest)}
}

// set makes the band that of a middle, and returns false if it reaches beyond the Mercator square.
func (b *latitudeBand) set(middle int32) bool {
	const half = 1 << (bandBits - 1)
	if math.Abs(float64(middle))+half >= loc2vec.MaxLatitude*1e7 {
		return false
	}
	north, at, south := projectLatitude(middle+half), projectLatitude(middle), projectLatitude(middle-half)
	*b = latitudeBand{middle: middle, a: at, b: (north - south) / (2 * half), c: (north + south - 2*at) / (2 * half * half)}
	return true
}

// projectLatitude returns the Y coordinate of a latitude times 1e7, in grid steps.
func projectLatitude(lat int32) float64 {
	return Location{Lat: lat}.LatLon().Point().Y * Across
}
