package location

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/loc2vec/loc2vec"
)

// Flags of EWKB, the dialect of PostGIS, in the type of a geometry.
const (
	ewkbZ    = 0x80000000
	ewkbM    = 0x40000000
	ewkbSRID = 0x20000000
)

// WKB returns the place of a point in well-known binary (ISO or EWKB of WGS 84), or of a multipoint of one.
func WKB(data []byte) (loc2vec.LatLon, error) {
	r := wkbReader{data: data}
	return r.point()
}

// wkbReader reads a geometry in WKB (ISO or EWKB).
type wkbReader struct {
	data  []byte
	order binary.ByteOrder
}

// point returns the place of a point, or of a multipoint of one.
func (r *wkbReader) point() (place loc2vec.LatLon, err error) {
	kind, dimensions, err := r.head()
	if err != nil {
		return place, err
	}
	if kind == 4 { // MultiPoint
		switch n, ok := r.uint32(); {
		case !ok:
			return place, errWKB()
		case n == 0:
			return place, ErrNone
		case n > 1:
			return place, fmt.Errorf("the geometry is a MultiPoint of %d points, not a point", n)
		}
		if kind, dimensions, err = r.head(); err != nil {
			return place, err
		}
	}
	if kind != 1 {
		if names := geometryNames(); kind < uint32(len(names)) {
			return place, fmt.Errorf("the geometry is a %s, not a point", names[kind])
		}
		return place, fmt.Errorf("the geometry has type %d, not a point", kind)
	}
	if len(r.data) < 8*dimensions {
		return place, errWKB()
	}
	place.Lon = math.Float64frombits(r.order.Uint64(r.data))
	place.Lat = math.Float64frombits(r.order.Uint64(r.data[8:]))
	if math.IsNaN(place.Lon) && math.IsNaN(place.Lat) {
		return place, ErrNone // an empty point
	}
	return place, nil
}

// head reads the byte order and type of a geometry.
func (r *wkbReader) head() (kind uint32, dimensions int, err error) {
	if len(r.data) == 0 || r.data[0] > 1 {
		return 0, 0, errWKB()
	}
	r.order = binary.BigEndian
	if r.data[0] == 1 {
		r.order = binary.LittleEndian
	}
	r.data = r.data[1:]
	code, ok := r.uint32()
	if code&ewkbSRID != 0 && ok {
		var srid uint32
		if srid, ok = r.uint32(); ok && srid != 0 && srid != 4326 {
			return 0, 0, ErrCRS(fmt.Sprintf("EPSG:%d", srid))
		}
	}
	if !ok {
		return 0, 0, errWKB()
	}
	dimensions = 2
	for _, more := range []bool{code&ewkbZ != 0, code&ewkbM != 0} {
		if more {
			dimensions++
		}
	}
	code &^= ewkbZ | ewkbM | ewkbSRID
	switch code / 1000 { // ISO
	case 1, 2:
		dimensions++
	case 3:
		dimensions += 2
	}
	return code % 1000, dimensions, nil
}

func (r *wkbReader) uint32() (v uint32, ok bool) {
	if len(r.data) < 4 {
		return 0, false
	}
	v = r.order.Uint32(r.data)
	r.data = r.data[4:]
	return v, true
}
