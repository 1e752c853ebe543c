package sample

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/loc2vec/loc2vec"
)

// geoJSONObject is whatever of a GeoJSON object bears on points.
type geoJSONObject struct {
	Type        string            `json:"type"`
	Features    []json.RawMessage `json:"features"`
	Geometry    json.RawMessage   `json:"geometry"`
	Geometries  []json.RawMessage `json:"geometries"`
	Coordinates json.RawMessage   `json:"coordinates"`
}

// errNoGeometry is what a feature without a geometry comes to, and whatever else is no feature.
var errNoGeometry = errors.New("no geometry")

func (in *placeReader) geoJSON(r *bufio.Reader) error {
	var top geoJSONObject
	d := json.NewDecoder(r)
	if err := d.Decode(&top); err != nil {
		return err
	}
	if d.More() {
		return errors.New("something follows the first object, want a single feature collection")
	}
	switch top.Type {
	case "FeatureCollection":
		for i, f := range top.Features {
			in.geoJSONPart(i+1, f)
		}
	case "GeometryCollection":
		for i, g := range top.Geometries {
			in.geoJSONPart(i+1, g)
		}
	case "Feature":
		in.geoJSONPart(1, top.Geometry)
	case "Point", "MultiPoint":
		in.geoJSONPoints(1, top)
	default:
		return fmt.Errorf("type is %q, want a feature collection, a feature or points", top.Type)
	}
	return nil
}

// geoJSONPart takes in a feature or a geometry. Geometries that are no points are bad rows: a place
// to visit on a line is a guess.
func (in *placeReader) geoJSONPart(row int, data json.RawMessage) {
	var o geoJSONObject
	err := json.Unmarshal(data, &o)
	if err == nil && o.Type == "Feature" {
		data, o = o.Geometry, geoJSONObject{}
		err = json.Unmarshal(data, &o)
	}
	if err != nil {
		in.add(row, loc2vec.LatLon{}, errNoGeometry)
		return
	}
	in.geoJSONPoints(row, o)
}

func (in *placeReader) geoJSONPoints(row int, o geoJSONObject) {
	switch o.Type {
	case "Point":
		var position []float64
		err := json.Unmarshal(o.Coordinates, &position)
		in.geoJSONPosition(row, position, err)
	case "MultiPoint":
		var positions [][]float64
		if err := json.Unmarshal(o.Coordinates, &positions); err != nil {
			in.geoJSONPosition(row, nil, err)
			return
		}
		for _, p := range positions {
			in.geoJSONPosition(row, p, nil)
		}
	case "":
		in.add(row, loc2vec.LatLon{}, errNoGeometry)
	default:
		in.add(row, loc2vec.LatLon{}, fmt.Errorf("geometry is %q, want Point or MultiPoint", o.Type))
	}
}

// geoJSONPosition takes in a position: longitude first.
func (in *placeReader) geoJSONPosition(row int, position []float64, err error) {
	var ll loc2vec.LatLon
	switch {
	case err != nil:
		err = errors.New("coordinates are not numbers, longitude first")
	case len(position) < 2:
		err = fmt.Errorf("position has %d numbers, want longitude and latitude", len(position))
	default:
		ll = loc2vec.LatLon{Lat: position[1], Lon: position[0]}
	}
	in.add(row, ll, err)
}
