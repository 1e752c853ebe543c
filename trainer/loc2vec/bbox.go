package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/loc2vec/loc2vec"
)

// parseBox reads west, south, east and north in degrees. West may be greater than east: the box then
// crosses the antimeridian.
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
	b := loc2vec.Bounds{Min: loc2vec.LatLon{Lat: edges[1], Lon: edges[0]}, Max: loc2vec.LatLon{Lat: edges[3], Lon: edges[2]}}
	if err := errors.Join(b.Min.Validate(), b.Max.Validate()); err != nil {
		return loc2vec.Bounds{}, err
	}
	if b.Min.Lat >= b.Max.Lat || b.Min.Lon == b.Max.Lon {
		return loc2vec.Bounds{}, errors.New("south must be below north, and west differ from east")
	}
	return b, nil
}
