// Package geofile reads places and tracks from CSV, GeoJSON, GPX and NMEA files.
package geofile

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// Format is a file format. Files of every format may be compressed with gzip, and text may be in UTF-16 with a byte
// order mark.
type Format string

const (
	// CSV has a row for each position: RFC 4180, or separated by tabs, semicolons or vertical bars. A header names the
	// columns, in any order and among others:
	//
	//   - "lat" or "latitude", "lon", "lng" or "longitude", or "y" and "x", in degrees; with "N/S" and "E/W" next to
	//     them, or with such a letter in the value;
	//   - for ReadTrack "time", "timestamp" or "datetime": a timestamp, or a number of seconds, milliseconds,
	//     microseconds or nanoseconds since 1970; or "date" and "time" apart. A time without a zone is UTC. The header
	//     "time (s)" stands for seconds since any moment.
	//
	// Numbers may have a decimal comma where it does not separate columns. Lines that start with "#" are comments.
	// ReadPlaces accepts a file without a header, whose first two columns are latitude and longitude.
	CSV Format = "csv"
	// GeoJSON is RFC 7946, or a sequence of such objects (RFC 8142). Points are read, in features or bare.
	GeoJSON Format = "geojson"
	// GPX is GPX 1.0 or 1.1. ReadPlaces reads waypoints, route points and track points; ReadTrack reads track points,
	// or the route points of a file without any.
	GPX Format = "gpx"
	// NMEA is a log of NMEA 0183 sentences, with anything before and after a sentence. RMC sentences are read, or the
	// GGA sentences of a log without a position in RMC.
	NMEA Format = "nmea"
)

// JSONLines has an object on each line, with the names of its columns. Package table reads it.
const JSONLines Format = "jsonl"

// TableFormats returns the formats of tables of places that are text.
func TableFormats() []Format { return []Format{CSV, GeoJSON, GPX, JSONLines} }

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
		return []string{".geojson", ".json", ".geojsonl", ".geojsons"}
	case GPX:
		return []string{".gpx"}
	case JSONLines:
		return []string{".jsonl", ".ndjson"}
	case NMEA:
		return []string{".nmea", ".nma", ".log"}
	}
	return nil
}

// FormatOf returns the format, among those given, of a file with this extension, which ".gz" may follow. ReadTrack
// recognises NMEA in a file with an extension of CSV.
func FormatOf(path string, formats []Format) (Format, error) {
	extension := strings.ToLower(filepath.Ext(path))
	if extension == ".gz" {
		extension = strings.ToLower(filepath.Ext(path[:len(path)-len(extension)]))
	}
	var known []string
	for _, f := range formats {
		if slices.Contains(extensions(f), extension) {
			return f, nil
		}
		known = append(known, extensions(f)...)
	}
	return "", fmt.Errorf("%s: the extension %q is not one of %s", path, extension, strings.Join(known, ", "))
}

// addFunc receives what a row holds: a fix, whose Time is zero without a time, or what is wrong with the row. A
// timeError comes with a fix whose place is good. An error that it returns ends the reading.
type addFunc func(row int, fix Fix, err error) error
