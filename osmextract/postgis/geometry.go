package postgis

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/loc2vec/loc2vec"
)

// The two spatial reference systems that OpenStreetMap databases use.
const (
	sridWGS84    = 4326 // degrees, longitude first
	sridMercator = 3857 // metres of Web Mercator, as osm2pgsql stores by default
)

// Types of geometry, and the flags beside them.
const (
	wkbPoint           = 1
	wkbLineString      = 2
	wkbPolygon         = 3
	wkbMultiPoint      = 4
	wkbMultiLineString = 5
	wkbMultiPolygon    = 6
	wkbCollection      = 7

	ewkbZ    = 0x80000000
	ewkbM    = 0x40000000
	ewkbSRID = 0x20000000
)

// geometryReader decodes geometries as the server sends them: EWKB, which is the well-known binary
// of OGC 06-103r4, section 8, with the spatial reference system in the header. It keeps its buffers
// between geometries and is not safe for concurrent use.
type geometryReader struct {
	data   []byte
	order  binary.ByteOrder
	srid   uint32
	points []loc2vec.LatLon
	ends   []int // of the parts, in points
	parts  [][]loc2vec.LatLon
	// polygons is set when the last geometry was made of polygons.
	polygons bool
}

// read returns the parts of a geometry in WGS84 degrees: points, lines, or rings, those of all
// members one after the other. They are valid until the next call. Places need not be valid. Bytes
// that are not a geometry give an error that wraps loc2vec.ErrCorrupt.
func (r *geometryReader) read(data []byte) ([][]loc2vec.LatLon, error) {
	r.data, r.srid, r.polygons = data, 0, false
	r.points, r.ends, r.parts = r.points[:0], r.ends[:0], r.parts[:0]
	if err := r.geometry(0); err != nil {
		return nil, err
	}
	if len(r.data) > 0 {
		return nil, fmt.Errorf("%w: %d bytes after a geometry", loc2vec.ErrCorrupt, len(r.data))
	}
	start := 0
	for _, end := range r.ends {
		r.parts = append(r.parts, r.points[start:end:end])
		start = end
	}
	return r.parts, nil
}

// maxDepth is how deep geometries may be nested: a polygon in a multipolygon in a collection.
const maxDepth = 2

func (r *geometryReader) geometry(depth int) error {
	kind, dimensions, err := r.header()
	if err != nil {
		return err
	}
	switch kind {
	case wkbPoint:
		return r.part(1, dimensions)
	case wkbLineString:
		return r.line(dimensions)
	case wkbPolygon:
		r.polygons = true
		n, err := r.count(4)
		for range n {
			if err := r.line(dimensions); err != nil {
				return err
			}
		}
		return err
	case wkbMultiPoint, wkbMultiLineString, wkbMultiPolygon, wkbCollection:
		if depth == maxDepth {
			return fmt.Errorf("%w: geometries nested too deep", loc2vec.ErrCorrupt)
		}
		n, err := r.count(9)
		for range n {
			if err := r.geometry(depth + 1); err != nil {
				return err
			}
		}
		return err
	}
	return fmt.Errorf("a geometry is of type %d: only points, lines, polygons and collections of them are read", kind)
}

// header reads what comes before the coordinates. Members of a collection have no spatial reference
// system of their own.
func (r *geometryReader) header() (kind uint32, dimensions int, err error) {
	if len(r.data) < 5 || r.data[0] > 1 {
		return 0, 0, fmt.Errorf("%w: not a geometry", loc2vec.ErrCorrupt)
	}
	r.order = binary.BigEndian
	if r.data[0] == 1 {
		r.order = binary.LittleEndian
	}
	kind = r.order.Uint32(r.data[1:])
	r.data = r.data[5:]
	if kind&ewkbSRID != 0 {
		if len(r.data) < 4 {
			return 0, 0, fmt.Errorf("%w: a geometry ends in its header", loc2vec.ErrCorrupt)
		}
		r.srid = r.order.Uint32(r.data)
		r.data = r.data[4:]
	}
	if r.srid != sridWGS84 && r.srid != sridMercator {
		return 0, 0, errSRID(int(r.srid))
	}
	dimensions = 2
	for _, flag := range [...]uint32{ewkbZ, ewkbM} {
		if kind&flag != 0 {
			dimensions++
		}
	}
	return kind &^ (ewkbZ | ewkbM | ewkbSRID), dimensions, nil
}

func errSRID(srid int) error {
	return fmt.Errorf("geometries are in EPSG:%d: only EPSG:%d and EPSG:%d are read", srid, sridMercator, sridWGS84)
}

// count reads how many elements follow, each of which takes at least the given bytes.
func (r *geometryReader) count(bytes int) (int, error) {
	if len(r.data) < 4 {
		return 0, fmt.Errorf("%w: a geometry ends before a count", loc2vec.ErrCorrupt)
	}
	n := int64(r.order.Uint32(r.data))
	r.data = r.data[4:]
	if n > int64(len(r.data)/bytes) {
		return 0, fmt.Errorf("%w: a geometry counts %d elements in %d bytes", loc2vec.ErrCorrupt, n, len(r.data))
	}
	return int(n), nil
}

// line reads a part that begins with the number of its points.
func (r *geometryReader) line(dimensions int) error {
	n, err := r.count(8 * dimensions)
	if err != nil {
		return err
	}
	return r.part(n, dimensions)
}

// part reads n points. Heights and measures are passed over.
func (r *geometryReader) part(n, dimensions int) error {
	if len(r.data) < 8*dimensions*n {
		return fmt.Errorf("%w: a geometry ends in its coordinates", loc2vec.ErrCorrupt)
	}
	for range n {
		x := math.Float64frombits(r.order.Uint64(r.data))
		y := math.Float64frombits(r.order.Uint64(r.data[8:]))
		r.points = append(r.points, degrees(x, y, r.srid))
		r.data = r.data[8*dimensions:]
	}
	r.ends = append(r.ends, len(r.points))
	return nil
}

// degrees converts a position as the database holds it. From metres this undoes a projection of
// degrees that are multiples of 1e-7; what both of them round off is some 1e-9 of a degree, so that
// rounding to 1e-7 gives the very degrees that the database was loaded from.
func degrees(x, y float64, srid uint32) loc2vec.LatLon {
	if srid == sridWGS84 {
		return loc2vec.LatLon{Lat: y, Lon: x}
	}
	return loc2vec.Point{X: x/loc2vec.EarthCircumference + 0.5, Y: 0.5 - y/loc2vec.EarthCircumference}.LatLon()
}

// coordinates is the inverse of degrees.
func coordinates(ll loc2vec.LatLon, srid uint32) (x, y float64) {
	if srid == sridWGS84 {
		return ll.Lon, ll.Lat
	}
	p := ll.Point()
	return (p.X - 0.5) * loc2vec.EarthCircumference, (0.5 - p.Y) * loc2vec.EarthCircumference
}
