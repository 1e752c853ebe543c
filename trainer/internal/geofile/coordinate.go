package geofile

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/location"
)

// maxQuoted bounds the characters of a file that an error quotes.
const maxQuoted = 60

// quote quotes a text of a file for an error.
func quote(text string) string {
	if utf8.RuneCountInString(text) > maxQuoted {
		return fmt.Sprintf("%.*q…", maxQuoted, text)
	}
	return strconv.Quote(text)
}

// errNullIsland is the error of the position that programs write when a receiver has none.
var errNullIsland = errors.New("position 0,0: the receiver had no fix")

// CheckFix returns a place of a file as Normalise does. The place 0,0 is an error.
func CheckFix(place loc2vec.LatLon) (loc2vec.LatLon, error) {
	if place == (loc2vec.LatLon{}) {
		return place, errNullIsland
	}
	return Normalise(place)
}

// Normalise returns the place with a longitude within ±180: programs that draw beyond the antimeridian write longitudes
// up to ±360. The error wraps loc2vec.ErrCoordinate for a place that is not on Earth.
func Normalise(place loc2vec.LatLon) (loc2vec.LatLon, error) {
	switch {
	case place.Lon > 180 && place.Lon <= 360:
		place.Lon -= 360
	case place.Lon < -180 && place.Lon >= -360:
		place.Lon += 360
	}
	return place, place.Validate()
}

// parsePlace parses latitude and longitude in degrees.
func parsePlace(lat, lon string) (place loc2vec.LatLon, err error) {
	if place.Lat, err = location.ParseDegrees(lat, "N", "S"); err != nil {
		return place, fmt.Errorf("%w: latitude %s is not a number", loc2vec.ErrCoordinate, quote(lat))
	}
	if place.Lon, err = location.ParseDegrees(lon, "E", "W"); err != nil {
		return place, fmt.Errorf("%w: longitude %s is not a number", loc2vec.ErrCoordinate, quote(lon))
	}
	return place, nil
}

// number reports whether a field is a number.
func number(field string) bool {
	_, err := location.ParseNumber(strings.TrimSpace(field))
	return err == nil
}
