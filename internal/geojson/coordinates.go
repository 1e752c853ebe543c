package geojson

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/loc2vec/loc2vec"
)

// Position is a position in degrees. Values of the file are not checked against the range of degrees.
type Position loc2vec.LatLon

// errPosition is the error of coordinates that are not what their geometry needs.
var errPosition = fmt.Errorf("%w: coordinates are not numbers, longitude first", loc2vec.ErrCorrupt)

// UnmarshalJSON reads longitude and latitude, and skips what follows. encoding/json and other packages read a position
// that is null or has one number as zeros, which would be a place.
func (p *Position) UnmarshalJSON(data []byte) (err error) {
	data = bytes.TrimSpace(data)
	if len(data) < 2 || data[0] != '[' {
		return errPosition
	}
	lon, rest, ok := bytes.Cut(data[1:len(data)-1], []byte(","))
	if !ok {
		return errPosition
	}
	lat, _, _ := bytes.Cut(rest, []byte(","))
	var errLat, errLon error
	p.Lon, errLon = strconv.ParseFloat(string(bytes.TrimSpace(lon)), 64)
	p.Lat, errLat = strconv.ParseFloat(string(bytes.TrimSpace(lat)), 64)
	if errLon != nil || errLat != nil {
		return errPosition
	}
	return nil
}

// Polygon is an outer ring, which comes first, with its inner rings.
type Polygon [][]Position

// Points returns the positions of a Point or MultiPoint. Of another type it returns an error.
func (g Geometry) Points() ([]Position, error) {
	points := make([]Position, 1)
	switch g.Type {
	case "Point":
		return points, g.decode(&points[0])
	case "MultiPoint":
		err := g.decode(&points)
		return points, err
	}
	return nil, fmt.Errorf("geometry is %q, want Point or MultiPoint", g.Type)
}

// Polygons returns the polygons of a Polygon or MultiPolygon. Of another type it returns an error.
func (g Geometry) Polygons() ([]Polygon, error) {
	polygons := make([]Polygon, 1)
	switch g.Type {
	case "Polygon":
		return polygons, g.decode(&polygons[0])
	case "MultiPolygon":
		err := g.decode(&polygons)
		return polygons, err
	}
	return nil, fmt.Errorf("geometry is %q, want Polygon or MultiPolygon", g.Type)
}

// decode decodes the coordinates, which are not null.
func (g Geometry) decode(to any) error {
	if text := bytes.TrimSpace(g.Coordinates); len(text) == 0 || text[0] != '[' || json.Unmarshal(g.Coordinates, to) != nil {
		return errPosition
	}
	return nil
}
