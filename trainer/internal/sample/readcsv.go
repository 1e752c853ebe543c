package sample

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/loc2vec/loc2vec"
)

// longestQuote is how much of a row an error quotes, in characters.
const longestQuote = 60

// csvColumns are those of latitude and longitude, once the first row has been seen.
type csvColumns struct {
	known    bool
	lat, lon int
}

// csv reads a CSV file. It is held as a whole, since a quotation mark that is never closed would take
// all rows behind it along: reading begins again behind its line.
func (in *placeReader) csv(r *bufio.Reader) error {
	comma := Delimiter(r)
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	columns := csvColumns{lat: 0, lon: 1}
	for line := 0; len(data) > 0; {
		read, lines, err := in.csvRows(data, line, comma, &columns)
		if err != nil {
			return err
		}
		data, line = data[read:], line+lines
	}
	return nil
}

// csvRows reads rows up to the end of the data, or to that of a line in which a quotation mark was
// left open. It returns how many bytes and lines that is. line is the number of lines before.
func (in *placeReader) csvRows(data []byte, line int, comma rune, columns *csvColumns) (read, lines int, err error) {
	rows := csv.NewReader(bytes.NewReader(data))
	rows.Comma = comma
	rows.FieldsPerRecord = -1
	rows.TrimLeadingSpace = true
	rows.ReuseRecord = true
	for {
		start := int(rows.InputOffset())
		fields, err := rows.Read()
		var broken *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return len(data), 0, nil
		case errors.As(err, &broken):
			in.add(line+broken.StartLine, loc2vec.LatLon{}, broken.Err)
			if broken.Line > broken.StartLine {
				return start + rowBytes(data[start:]), broken.StartLine, nil
			}
			continue
		case err != nil:
			return 0, 0, err
		}
		if !columns.known {
			columns.known = true
			if lat, lon, ok := header(fields); ok {
				columns.lat, columns.lon = lat, lon
				continue
			}
			if _, err := parseFields(fields, 0, 1); err != nil && !numeric(fields) {
				first := strings.Join(fields, ",")
				return 0, 0, fmt.Errorf("the first row %.*q neither names columns lat and lon nor starts with two numbers", longestQuote, first)
			}
		}
		row, _ := rows.FieldPos(0)
		ll, err := parseFields(fields, columns.lat, columns.lon)
		in.add(line+row, ll, err)
	}
}

// rowBytes returns the length of the first line that is not empty, with those before it.
func rowBytes(data []byte) int {
	empty := len(data) - len(bytes.TrimLeft(data, "\r\n"))
	if end := bytes.IndexByte(data[empty:], '\n'); end >= 0 {
		return empty + end + 1
	}
	return len(data)
}

// Delimiter peeks at CSV and returns the separator that the first line has: a tab or semicolon where there is one.
func Delimiter(r *bufio.Reader) rune {
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
