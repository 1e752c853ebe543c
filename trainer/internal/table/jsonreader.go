package table

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/geojson"
	"github.com/loc2vec/loc2vec/trainer/internal/geofile"
	"github.com/loc2vec/loc2vec/trainer/internal/location"
)

// objects reads the objects of JSON lines one by one, each as the properties of a feature.
type objects struct{ *geojson.Decoder }

// next implements featureSource.
func (o objects) next() (*feature, error) {
	var one json.RawMessage
	switch err := o.Decode(&one); {
	case errors.Is(err, io.EOF):
		return nil, err
	case err != nil:
		return nil, damaged(o.Decoder, err)
	case one[0] != '{':
		return nil, damaged(o.Decoder, fmt.Errorf("%w: not JSON lines: want an object on each line", loc2vec.ErrCorrupt))
	}
	return &feature{Properties: one}, nil
}

// jsonLinesReader reads objects, whose members are columns.
type jsonLinesReader struct {
	*geoJSONReader
	place coordinates
}

// NewJSONLinesReader returns a reader of JSON lines, as NewJSONLines writes them. It opens the file twice: the columns are
// the members of all objects, in the order in which they first appear. Where one column holds both coordinates, combined
// says how.
func NewJSONLinesReader(open func() (io.ReadCloser, error), opts geofile.TableOptions, combined CombinedOptions) (Reader, error) {
	all, err := openFeatures(open, func(in io.Reader) (featureSource, error) {
		decoder, err := geojson.NewDecoder(in)
		return objects{decoder}, err
	})
	if err != nil {
		return nil, err
	}
	j := &jsonLinesReader{geoJSONReader: all}
	if j.place, err = findCoordinates(all.columns, opts); err != nil {
		return nil, errors.Join(err, j.Close())
	}
	if j.place.combined >= 0 {
		combined.Guessed = opts.Combined == ""
		return NewCombined(j, j.place.combined, combined), nil
	}
	return j, nil
}

// Next implements Reader.
func (j *jsonLinesReader) Next() (*Row, error) {
	row, err := j.geoJSONReader.Next()
	if err != nil {
		return nil, err
	}
	row.Place, row.Err = j.place.of(row.Values)
	return row, nil
}

// coordinates are two columns of latitude and longitude, or one of both, -1 for none.
type coordinates struct{ lat, lon, combined int }

// findCoordinates finds columns of coordinates as a Table of package geofile does.
func findCoordinates(columns []Column, opts geofile.TableOptions) (coordinates, error) {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	c := coordinates{combined: -1}
	c.lat, c.lon = geofile.CoordinateColumns(names)
	switch {
	case opts.Lat != "":
		c.lat, c.lon = slices.Index(names, opts.Lat), slices.Index(names, opts.Lon)
	case opts.Combined != "":
		c.lat, c.combined = -1, slices.Index(names, opts.Combined)
	case c.lat < 0 || c.lon < 0:
		c.combined = geofile.CombinedColumn(names)
	}
	if (c.lat < 0 || c.lon < 0) && c.combined < 0 {
		const most = 200
		all := strings.Join(names, ", ")
		return c, fmt.Errorf("no columns of latitude and longitude in %.*q", most, all)
	}
	return c, nil
}

// of returns the place of a row.
func (c coordinates) of(values []any) (place loc2vec.LatLon, err error) {
	if c.combined >= 0 || values[c.lat] == nil && values[c.lon] == nil {
		return place, location.ErrNone
	}
	var okLat, okLon bool
	place.Lat, okLat = numberOf(values[c.lat])
	place.Lon, okLon = numberOf(values[c.lon])
	if !okLat || !okLon {
		return place, fmt.Errorf("%w: latitude and longitude are no numbers", loc2vec.ErrCoordinate)
	}
	return geofile.CheckFix(place)
}

// numberOf returns a value as a number.
func numberOf(value any) (float64, bool) {
	switch v := value.(type) {
	case float64:
		return v, true
	case float32:
		return float64(v), true
	case int64:
		return float64(v), true
	case string:
		f, err := strconv.ParseFloat(strings.Trim(v, `" `), 64)
		return f, err == nil
	}
	return 0, false
}
