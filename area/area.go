// Package area describes parts of the Earth: boxes, polygons and the corridors of tracks.
package area

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/loc2vec/loc2vec"
)

// Area is a set of polygons. A place lies within it if it lies within any of them. Within a polygon is what a line to
// far away leaves across its rings an odd number of times (the even-odd rule): so the direction of rings does not
// matter, rings within others are holes, and where a ring crosses itself the inside alternates. Sides are straight in
// degrees (RFC 7946). One of more than 180 and less than 360 degrees of longitude runs the shorter way, across the
// antimeridian. Safe for concurrent use.
type Area struct{ polygons []*polygon }

// ErrNoPolygon is the error of a geometry or file without a polygon.
var ErrNoPolygon = errors.New("no polygon")

// FromBoxes returns the area of boxes.
func FromBoxes(boxes []loc2vec.Bounds) *Area {
	a := &Area{}
	for _, b := range boxes {
		east := b.Max.Lon
		if east < b.Min.Lon {
			east += 360
		}
		p := newPolygon([][]point{{
			{b.Min.Lon, b.Min.Lat}, {east, b.Min.Lat}, {east, b.Max.Lat}, {b.Min.Lon, b.Max.Lat},
		}})
		p.box = new(b)
		a.polygons = append(a.polygons, p)
	}
	return a
}

// FromPolygons returns the area of polygons: each a list of rings, an outer one first, whose last corner may repeat the
// first. Longitudes up to ±360 are read modulo 360. Rings of less than three corners are left out; if none is left, the
// error wraps ErrNoPolygon. For coordinates that are not on Earth it wraps loc2vec.ErrCoordinate.
func FromPolygons(polygons [][][]loc2vec.LatLon) (*Area, error) {
	a := &Area{}
	for _, p := range polygons {
		var rings [][]point
		for _, positions := range p {
			ring, err := unwrap(positions)
			if err != nil {
				return nil, err
			}
			if len(ring) >= 3 {
				rings = append(rings, ring)
			}
		}
		if len(rings) > 0 {
			a.polygons = append(a.polygons, newPolygon(rings))
		}
	}
	if len(a.polygons) == 0 {
		return nil, fmt.Errorf("%w: the rings of the geometry have less than three corners", ErrNoPolygon)
	}
	return a, nil
}

// Join returns the area of several.
func Join(areas ...*Area) *Area {
	all := &Area{}
	for _, a := range areas {
		all.polygons = append(all.polygons, a.polygons...)
	}
	return all
}

// unwrap returns a ring whose longitudes continue beyond ±180 where it crosses the antimeridian, without its closing
// position.
func unwrap(positions []loc2vec.LatLon) ([]point, error) {
	var ring []point
	for i, p := range positions {
		if !(math.Abs(p.Lat) <= 90) || !(math.Abs(p.Lon) <= 360) {
			err := fmt.Errorf("%w: position %d of a ring has longitude %v and latitude %v", loc2vec.ErrCoordinate, i+1, p.Lon, p.Lat)
			if math.Abs(p.Lon) <= 90 && math.Abs(p.Lat) <= 360 {
				err = fmt.Errorf("%w: they look swapped, GeoJSON has the longitude first", err)
			}
			return nil, err
		}
		q := point{p.Lon, p.Lat}
		if i > 0 {
			q.lon = ring[i-1].lon + shorter(p.Lon-positions[i-1].Lon)
		}
		ring = append(ring, q)
	}
	if n := len(ring); n > 1 {
		if positions[0] != positions[n-1] {
			ring = append(ring, point{ring[n-1].lon + shorter(positions[0].Lon-positions[n-1].Lon), ring[0].lat})
		}
		first, last := ring[0], ring[len(ring)-1]
		if math.Abs(first.lon-last.lon) > 180 {
			return nil, fmt.Errorf("%w: a ring leads around a pole: it must be cut at the antimeridian", loc2vec.ErrCoordinate)
		}
		ring = ring[:len(ring)-1]
	}
	return ring, nil
}

// shorter returns the degrees of longitude of a side, by whole turns so that it runs the shorter way. A side of 360
// degrees stays: it is that of a box around the world.
func shorter(lon float64) float64 {
	for lon > 180 && lon != 360 {
		lon -= 360
	}
	for lon < -180 && lon != -360 {
		lon += 360
	}
	return lon
}

// Contains reports whether a place lies within the area.
func (a *Area) Contains(place loc2vec.LatLon) bool {
	for _, p := range a.polygons {
		for lon := place.Lon - 360*math.Floor((place.Lon-p.west)/360); lon <= p.east; lon += 360 {
			if p.contains(point{lon, place.Lat}) {
				return true
			}
		}
	}
	return false
}

// Meets reports whether a box may have a place within the area: false if it has none.
func (a *Area) Meets(b loc2vec.Bounds) bool {
	west, east := b.Min.Lon, b.Max.Lon
	if east < west {
		east += 360
	}
	for _, p := range a.polygons {
		if b.Max.Lat < p.south || b.Min.Lat > p.north {
			continue
		}
		turn := 360 * math.Ceil((p.west-east)/360) // the first copy of the box that does not end west of the polygon
		if west+turn <= p.east {
			return true
		}
	}
	return false
}

// Boxes returns a box around each polygon.
func (a *Area) Boxes() []loc2vec.Bounds {
	var boxes []loc2vec.Bounds
	for _, p := range a.polygons {
		b := loc2vec.Bounds{Min: loc2vec.LatLon{Lat: p.south, Lon: -180}, Max: loc2vec.LatLon{Lat: p.north, Lon: 180}}
		if p.east-p.west < 360 {
			b.Min.Lon, b.Max.Lon = within180(p.west), within180(p.east)
		}
		boxes = append(boxes, b)
	}
	return boxes
}

// within180 returns a longitude within ±180.
func within180(lon float64) float64 {
	if lon >= -180 && lon <= 180 {
		return lon
	}
	return lon - 360*math.Floor((lon+180)/360)
}

// MiddleLat returns the latitude of the middle of the area, within those of Web Mercator.
func (a *Area) MiddleLat() float64 {
	south, north := 90.0, -90.0
	for _, p := range a.polygons {
		south, north = min(south, p.south), max(north, p.north)
	}
	return min(max((south+north)/2, -loc2vec.MaxLatitude), loc2vec.MaxLatitude)
}

// Cover returns boxes that contain the area: the boxes that it was made of, and of polygons the cells of Web Mercator that
// meet them, an eighth of a tile wide, or wider so that there are at most MaxBoxes. The result is the same on every
// processor. Errors are those of ctx.
func (a *Area) Cover(ctx context.Context) ([]loc2vec.Bounds, error) {
	var boxes []loc2vec.Bounds
	var shapes []shape
	for _, p := range a.polygons {
		if p.box != nil {
			boxes = append(boxes, *p.box)
		} else {
			shapes = append(shapes, newOutline(p))
		}
	}
	if len(shapes) == 0 {
		return boxes, nil
	}
	cells, err := cover(ctx, shapes, MaxBoxes)
	return append(boxes, cells...), err
}

// Polygons returns the polygons with their rings as they are: without a closing corner, longitudes within ±180.
func (a *Area) Polygons() [][][]loc2vec.LatLon {
	var all [][][]loc2vec.LatLon
	for _, p := range a.polygons {
		var rings [][]loc2vec.LatLon
		for _, ring := range p.rings {
			var corners []loc2vec.LatLon
			for _, q := range ring {
				corners = append(corners, loc2vec.LatLon{Lat: q.lat, Lon: within180(q.lon)})
			}
			rings = append(rings, corners)
		}
		all = append(all, rings)
	}
	return all
}

// Corners returns the corners of all rings, with longitudes within ±180.
func (a *Area) Corners() []loc2vec.LatLon {
	var all []loc2vec.LatLon
	for _, rings := range a.Polygons() {
		for _, ring := range rings {
			all = append(all, ring...)
		}
	}
	return all
}

// SquareMetres returns the size of the area, an estimate: rings that cross themselves or polygons that overlap are not
// taken apart.
func (a *Area) SquareMetres() float64 {
	sum := 0.0
	for _, p := range a.polygons {
		for i, ring := range p.rings {
			size := math.Abs(ringArea(ring))
			if i > 0 {
				size = -size
			}
			sum += size
		}
	}
	return max(sum, 0)
}

// ringArea returns the area of a ring on the sphere, whose sides are straight in a cylindrical projection that keeps
// areas.
func ringArea(ring []point) float64 {
	const radius = loc2vec.EarthCircumference / (2 * math.Pi)
	sum := 0.0
	for i, p := range ring {
		q := ring[(i+1)%len(ring)]
		sum += (q.lon - p.lon) * (math.Pi / 180) * (math.Sin(p.lat*math.Pi/180) + math.Sin(q.lat*math.Pi/180)) / 2
	}
	return sum * radius * radius
}
