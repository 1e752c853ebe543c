package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/geofile"
)

// rowPlace is a place with its row in the input, 0 for the place of --at.
type rowPlace struct {
	loc2vec.LatLon
	row int
}

func (p rowPlace) String() string {
	if p.row == 0 {
		return p.LatLon.String()
	}
	return fmt.Sprintf("row %d: %v", p.row, p.LatLon)
}

// places returns the place of --at, or those of a file or standard input. It reports and counts bad rows.
func (o *embedFlags) places(std stdio, file string) (wanted []rowPlace, bad int, err error) {
	if o.at != "" {
		place, err := parsePlace(o.at)
		if err != nil {
			return nil, 0, usagef("--at: %w", err)
		}
		return []rowPlace{{LatLon: place}}, 0, nil
	}
	in, name, format := std.in, "standard input", geofile.CSV
	if file != "" {
		if format, err = geofile.FormatOf(file, geofile.PlaceFormats()); err != nil {
			return nil, 0, usageError{err: err}
		}
		f, err := os.Open(file)
		if err != nil {
			return nil, 0, err
		}
		defer f.Close()
		in, name = f, file
	}
	places, report, err := geofile.ReadPlaces(in, format)
	for _, row := range report.Errors {
		fmt.Fprintf(std.err, "embed: %v\n", row)
	}
	if more := report.Bad - len(report.Errors); more > 0 {
		fmt.Fprintf(std.err, "embed: %d more bad rows\n", more)
	}
	if err != nil {
		return nil, report.Bad, fmt.Errorf("reading places from %s: %w", name, err)
	}
	for i, p := range places {
		wanted = append(wanted, rowPlace{p, report.Good[i]})
	}
	return wanted, report.Bad, nil
}

// parsePlace reads "LAT,LON", with a longitude within ±360.
func parsePlace(text string) (loc2vec.LatLon, error) {
	first, second, ok := strings.Cut(text, ",")
	lat, errLat := strconv.ParseFloat(strings.TrimSpace(first), 64)
	lon, errLon := strconv.ParseFloat(strings.TrimSpace(second), 64)
	if !ok || errLat != nil || errLon != nil {
		return loc2vec.LatLon{}, fmt.Errorf("%w: %q is not LAT,LON", loc2vec.ErrCoordinate, text)
	}
	return geofile.Normalise(loc2vec.LatLon{Lat: lat, Lon: lon})
}

// parseShift reads "EAST,NORTH" in metres.
func parseShift(text string) (east, north float64, err error) {
	first, second, ok := strings.Cut(text, ",")
	east, errEast := strconv.ParseFloat(strings.TrimSpace(first), 64)
	north, errNorth := strconv.ParseFloat(strings.TrimSpace(second), 64)
	if !ok || errEast != nil || errNorth != nil {
		return 0, 0, usagef("--shift: %q is not EAST,NORTH", text)
	}
	return east, north, nil
}
