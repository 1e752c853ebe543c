package geojson

import (
	"bytes"
	"fmt"
	"strconv"

	"github.com/loc2vec/loc2vec"
)

// Position is a position in degrees. Values of the file are not checked against the range of degrees.
type Position loc2vec.LatLon

// Polygon is an outer ring, which comes first, with its inner rings.
type Polygon [][]Position

// errPosition is the error of coordinates that are not what their geometry needs.
var errPosition = fmt.Errorf("%w: coordinates are not numbers, longitude first", loc2vec.ErrCorrupt)

// Points returns the positions of a Point or MultiPoint. Of another type it returns an error.
func (g Geometry) Points() (points []Position, err error) {
	switch g.Type {
	case "Point":
		p, err := parse(g.Coordinates, (*cursor).position)
		return []Position{p}, err
	case "MultiPoint":
		return parse(g.Coordinates, list((*cursor).position))
	}
	return nil, fmt.Errorf("geometry is %q, want Point or MultiPoint", g.Type)
}

// Polygons returns the polygons of a Polygon or MultiPolygon. Of another type it returns an error.
func (g Geometry) Polygons() (polygons []Polygon, err error) {
	ring := list((*cursor).position)
	switch g.Type {
	case "Polygon":
		rings, err := parse(g.Coordinates, list(ring))
		return []Polygon{rings}, err
	case "MultiPolygon":
		all, err := parse(g.Coordinates, list(list(ring)))
		for _, rings := range all {
			polygons = append(polygons, rings)
		}
		return polygons, err
	}
	return nil, fmt.Errorf("geometry is %q, want Polygon or MultiPolygon", g.Type)
}

// parse parses coordinates up to their end. It is strict: encoding/json reads null and missing numbers as zeros, and
// a position of zeros is a place.
func parse[T any](data []byte, value func(*cursor) (T, bool)) (T, error) {
	c := cursor{data}
	v, ok := value(&c)
	if !ok || c.next() != 0 {
		var none T
		return none, errPosition
	}
	return v, nil
}

// cursor holds the rest of the coordinates.
type cursor struct{ rest []byte }

// next returns the next byte that is not space, or 0 at the end.
func (c *cursor) next() byte {
	c.rest = bytes.TrimLeft(c.rest, " \t\r\n")
	if len(c.rest) == 0 {
		return 0
	}
	return c.rest[0]
}

// skip skips the next byte that is not space if it is b, and reports whether it is.
func (c *cursor) skip(b byte) bool {
	if c.next() != b {
		return false
	}
	c.rest = c.rest[1:]
	return true
}

// list returns a parser of an array.
func list[T any](item func(*cursor) (T, bool)) func(*cursor) ([]T, bool) {
	return func(c *cursor) (all []T, ok bool) {
		if !c.skip('[') {
			return nil, false
		}
		if c.skip(']') {
			return nil, true
		}
		for {
			v, ok := item(c)
			if !ok {
				return nil, false
			}
			all = append(all, v)
			if c.skip(']') {
				return all, true
			}
			if !c.skip(',') {
				return nil, false
			}
		}
	}
}

// position parses longitude and latitude, and skips the numbers behind them.
func (c *cursor) position() (p Position, ok bool) {
	if !c.skip('[') {
		return p, false
	}
	if p.Lon, ok = c.number(); !ok || !c.skip(',') {
		return p, false
	}
	if p.Lat, ok = c.number(); !ok {
		return p, false
	}
	for c.skip(',') {
		if _, ok := c.number(); !ok {
			return p, false
		}
	}
	return p, c.skip(']')
}

// number parses a number.
func (c *cursor) number() (float64, bool) {
	c.next()
	end := bytes.IndexAny(c.rest, ",] \t\r\n")
	if end < 0 {
		return 0, false
	}
	v, err := strconv.ParseFloat(string(c.rest[:end]), 64)
	c.rest = c.rest[end:]
	return v, err == nil
}
