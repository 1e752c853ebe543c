package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/geofile"
)

// parseBox reads west, south, east and north in degrees. A box crosses the antimeridian if west is greater than
// east, or one of them is beyond ±180.
func parseBox(s string) (loc2vec.Bounds, error) {
	var edges [4]float64
	fields := strings.Split(s, ",")
	if len(fields) != len(edges) {
		return loc2vec.Bounds{}, errors.New("four numbers are needed: west, south, east and north")
	}
	for i, field := range fields {
		v, err := strconv.ParseFloat(strings.TrimSpace(field), 64)
		if err != nil {
			return loc2vec.Bounds{}, fmt.Errorf("%q is not a number", field)
		}
		edges[i] = v
	}
	low, errLow := geofile.Normalise(loc2vec.LatLon{Lat: edges[1], Lon: edges[0]})
	high, errHigh := geofile.Normalise(loc2vec.LatLon{Lat: edges[3], Lon: edges[2]})
	if err := errors.Join(errLow, errHigh); err != nil {
		return loc2vec.Bounds{}, err
	}
	b := loc2vec.Bounds{Min: low, Max: high}
	if b.Min.Lat >= b.Max.Lat || b.Min.Lon == b.Max.Lon {
		return loc2vec.Bounds{}, errors.New("south must be below north, and west differ from east")
	}
	return b, nil
}
