package table

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
)

// geoJSONWriter writes a feature collection.
type geoJSONWriter struct {
	out    *bufio.Writer
	schema Schema
	line   []byte
	rows   int
}

// NewGeoJSONWriter returns a writer of GeoJSON (RFC 7946): a collection with a feature on each line, whose properties
// are the columns. The member "loc2vec" of the collection names the embedding space.
func NewGeoJSONWriter(w io.Writer, schema Schema) (Writer, error) {
	g := &geoJSONWriter{out: bufio.NewWriter(w), schema: schema}
	_, err := fmt.Fprintf(g.out, `{"type":"FeatureCollection","loc2vec":{"space":%s,"dimensions":%d},"features":[`,
		appendString(nil, schema.Space), schema.Dimensions)
	return g, err
}

// Write implements Writer.
func (g *geoJSONWriter) Write(row *Row) (err error) {
	g.line = g.line[:0]
	if g.rows++; g.rows > 1 {
		g.line = append(g.line, ',')
	}
	g.line = append(g.line, "\n{\"type\":\"Feature\",\"geometry\":"...)
	switch {
	case row.Geometry != nil:
		g.line = appendValue(g.line, JSON, string(row.Geometry))
	case row.Area != nil:
		if g.line, err = appendArea(g.line, row.Area.WKB); err != nil {
			return err
		}
	case row.Err != nil:
		g.line = append(g.line, "null"...)
	default:
		g.line = append(g.line, `{"type":"Point","coordinates":`...)
		g.line = append(appendPosition(g.line, row.Place.Lon, row.Place.Lat), '}')
	}
	g.line = append(appendObject(append(g.line, `,"properties":`...), &g.schema, row), '}')
	_, err = g.out.Write(g.line)
	return err
}

// Flush implements Writer.
func (g *geoJSONWriter) Flush() error { return g.out.Flush() }

// Finish implements Writer.
func (g *geoJSONWriter) Finish() error {
	g.out.WriteString("\n]}\n")
	return g.out.Flush() // the first error of all writes
}

// Close implements Writer.
func (g *geoJSONWriter) Close() error { return nil }

func appendPosition(dst []byte, lon, lat float64) []byte {
	dst = strconv.AppendFloat(append(dst, '['), lon, 'f', -1, 64)
	dst = strconv.AppendFloat(append(dst, ','), lat, 'f', -1, 64)
	return append(dst, ']')
}

// The types of geometries in little-endian WKB.
const (
	wkbPolygon      = 3
	wkbMultiPolygon = 6
)

var errArea = errors.New("an area is neither a polygon nor a multipolygon in WKB")

// appendArea appends a polygon or multipolygon in WKB as GeoJSON.
func appendArea(dst, wkb []byte) ([]byte, error) {
	if len(wkb) < 9 || wkb[0] != 1 {
		return dst, errArea
	}
	switch kind := binary.LittleEndian.Uint32(wkb[1:]); kind {
	case wkbPolygon:
		dst, _, err := appendRings(append(dst, `{"type":"Polygon","coordinates":`...), wkb)
		return append(dst, '}'), err
	case wkbMultiPolygon:
		dst = append(dst, `{"type":"MultiPolygon","coordinates":[`...)
		n := binary.LittleEndian.Uint32(wkb[5:])
		wkb = wkb[9:]
		for i := range n {
			if i > 0 {
				dst = append(dst, ',')
			}
			var err error
			if dst, wkb, err = appendRings(dst, wkb); err != nil {
				return dst, err
			}
		}
		return append(dst, "]}"...), nil
	}
	return dst, errArea
}

// appendRings appends the coordinates of a polygon, and returns what follows it.
func appendRings(dst, wkb []byte) ([]byte, []byte, error) {
	if len(wkb) < 9 || wkb[0] != 1 || binary.LittleEndian.Uint32(wkb[1:]) != wkbPolygon {
		return dst, nil, errArea
	}
	rings := binary.LittleEndian.Uint32(wkb[5:])
	wkb = wkb[9:]
	dst = append(dst, '[')
	for i := range rings {
		if len(wkb) < 4 {
			return dst, nil, errArea
		}
		points := int(binary.LittleEndian.Uint32(wkb))
		if wkb = wkb[4:]; points > len(wkb)/16 {
			return dst, nil, errArea
		}
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, '[')
		for p := range points {
			if p > 0 {
				dst = append(dst, ',')
			}
			dst = appendPosition(dst, math.Float64frombits(binary.LittleEndian.Uint64(wkb[16*p:])), math.Float64frombits(binary.LittleEndian.Uint64(wkb[16*p+8:])))
		}
		dst = append(dst, ']')
		wkb = wkb[16*points:]
	}
	return append(dst, ']'), wkb, nil
}
