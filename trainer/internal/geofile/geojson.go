package geofile

import (
	"errors"
	"io"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/geojson"
)

var (
	// errNoGeometry is the error of a feature without a geometry, and of a value that is not a feature.
	errNoGeometry = errors.New("no geometry")
	errNoPoint    = errors.New("no point")
)

// readGeoJSON reads points. Rows are the numbers of features, from 1. A geometry of another type is a bad row: which
// place on a line is meant would be a guess.
func readGeoJSON(r io.Reader, add addFunc) error {
	return geojson.Read(r, func(row int, g geojson.Geometry) error {
		if g.Type == "" {
			return add(row, Fix{}, errNoGeometry)
		}
		points, err := g.Points()
		if err == nil && len(points) == 0 {
			err = errNoPoint
		}
		if err != nil {
			return add(row, Fix{}, err)
		}
		for _, p := range points {
			if err := add(row, Fix{Place: loc2vec.LatLon(p)}, nil); err != nil {
				return err
			}
		}
		return nil
	})
}
