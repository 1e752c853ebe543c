// Package areafile reads areas from GeoJSON.
package areafile

import (
	"errors"
	"fmt"
	"io"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/area"
	"github.com/loc2vec/loc2vec/internal/geojson"
)

// FromGeometry returns the area of a Polygon or MultiPolygon. For any other geometry the error wraps area.ErrNoPolygon,
// for coordinates that are not on Earth loc2vec.ErrCoordinate.
func FromGeometry(g geojson.Geometry) (*area.Area, error) {
	if g.Type != "Polygon" && g.Type != "MultiPolygon" {
		if g.Type == "" {
			return nil, fmt.Errorf("%w: the feature has no geometry", area.ErrNoPolygon)
		}
		return nil, fmt.Errorf("%w: the geometry is a %.40q", area.ErrNoPolygon, g.Type)
	}
	polygons, err := g.Polygons()
	if err != nil {
		return nil, err
	}
	var all [][][]loc2vec.LatLon
	for _, p := range polygons {
		var rings [][]loc2vec.LatLon
		for _, positions := range p {
			ring := make([]loc2vec.LatLon, len(positions))
			for i, position := range positions {
				ring[i] = loc2vec.LatLon(position)
			}
			rings = append(rings, ring)
		}
		all = append(all, rings)
	}
	return area.FromPolygons(all)
}

// Read returns the area of all polygons of a GeoJSON file. Its other geometries are ignored. A file without a polygon
// is an error that wraps area.ErrNoPolygon.
func Read(r io.Reader) (*area.Area, error) {
	var all []*area.Area
	err := geojson.Read(r, func(feature int, g geojson.Geometry) error {
		one, err := FromGeometry(g)
		if errors.Is(err, area.ErrNoPolygon) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("feature %d: %w", feature, err)
		}
		all = append(all, one)
		return nil
	})
	if err == nil && len(all) == 0 {
		err = area.ErrNoPolygon
	}
	return area.Join(all...), err
}
