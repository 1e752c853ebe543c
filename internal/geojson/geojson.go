// Package geojson reads the geometries of GeoJSON files.
package geojson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/loc2vec/loc2vec"
)

// maxNesting bounds collections of collections, of which RFC 7946 advises against even one.
const maxNesting = 16

// Geometry is a geometry other than a collection. Its Type is empty for a feature without a geometry and for a value
// that is neither a feature nor a geometry.
type Geometry struct {
	Type        string
	Coordinates json.RawMessage
}

// Read calls visit with each geometry of a file, in order, and the number of its feature, from 1. A geometry outside of
// a feature counts as one. The file is a FeatureCollection, a Feature or a geometry (RFC 7946), or a sequence of them,
// one after the other or with record separators (RFC 8142), as text that package textfile opens. Features are read one
// by one. The members of a collection are visited one by one. Errors wrap loc2vec.ErrCorrupt, or are those of r and
// visit. Errors name a byte of the decoded text.
func Read(r io.Reader, visit func(feature int, g Geometry) error) error {
	decoder, err := NewDecoder(r)
	if err != nil {
		return err
	}
	s := sequence{Decoder: decoder, visit: visit}
	for {
		err := s.readObject()
		if errors.Is(err, errEnd) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("at byte %d: %w", s.InputOffset(), err)
		}
	}
}

// errEnd is the end of a sequence.
var errEnd = errors.New("end of the sequence")

// sequence reads the objects of a file.
type sequence struct {
	*Decoder
	visit    func(feature int, g Geometry) error
	features int // so far
}

// object holds the members of a GeoJSON object that lead to geometries.
type object struct {
	Type        string          `json:"type"`
	Geometry    *object         `json:"geometry"`
	Geometries  json.RawMessage `json:"geometries"` // of a collection, millions perhaps
	Coordinates json.RawMessage `json:"coordinates"`
}

// readObject reads the next object of the sequence. It reads features while it finds them: their array may be longer
// than memory.
func (s *sequence) readObject() error {
	start, err := s.Token()
	if errors.Is(err, io.EOF) {
		return errEnd
	}
	if err != nil {
		return corrupt(err)
	}
	if start != json.Delim('{') {
		return fmt.Errorf("%w: not GeoJSON: want an object", loc2vec.ErrCorrupt)
	}
	var o object
	for s.More() {
		key, err := s.Token()
		if err != nil {
			return corrupt(err)
		}
		if err := s.readMember(key, &o); err != nil {
			return err
		}
	}
	if _, err := s.Token(); err != nil {
		return corrupt(err)
	}
	return s.finish(&o)
}

// readMember reads the value of a key of a top-level object.
func (s *sequence) readMember(key json.Token, o *object) error {
	var skipped json.RawMessage
	var to any = &skipped
	switch key {
	case "features":
		return s.readFeatures()
	case "type":
		to = &o.Type
	case "geometry":
		to = &o.Geometry
	case "geometries":
		to = &o.Geometries
	case "coordinates":
		to = &o.Coordinates
	}
	return corrupt(s.Decode(to))
}

// readFeatures reads the array of a FeatureCollection.
func (s *sequence) readFeatures() error {
	start, err := s.Token()
	if err != nil {
		return corrupt(err)
	}
	if start == nil {
		return nil // null
	}
	if start != json.Delim('[') {
		return fmt.Errorf("%w: features is not an array", loc2vec.ErrCorrupt)
	}
	for s.More() {
		var o object
		err := s.Decode(&o)
		var kind *json.UnmarshalTypeError // what has another type is as if missing
		if err != nil && !errors.As(err, &kind) {
			return corrupt(err)
		}
		s.features++
		geometry := &o
		if o.Type == "Feature" || o.Type == "" {
			geometry = o.Geometry
		}
		if err := s.visitGeometry(geometry, maxNesting); err != nil {
			return err
		}
	}
	_, err = s.Token()
	return corrupt(err)
}

// finish visits the geometries of a top-level object, except for its features.
func (s *sequence) finish(o *object) error {
	switch o.Type {
	case "FeatureCollection":
		return nil
	case "":
		if o.Geometry == nil {
			return nil
		}
		fallthrough
	case "Feature":
		s.features++
		return s.visitGeometry(o.Geometry, maxNesting)
	case "GeometryCollection":
		_, err := o.members(func(member *object) error {
			s.features++
			return s.visitGeometry(member, maxNesting)
		})
		return err
	case "Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon":
		s.features++
		return s.visitGeometry(o, maxNesting)
	}
	return fmt.Errorf("%w: not GeoJSON: type is %q, want a feature collection, a feature or a geometry", loc2vec.ErrCorrupt, o.Type)
}

// visitGeometry visits a geometry, or the members of a collection. An empty collection is no geometry.
func (s *sequence) visitGeometry(o *object, nesting int) error {
	switch {
	case o == nil:
		return s.visit(s.features, Geometry{})
	case o.Type != "GeometryCollection":
		return s.visit(s.features, Geometry{o.Type, o.Coordinates})
	case nesting == 0:
		return fmt.Errorf("%w: geometry collections in more than %d others", loc2vec.ErrCorrupt, maxNesting)
	}
	members, err := o.members(func(member *object) error { return s.visitGeometry(member, nesting-1) })
	if err == nil && members == 0 {
		err = s.visit(s.features, Geometry{})
	}
	return err
}

// members calls visit with the members of a collection, decoded one by one, and returns their number.
func (o *object) members(visit func(*object) error) (n int, err error) {
	d := json.NewDecoder(bytes.NewReader(o.Geometries))
	if start, err := d.Token(); err != nil || start != json.Delim('[') {
		return 0, nil // missing, null, or no array
	}
	for ; d.More(); n++ {
		var member object
		err := d.Decode(&member)
		var kind *json.UnmarshalTypeError // what has another type is as if missing
		if err != nil && !errors.As(err, &kind) {
			return n, corrupt(err)
		}
		if err := visit(&member); err != nil {
			return n, err
		}
	}
	return n, nil
}

// corrupt marks an error of the decoder, the end of the file included, as corrupt data. An error of the reader stays as
// it is.
func corrupt(err error) error {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &syntax) || errors.As(err, &kind) {
		return fmt.Errorf("%w: %w", loc2vec.ErrCorrupt, err)
	}
	return err
}
