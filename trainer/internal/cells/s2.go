package cells

import (
	"fmt"
	"math"
	"slices"

	"github.com/golang/geo/r1"
	"github.com/golang/geo/s1"
	"github.com/golang/geo/s2"

	"github.com/loc2vec/loc2vec"
)

// S2 returns the S2 cells of a level, 0 to 30.
func S2(level int) (*Grid, error) {
	if level < 0 || level > s2.MaxLevel {
		return nil, fmt.Errorf("S2 level %d is not within 0..%d", level, s2.MaxLevel)
	}
	h := &hierarchy[s2.CellID]{
		level:    level,
		children: func(c s2.CellID) []s2.CellID { all := c.Children(); return all[:] },
		box:      func(c s2.CellID, _ int) loc2vec.Bounds { return boundsOf(s2.CellFromCellID(c).RectBound()) },
		cell:     s2Cell,
		centre:   func(c s2.CellID) loc2vec.LatLon { return placeOf(c.LatLng()) },
	}
	return &Grid{
		Name:             fmt.Sprintf("S2 cells of level %d", level),
		MeanSquareMetres: func(float64) float64 { return sphere / (6 * math.Pow(4, float64(level))) },
		walk: func(f filter) bool {
			for face := range 6 {
				if !h.walk(&f, s2.CellIDFromFace(face), 0) {
					return false
				}
			}
			return true
		},
	}, nil
}

// s2Cell describes a cell.
func s2Cell(id s2.CellID) Cell {
	cell := s2.CellFromCellID(id)
	c := Cell{
		ID: id.ToToken(), Centre: placeOf(id.LatLng()), Box: boundsOf(cell.RectBound()),
		Contains: func(p loc2vec.LatLon) bool {
			return s2.CellIDFromLatLng(s2.LatLngFromDegrees(p.Lat, p.Lon)).Parent(id.Level()) == id
		},
	}
	for k := range 4 {
		c.Ring = append(c.Ring, placeOf(s2.LatLngFromPoint(cell.Vertex(k))))
	}
	return c
}

func placeOf(ll s2.LatLng) loc2vec.LatLon {
	return loc2vec.LatLon{Lat: ll.Lat.Degrees(), Lon: ll.Lng.Degrees()}
}

// boundsOf returns a rectangle in degrees.
func boundsOf(r s2.Rect) loc2vec.Bounds {
	return rectangle(r.Lat, r.Lng)
}

// rectangle returns intervals of radians as a box.
func rectangle(lat r1.Interval, lon s1.Interval) loc2vec.Bounds {
	degrees := func(v float64) float64 { return v * (180 / math.Pi) }
	return loc2vec.Bounds{
		Min: loc2vec.LatLon{Lat: max(degrees(lat.Lo), -90), Lon: max(degrees(lon.Lo), -180)},
		Max: loc2vec.LatLon{Lat: min(degrees(lat.Hi), 90), Lon: min(degrees(lon.Hi), 180)},
	}
}

// around returns a box that contains places on the sphere and the shortest lines between them.
func around(ring []loc2vec.LatLon) loc2vec.Bounds {
	bound := s2.NewRectBounder()
	for _, p := range slices.Concat(ring, ring[:1]) {
		bound.AddPoint(s2.PointFromLatLng(s2.LatLngFromDegrees(p.Lat, p.Lon)))
	}
	return boundsOf(bound.RectBound())
}
