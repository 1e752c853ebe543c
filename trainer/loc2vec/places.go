package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/geofile"
)

// parsePlace reads "LAT,LON", with a longitude within ±360.
func parsePlace(text string) (loc2vec.LatLon, error) {
	first, second, ok := strings.Cut(text, ",")
	lat, errLat := strconv.ParseFloat(strings.TrimSpace(first), 64)
	lon, errLon := strconv.ParseFloat(strings.TrimSpace(second), 64)
	if !ok || errLat != nil || errLon != nil {
		return loc2vec.LatLon{}, fmt.Errorf("%w: %q is not LAT,LON", loc2vec.ErrCoordinate, text)
	}
	return geofile.Normalise(loc2vec.LatLon{Lat: lat, Lon: lon})
}

// parseShift reads "EAST,NORTH" in metres.
func parseShift(text string) (east, north float64, err error) {
	first, second, ok := strings.Cut(text, ",")
	east, errEast := strconv.ParseFloat(strings.TrimSpace(first), 64)
	north, errNorth := strconv.ParseFloat(strings.TrimSpace(second), 64)
	if !ok || errEast != nil || errNorth != nil {
		return 0, 0, usagef("--shift: %q is not EAST,NORTH", text)
	}
	return east, north, nil
}
