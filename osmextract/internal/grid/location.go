package grid

import "github.com/loc2vec/loc2vec"

// Location is a position in WGS84 degrees times 1e7.
type Location struct {
	Lat, Lon int32
}

// LatLon returns the position in degrees.
func (l Location) LatLon() loc2vec.LatLon {
	return loc2vec.LatLon{Lat: float64(l.Lat) / 1e7, Lon: float64(l.Lon) / 1e7}
}

// Grid projects the position and rounds it to the grid.
func (l Location) Grid() Point { return Of(l.LatLon().Point()) }

// LocationOf rounds coordinates in degrees. It returns false if they are not on Earth.
func LocationOf(lat, lon float64) (Location, bool) {
	if !(lat >= -90 && lat <= 90 && lon >= -180 && lon <= 180) { // NaN fails as well
		return Location{}, false
	}
	return Location{Lat: round1e7(lat), Lon: round1e7(lon)}, true
}

// round1e7 is a fast math.Round(degrees * 1e7).
func round1e7(degrees float64) int32 {
	v := float64(degrees * 1e7)
	if v < 0 {
		return int32(v - 0.5)
	}
	return int32(v + 0.5)
}
