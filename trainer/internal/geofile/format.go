// Package geofile reads places and tracks from CSV, GeoJSON, GPX and NMEA files.
package geofile

import (
	"bufio"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/loc2vec/loc2vec"
)

// Format is a file format.
type Format string

const (
	// CSV has a row for each position: RFC 4180, or separated by tabs or semicolons if the first line has one. A
	// header names the columns. ReadPlaces accepts a file without one, whose first two columns are latitude
	// and longitude. ReadTrack reads a column of times: RFC 3339, or seconds or milliseconds since 1970.
	CSV Format = "csv"
	// GeoJSON is RFC 7946. Its points are read, in features or bare.
	GeoJSON Format = "geojson"
	// GPX is GPX 1.1. ReadPlaces reads waypoints, route points and track points; ReadTrack reads track points,
	// or the route points of a file without any.
	GPX Format = "gpx"
	// NMEA is a log of NMEA 0183 sentences. RMC sentences are read, or the GGA sentences of a log without any.
	NMEA Format = "nmea"
)

// PlaceFormats returns the formats that ReadPlaces reads.
func PlaceFormats() []Format { return []Format{CSV, GeoJSON, GPX} }

// TrackFormats returns the formats that ReadTrack reads.
func TrackFormats() []Format { return []Format{GPX, NMEA, CSV} }

// extensions lists the extensions of file names in a format, the usual one first.
func extensions(f Format) []string {
	switch f {
	case CSV:
		return []string{".csv", ".tsv", ".txt"}
	case GeoJSON:
		return []string{".geojson", ".json"}
	case GPX:
		return []string{".gpx"}
	case NMEA:
		return []string{".nmea", ".nma", ".log"}
	}
	return nil
}

// FormatOf returns the format, among those given, of a file with this extension.
func FormatOf(path string, formats []Format) (Format, error) {
	extension := strings.ToLower(filepath.Ext(path))
	var known []string
	for _, f := range formats {
		if slices.Contains(extensions(f), extension) {
			return f, nil
		}
		known = append(known, extensions(f)...)
	}
	return "", fmt.Errorf("%s: the extension %q is not one of %s", path, extension, strings.Join(known, ", "))
}

// open buffers r and skips a byte order mark.
func open(r io.Reader) *bufio.Reader {
	buffered := bufio.NewReader(r)
	if mark, _ := buffered.Peek(3); string(mark) == "\ufeff" {
		buffered.Discard(3) // cannot fail: it was just peeked at
	}
	return buffered
}

// addFunc receives what a row holds: a fix, whose Time is zero without a time, or what is wrong with the row. An error
// that it returns ends the reading.
type addFunc func(row int, fix Fix, err error) error

// parsePlace parses latitude and longitude in degrees.
func parsePlace(lat, lon string) (place loc2vec.LatLon, err error) {
	if place.Lat, err = strconv.ParseFloat(strings.TrimSpace(lat), 64); err != nil {
		return place, fmt.Errorf("%w: latitude %q is not a number", loc2vec.ErrCoordinate, lat)
	}
	if place.Lon, err = strconv.ParseFloat(strings.TrimSpace(lon), 64); err != nil {
		return place, fmt.Errorf("%w: longitude %q is not a number", loc2vec.ErrCoordinate, lon)
	}
	return place, nil
}
