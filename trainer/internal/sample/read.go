package sample

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/loc2vec/loc2vec"
)

// Format is a file format of places.
type Format string

// The formats that ReadPlaces knows.
const (
	// CSV has a header that names the columns of latitude and longitude, or none and them first.
	CSV Format = "csv"
	// GeoJSON (RFC 7946) counts its points, in features or bare.
	GeoJSON Format = "geojson"
	// GPX counts waypoints, route points and track points.
	GPX Format = "gpx"
)

// FormatOf tells the format from a file's name.
func FormatOf(path string) (Format, error) {
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".csv", ".tsv", ".txt":
		return CSV, nil
	case ".geojson", ".json":
		return GeoJSON, nil
	case ".gpx":
		return GPX, nil
	default:
		return "", fmt.Errorf("places in %s: no format ends in %q: .csv, .geojson and .gpx are read", path, ext)
	}
}

// keptErrors is how many bad rows a report names; the others it only counts.
const keptErrors = 10

// ReadReport says what became of the rows of a file of places.
type ReadReport struct {
	Rows   int   // that should hold a place
	Good   []int // of each place that was read, its row, as in RowError
	Bad    int   // of the rows, left out
	Errors []RowError
}

// RowError says what is wrong with a row.
type RowError struct {
	// Row is the line of a CSV or GPX file, or the number of the feature in a GeoJSON file, from 1.
	Row int
	Err error
}

// Error implements error.
func (e RowError) Error() string { return fmt.Sprintf("row %d: %v", e.Row, e.Err) }

// Unwrap returns what is wrong.
func (e RowError) Unwrap() error { return e.Err }

// What files without places come to.
var (
	errEmpty   = errors.New("the file is empty")
	errNoPlace = errors.New("no place in it")
)

// ReadPlaces reads places. Bad rows are left out and reported; it is an error when nothing else is
// there, or when the file as a whole cannot be read. Errors do not say which file it is.
func ReadPlaces(r io.Reader, format Format) ([]loc2vec.LatLon, ReadReport, error) {
	in := placeReader{}
	buffered := bufio.NewReader(r)
	mark, err := buffered.Peek(3)
	switch {
	case string(mark) == "\ufeff":
		buffered.Discard(3) // byte order mark; it has just been peeked at
	case len(mark) == 0 && errors.Is(err, io.EOF):
		return nil, in.report, errEmpty
	}
	switch format {
	case CSV:
		err = in.csv(buffered)
	case GeoJSON:
		err = in.geoJSON(buffered)
	case GPX:
		err = in.gpx(buffered)
	default:
		err = fmt.Errorf("unknown format %q", format)
	}
	if err == nil && len(in.places) == 0 {
		err = errNoPlace
		if in.report.Bad > 0 {
			err = fmt.Errorf("all %d rows are bad, first %w", in.report.Bad, in.report.Errors[0])
		}
	}
	if err != nil {
		return nil, in.report, err
	}
	return in.places, in.report, nil
}

// placeReader gathers places and what was wrong with the others.
type placeReader struct {
	places []loc2vec.LatLon
	report ReadReport
}

// add counts a row that should hold a place.
func (in *placeReader) add(row int, ll loc2vec.LatLon, err error) {
	in.report.Rows++
	if err == nil {
		err = ll.Validate()
	}
	if err == nil {
		in.places = append(in.places, ll)
		in.report.Good = append(in.report.Good, row)
		return
	}
	in.report.Bad++
	if len(in.report.Errors) < keptErrors {
		in.report.Errors = append(in.report.Errors, RowError{Row: row, Err: err})
	}
}
