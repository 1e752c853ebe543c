package table

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/geojson"
)

// feature is a feature of GeoJSON, or a geometry that stands for one.
type feature struct {
	Type        string          `json:"type"`
	ID          json.RawMessage `json:"id"`
	Geometry    json.RawMessage `json:"geometry"`
	Properties  json.RawMessage `json:"properties"`
	Coordinates json.RawMessage `json:"coordinates"`
}

// features reads the features of a file one by one.
type features struct {
	*geojson.Decoder
	inObject, inArray bool
	top               feature // members of the object at the top
	collection        bool
	about             json.RawMessage // the last member "loc2vec" of a collection
}

func newFeatures(in io.Reader) (*features, error) {
	decoder, err := geojson.NewDecoder(in)
	if err != nil {
		return nil, err
	}
	return &features{Decoder: decoder}, nil
}

// next returns the next feature, or io.EOF.
func (f *features) next() (*feature, error) {
	one, err := f.read()
	if err == nil || errors.Is(err, errFeatures) || errors.Is(err, io.EOF) && !f.inObject {
		return one, err
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return nil, damaged(f.Decoder, err)
}

// damaged returns the error of a decoder with the position. It wraps loc2vec.ErrCorrupt for text that is no JSON.
func damaged(d *geojson.Decoder, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &syntax) || errors.As(err, &kind) {
		err = fmt.Errorf("%w: %w", loc2vec.ErrCorrupt, err)
	}
	return fmt.Errorf("at byte %d: %w", d.InputOffset(), err)
}

// space returns the id of the embedding space that a collection of NewGeoJSONWriter names, empty for others.
func (f *features) space() string {
	var about struct {
		Space string `json:"space"`
	}
	if json.Unmarshal(f.about, &about) != nil {
		return ""
	}
	return about.Space
}

// errFeatures is the error of JSON that is not GeoJSON.
var errFeatures = fmt.Errorf("%w: not GeoJSON: want a feature collection, features or geometries", loc2vec.ErrCorrupt)

func (f *features) read() (*feature, error) {
	for {
		if f.inArray {
			if f.More() {
				var one feature
				err := f.Decode(&one)
				var kind *json.UnmarshalTypeError
				if err != nil && !errors.As(err, &kind) { // a member of another type is as if missing
					return nil, err
				}
				return one.normal(), nil
			}
			if _, err := f.Token(); err != nil {
				return nil, err
			}
			f.inArray = false
		}
		if !f.inObject {
			start, err := f.Token()
			if err != nil {
				return nil, err
			}
			if start != json.Delim('{') {
				return nil, errFeatures
			}
			f.inObject, f.collection, f.top = true, false, feature{}
		}
		for f.More() && !f.inArray {
			if err := f.readMember(); err != nil {
				return nil, err
			}
		}
		if f.inArray {
			continue
		}
		if _, err := f.Token(); err != nil {
			return nil, err
		}
		f.inObject = false
		switch {
		case f.collection || f.top.Type == "FeatureCollection":
		case f.top.Type == "" && f.top.Geometry == nil:
			return nil, errFeatures
		default:
			return f.top.normal(), nil
		}
	}
}

// readMember reads a member of an object at the top, or the start of its features.
func (f *features) readMember() error {
	key, err := f.Token()
	if err != nil {
		return err
	}
	var skipped json.RawMessage
	var to any = &skipped
	switch key {
	case "features":
		start, err := f.Token()
		if err != nil || start == nil {
			return err
		}
		if start != json.Delim('[') {
			return errFeatures
		}
		f.inArray, f.collection = true, true
		return nil
	case "type":
		to = &f.top.Type
	case "id":
		to = &f.top.ID
	case "geometry":
		to = &f.top.Geometry
	case "properties":
		to = &f.top.Properties
	case "coordinates":
		to = &f.top.Coordinates
	case "loc2vec":
		to = &f.about
	}
	return f.Decode(to)
}

// normal returns a geometry as a feature.
func (f *feature) normal() *feature {
	if f.Coordinates == nil || f.Geometry != nil {
		return f
	}
	geometry, err := json.Marshal(struct {
		Type        string          `json:"type"`
		Coordinates json.RawMessage `json:"coordinates"`
	}{f.Type, f.Coordinates})
	if err != nil {
		return f
	}
	return &feature{Type: "Feature", Geometry: geometry}
}
