package geofile

import (
	"errors"
	"fmt"
	"io"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/textfile"
)

// MaxPlaces bounds the places of a file that is read into memory: the buildings of a large country, in half a gigabyte.
const MaxPlaces = 20_000_000

// maxRowErrors is the number of bad rows that a report describes. It counts the others.
const maxRowErrors = 10

// Report says which rows of a file of places were read.
type Report struct {
	Rows   int        // rows that should hold a place
	Good   []int      // for each place read, its row as in RowError
	Bad    int        // rows left out
	Errors []RowError // the first bad rows
}

// RowError is an error in one row.
type RowError struct {
	// Row is the line in a CSV or GPX file, or the number of the feature in a GeoJSON file, from 1.
	Row int
	Err error
}

// Error implements error.
func (e RowError) Error() string { return fmt.Sprintf("row %d: %v", e.Row, e.Err) }

// Unwrap returns the error without its row.
func (e RowError) Unwrap() error { return e.Err }

var (
	errEmpty   = errors.New("the file is empty")
	errNoPlace = errors.New("no place in it")
)

// ReadPlaces reads places, in the order of the file. It leaves bad rows out and reports them, as it does the place 0,0,
// which programs write for a receiver without a fix. Longitudes up to ±360 are read modulo 360. It returns an error
// when no row is good, when the file as a whole cannot be read, or when it has more than MaxPlaces. Errors do not name
// the file.
func ReadPlaces(r io.Reader, format Format) ([]loc2vec.LatLon, Report, error) {
	var places placeReader
	in, err := textfile.NewReader(r)
	if err != nil {
		return nil, places.report, err
	}
	if _, err := in.Peek(1); errors.Is(err, io.EOF) {
		return nil, places.report, errEmpty
	}
	switch format {
	case CSV:
		err = readPlacesCSV(in, places.add)
	case GeoJSON:
		err = readGeoJSON(in, places.add)
	case GPX:
		err = readGPX(in, gpxVisitor{point: func(_ string, row int, p gpxPoint) error {
			place, err := parsePlace(p.Lat, p.Lon)
			return places.add(row, Fix{Place: place}, err)
		}})
	default:
		err = fmt.Errorf("unknown format %q of places", format)
	}
	if err == nil && len(places.places) == 0 {
		err = errNoPlace
		if places.report.Bad > 0 {
			err = fmt.Errorf("all %d rows are bad, first %w", places.report.Bad, places.report.Errors[0])
		}
	}
	if err != nil {
		return nil, places.report, err
	}
	return places.places, places.report, nil
}

// placeReader collects places and the errors of bad rows.
type placeReader struct {
	places []loc2vec.LatLon
	report Report
}

// add is an addFunc.
func (p *placeReader) add(row int, fix Fix, err error) error {
	p.report.Rows++
	if err == nil {
		fix.Place, err = CheckFix(fix.Place)
	}
	if err == nil {
		if len(p.places) == MaxPlaces {
			return fmt.Errorf("more than %d places", MaxPlaces)
		}
		p.places = append(p.places, fix.Place)
		p.report.Good = append(p.report.Good, row)
		return nil
	}
	p.report.Bad++
	if len(p.report.Errors) < maxRowErrors {
		p.report.Errors = append(p.report.Errors, RowError{Row: row, Err: err})
	}
	return nil
}
