package postgis

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/ewkb"
	"github.com/paulmach/orb/project"

	"github.com/loc2vec/loc2vec"
)

// The two spatial reference systems that OpenStreetMap databases use.
const (
	sridWGS84    = 4326 // degrees, longitude first
	sridMercator = 3857 // metres of Web Mercator, the default of osm2pgsql
)

// The header of EWKB: a byte for the byte order, and a type with flags.
const (
	ewkbZ          = 0x80000000
	ewkbM          = 0x40000000
	ewkbSRID       = 0x20000000
	ewkbType       = 0xff
	ewkbCollection = 7
)

// readGeometry decodes a geometry as the server sends it: EWKB of two dimensions, the well-known
// binary of OGC 06-103r4, section 8, with the spatial reference system in the header. It returns WGS84
// degrees, which may lie beyond the Earth. Damaged bytes return an error that wraps
// loc2vec.ErrCorrupt.
func readGeometry(data []byte) (orb.Geometry, error) {
	kind, srid, err := readHeader(data)
	if err != nil {
		return nil, err
	}
	var g orb.Geometry
	r := bytes.NewReader(data)
	if kind == ewkbCollection {
		g, err = readCollection(r)
	} else {
		g, _, err = ewkb.NewDecoder(r).Decode()
	}
	switch {
	case errors.Is(err, ewkb.ErrUnsupportedGeometry):
		return nil, fmt.Errorf("a geometry is of type %d: only points, lines, polygons and collections of them are supported", kind)
	case err != nil:
		return nil, fmt.Errorf("%w: geometry: %w", loc2vec.ErrCorrupt, err)
	case r.Len() > 0:
		return nil, fmt.Errorf("%w: %d bytes after a geometry", loc2vec.ErrCorrupt, r.Len())
	}
	if srid == sridMercator {
		g = project.Geometry(g, toDegrees)
	}
	return g, nil
}

// readHeader reads the type and the spatial reference system of a geometry.
func readHeader(data []byte) (kind, srid uint32, err error) {
	if len(data) < 9 || data[0] > 1 {
		return 0, 0, fmt.Errorf("%w: not a geometry", loc2vec.ErrCorrupt)
	}
	order := byteOrder(data[0])
	kind = order.Uint32(data[1:])
	if kind&(ewkbZ|ewkbM) != 0 {
		return 0, 0, fmt.Errorf("%w: a geometry of more than two dimensions", loc2vec.ErrCorrupt)
	}
	if kind&ewkbSRID != 0 {
		srid = order.Uint32(data[5:])
	}
	if srid != sridWGS84 && srid != sridMercator {
		return 0, 0, errSRID(int(srid))
	}
	return kind & ewkbType, srid, nil
}

func byteOrder(b byte) binary.ByteOrder {
	if b == 0 {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

func errSRID(srid int) error {
	return fmt.Errorf("geometries are in EPSG:%d: only EPSG:%d and EPSG:%d are supported", srid, sridMercator, sridWGS84)
}

// readCollection decodes a collection. The decoder of orb would follow collections within collections
// to any depth.
func readCollection(r *bytes.Reader) (orb.Geometry, error) {
	var header [13]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return nil, err
	}
	members := byteOrder(header[0]).Uint32(header[9:])
	collection := orb.Collection{}
	for range members {
		var head [5]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return nil, err
		}
		if _, err := r.Seek(-int64(len(head)), io.SeekCurrent); err != nil {
			return nil, err
		}
		kind := byteOrder(head[0]).Uint32(head[1:])
		if kind&ewkbType == ewkbCollection || kind&(ewkbZ|ewkbM) != 0 {
			return nil, errors.New("a member of a collection is a collection, or has more than two dimensions")
		}
		g, _, err := ewkb.NewDecoder(r).Decode()
		if err != nil {
			return nil, err
		}
		collection = append(collection, g)
	}
	return collection, nil
}

// toDegrees converts metres of EPSG:3857. It undoes the projection of degrees that are multiples of
// 1e-7 with an error of some 1e-9 degrees, so rounding to 1e-7 gives the degrees that the database was
// loaded from.
func toDegrees(p orb.Point) orb.Point {
	ll := loc2vec.Point{X: p[0]/loc2vec.EarthCircumference + 0.5, Y: 0.5 - p[1]/loc2vec.EarthCircumference}.LatLon()
	return orb.Point{ll.Lon, ll.Lat}
}

// coordinates converts degrees to a spatial reference system.
func coordinates(ll loc2vec.LatLon, srid uint32) orb.Point {
	if srid == sridWGS84 {
		return orb.Point{ll.Lon, ll.Lat}
	}
	p := ll.Point()
	return orb.Point{(p.X - 0.5) * loc2vec.EarthCircumference, (0.5 - p.Y) * loc2vec.EarthCircumference}
}
