package loc2vec

import (
	"fmt"
	"math"

	"github.com/loc2vec/loc2vec/internal/detmath"
)

// EarthCircumference is the length of the equator of the sphere of Web Mercator (EPSG:3857),
// in metres: 2π · 6,378,137.
const EarthCircumference = 2 * math.Pi * 6378137

// MaxLatitude is where the Mercator unit square ends, in degrees: atan(sinh(π)).
const MaxLatitude = 85.0511287798066

// LatLon is a place in WGS84 degrees, north and east positive.
type LatLon struct {
	Lat, Lon float64
}

// Validate returns an error wrapping ErrCoordinate unless latitude is within ±90 and longitude
// within ±180 degrees.
func (ll LatLon) Validate() error {
	// Written so that NaN fails as well.
	if !(ll.Lat >= -90 && ll.Lat <= 90) {
		return fmt.Errorf("%w: latitude %v is not within -90..90", ErrCoordinate, ll.Lat)
	}
	if !(ll.Lon >= -180 && ll.Lon <= 180) {
		return fmt.Errorf("%w: longitude %v is not within -180..180", ErrCoordinate, ll.Lon)
	}
	return nil
}

// String formats the place as "lat,lon", with a resolution of about a centimetre.
func (ll LatLon) String() string { return fmt.Sprintf("%.7f,%.7f", ll.Lat, ll.Lon) }

// Point projects the place to the Mercator unit square. Latitudes beyond MaxLatitude land on its
// northern or southern edge. The place must be valid. The result is the same bits on every
// processor.
func (ll LatLon) Point() Point {
	lat := min(max(ll.Lat, -MaxLatitude), MaxLatitude)
	// y = ln tan(π/4 + φ/2) / 2π, in a form that loses no digits towards either pole.
	sin, cos := detmath.SincosDegrees(math.Abs(lat))
	y := math.Copysign(detmath.Log((1+sin)/cos)/(2*math.Pi), lat)
	return Point{X: ll.Lon/360 + 0.5, Y: min(max(0.5-y, 0), 1)}
}

// DistanceTo returns the great-circle distance in metres on the sphere of Web Mercator (haversine).
func (ll LatLon) DistanceTo(other LatLon) float64 {
	const rad = math.Pi / 180
	sLat := math.Sin((other.Lat - ll.Lat) * rad / 2)
	sLon := math.Sin((other.Lon - ll.Lon) * rad / 2)
	h := sLat*sLat + math.Cos(ll.Lat*rad)*math.Cos(other.Lat*rad)*sLon*sLon
	return EarthCircumference / math.Pi * math.Asin(min(1, math.Sqrt(h)))
}

// Offset returns the place the given metres east and north of ll, in the plane tangent to the
// Mercator sphere at ll. It is accurate to millimetres over a few hundred metres. The longitude stays
// within ±180.
func (ll LatLon) Offset(east, north float64) LatLon {
	p := ll.Point()
	unit := p.MetresPerUnit()
	p.X += east / unit
	p.Y = min(max(p.Y-north/unit, 0), 1)
	p.X -= math.Floor(p.X)
	return p.LatLon()
}

// Point is a position in the Mercator unit square: X grows east from the antimeridian, Y grows
// south from 85.0511°N.
type Point struct {
	X, Y float64
}

// LatLon is the inverse of LatLon.Point.
func (p Point) LatLon() LatLon {
	return LatLon{
		Lat: math.Atan(math.Sinh((0.5-p.Y)*2*math.Pi)) * (180 / math.Pi),
		Lon: (p.X - 0.5) * 360,
	}
}

// MetresPerUnit returns how many metres on the ground one unit of the square spans at p: the
// circumference of the parallel through p.
func (p Point) MetresPerUnit() float64 {
	return EarthCircumference / math.Cosh((0.5-p.Y)*2*math.Pi)
}

// Bounds is a box of places, edges included. Min is the south-western corner. A box with
// Min.Lon > Max.Lon crosses the antimeridian.
type Bounds struct {
	Min, Max LatLon
}

// Contains reports whether the place lies in the box.
func (b Bounds) Contains(ll LatLon) bool {
	if ll.Lat < b.Min.Lat || ll.Lat > b.Max.Lat {
		return false
	}
	if b.Min.Lon <= b.Max.Lon {
		return ll.Lon >= b.Min.Lon && ll.Lon <= b.Max.Lon
	}
	return ll.Lon >= b.Min.Lon || ll.Lon <= b.Max.Lon
}
