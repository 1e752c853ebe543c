package sample

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/loc2vec/loc2vec"
)

func (in *placeReader) csv(r *bufio.Reader) error {
	rows := csv.NewReader(r)
	rows.Comma = delimiter(r)
	rows.FieldsPerRecord = -1
	rows.TrimLeadingSpace = true
	rows.ReuseRecord = true

	lat, lon := 0, 1
	first := true
	for {
		fields, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		var broken *csv.ParseError
		if errors.As(err, &broken) {
			in.add(broken.Line, loc2vec.LatLon{}, broken.Err)
			continue
		}
		if err != nil {
			return err
		}
		if first {
			first = false
			if a, o, ok := header(fields); ok {
				lat, lon = a, o
				continue
			}
			if _, err := parseFields(fields, 0, 1); err != nil && !numeric(fields) {
				return fmt.Errorf("the first row %q neither names columns lat and lon nor starts with two numbers", strings.Join(fields, ","))
			}
		}
		line, _ := rows.FieldPos(0)
		ll, err := parseFields(fields, lat, lon)
		in.add(line, ll, err)
	}
}

// delimiter returns the separator that the first line has: a tab or semicolon where there is one.
func delimiter(r *bufio.Reader) rune {
	start, _ := r.Peek(1024) // a short file is no error
	line, _, _ := strings.Cut(string(start), "\n")
	for _, d := range "\t;" {
		if strings.ContainsRune(line, d) {
			return d
		}
	}
	return ','
}

// header returns the columns of latitude and longitude.
func header(fields []string) (lat, lon int, ok bool) {
	column := func(names ...string) int {
		return slices.IndexFunc(fields, func(f string) bool {
			return slices.Contains(names, strings.ToLower(strings.TrimSpace(f)))
		})
	}
	lat, lon = column("lat", "latitude", "y"), column("lon", "lng", "long", "longitude", "x")
	return lat, lon, lat >= 0 && lon >= 0
}

// numeric reports whether the row looks like data: any of its first two fields is a number.
func numeric(fields []string) bool {
	return slices.ContainsFunc(fields[:min(2, len(fields))], func(f string) bool {
		_, err := strconv.ParseFloat(strings.TrimSpace(f), 64)
		return err == nil
	})
}

func parseFields(fields []string, lat, lon int) (loc2vec.LatLon, error) {
	if n := len(fields); lat >= n || lon >= n {
		return loc2vec.LatLon{}, fmt.Errorf("%d columns, want at least %d", n, max(lat, lon)+1)
	}
	return parseLatLon(fields[lat], fields[lon])
}

func parseLatLon(lat, lon string) (loc2vec.LatLon, error) {
	a, err := strconv.ParseFloat(strings.TrimSpace(lat), 64)
	if err != nil {
		return loc2vec.LatLon{}, fmt.Errorf("latitude %q is not a number", lat)
	}
	o, err := strconv.ParseFloat(strings.TrimSpace(lon), 64)
	if err != nil {
		return loc2vec.LatLon{}, fmt.Errorf("longitude %q is not a number", lon)
	}
	return loc2vec.LatLon{Lat: a, Lon: o}, nil
}
