package geoparquet

import (
	"encoding/json"
	"errors"

	"github.com/loc2vec/loc2vec/trainer/internal/geoparquet/internal/parquetfile"
)

// errAreas is the error of geometries that are no points.
var errAreas = errors.New("places are points")

// areaPlaces finds the places of a file of vectors whose geometries are areas: cells have the columns lat and lon, the
// polygons and cells of a sample nearest_lat and nearest_lon. The areas themselves are left out. It returns what was found
// before, a place or an error, for other files.
func areaPlaces(f *parquetfile.File, found places, cause error) (places, error) {
	if !errors.Is(cause, errAreas) {
		return found, cause
	}
	for _, names := range [][2]string{{"lat", "lon"}, {"nearest_lat", "nearest_lon"}} {
		lat, lon := f.Field(names[0]), f.Field(names[1])
		if lat == nil || lon == nil {
			continue
		}
		p, err := coordinateColumns(lat, lon)
		if err != nil {
			return p, err
		}
		var geo geoMetadata
		text, _ := f.Metadata("geo")
		if err := json.Unmarshal([]byte(text), &geo); err != nil {
			return p, cause
		}
		p.area = f.Field(geo.Primary)
		if covering := geo.Columns[geo.Primary].Covering; covering != nil && len(covering.BBox.XMin) > 0 {
			p.covering = covering.BBox.XMin[0]
		}
		return p, nil
	}
	return places{}, cause
}
