package geofile

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/loc2vec/loc2vec"
)

// geoJSONObject holds the members of a GeoJSON object that lead to points. Package geojson of orb would read a position
// that is null or has one number as a point with zeros; such rows have to be errors.
type geoJSONObject struct {
	Type        string            `json:"type"`
	Features    []json.RawMessage `json:"features"`
	Geometry    json.RawMessage   `json:"geometry"`
	Geometries  []json.RawMessage `json:"geometries"`
	Coordinates json.RawMessage   `json:"coordinates"`
}

// errNoGeometry is the error of a feature without a geometry, and of a value that is not a feature.
var errNoGeometry = errors.New("no geometry")

// readGeoJSON reads the points of one object. Rows are the numbers of its features, from 1.
func readGeoJSON(r *bufio.Reader, add addFunc) error {
	var top geoJSONObject
	d := json.NewDecoder(r)
	if err := d.Decode(&top); err != nil {
		return err
	}
	if d.More() {
		return errors.New("something follows the first object, want a single feature collection")
	}
	var parts []json.RawMessage
	switch top.Type {
	case "FeatureCollection":
		parts = top.Features
	case "GeometryCollection":
		parts = top.Geometries
	case "Feature":
		parts = []json.RawMessage{top.Geometry}
	case "Point", "MultiPoint":
		return readGeometry(1, top, add)
	default:
		return fmt.Errorf("type is %q, want a feature collection, a feature or points", top.Type)
	}
	for i, part := range parts {
		if err := readFeature(i+1, part, add); err != nil {
			return err
		}
	}
	return nil
}

// readFeature reads a feature or a geometry.
func readFeature(row int, data json.RawMessage, add addFunc) error {
	var o geoJSONObject
	err := json.Unmarshal(data, &o)
	if err == nil && o.Type == "Feature" {
		data, o = o.Geometry, geoJSONObject{}
		err = json.Unmarshal(data, &o)
	}
	if err != nil {
		return add(row, Fix{}, errNoGeometry)
	}
	return readGeometry(row, o, add)
}

// readGeometry reads the points of a geometry. A geometry of another type is a bad row: which place on a line is
// meant would be a guess.
func readGeometry(row int, o geoJSONObject, add addFunc) error {
	positions := make([][]float64, 1)
	var err error
	switch o.Type {
	case "Point":
		err = json.Unmarshal(o.Coordinates, &positions[0])
	case "MultiPoint":
		err = json.Unmarshal(o.Coordinates, &positions)
	case "":
		return add(row, Fix{}, errNoGeometry)
	default:
		return add(row, Fix{}, fmt.Errorf("geometry is %q, want Point or MultiPoint", o.Type))
	}
	if err != nil {
		return add(row, Fix{}, errors.New("coordinates are not numbers, longitude first"))
	}
	for _, p := range positions {
		var fix Fix
		err := fmt.Errorf("position has %d numbers, want longitude and latitude", len(p))
		if len(p) >= 2 {
			fix.Place, err = loc2vec.LatLon{Lat: p[1], Lon: p[0]}, nil
		}
		if err := add(row, fix, err); err != nil {
			return err
		}
	}
	return nil
}
