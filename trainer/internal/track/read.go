package track

import (
	"bufio"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/sample"
)

// point is a track or route point of GPX 1.1 (https://www.topografix.com/GPX/1/1/).
type point struct {
	Lat  string `xml:"lat,attr"`
	Lon  string `xml:"lon,attr"`
	Time string `xml:"time"`
}

// gpx reads the points of tracks, or those of routes when there are none.
func (t *trackReader) gpx(r *bufio.Reader) error {
	routes := trackReader{}
	d := xml.NewDecoder(r)
	root := true
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		name := start.Name.Local
		if root && name != "gpx" {
			return fmt.Errorf("the root element is %q, want gpx", name)
		}
		root = false
		if name != "trkpt" && name != "rtept" {
			continue
		}
		line, _ := d.InputPos()
		var p point
		if err := d.DecodeElement(&p, &start); err != nil {
			return err
		}
		fix, err := parseFix(p.Lat, p.Lon, p.Time)
		into := t
		if name == "rtept" {
			into = &routes
		}
		if err := into.add(line, fix, err); err != nil {
			return err
		}
	}
	if root {
		return errors.New("no gpx element")
	}
	if len(t.Fixes) == 0 {
		*t = routes
	}
	return nil
}

// rationed is a reader that has so many bytes left to give.
type rationed struct {
	r    io.Reader
	left int
}

func (r *rationed) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, fmt.Errorf("a row of more than %d bytes", maxLine)
	}
	n, err := r.r.Read(p[:min(len(p), r.left)])
	r.left -= n
	return n, err
}

// csv reads rows below a header.
func (t *trackReader) csv(r *bufio.Reader) error {
	// A quotation mark that is never closed would take the whole file for a row.
	ration := &rationed{r, maxLine}
	rows := csv.NewReader(ration)
	rows.Comma = sample.Delimiter(r)
	rows.FieldsPerRecord = -1
	rows.TrimLeadingSpace = true
	rows.ReuseRecord = true
	header, err := rows.Read()
	if err != nil {
		return err
	}
	column := func(names ...string) int {
		return slices.IndexFunc(header, func(f string) bool {
			return slices.Contains(names, strings.ToLower(strings.TrimSpace(f)))
		})
	}
	lat, lon := column("lat", "latitude"), column("lon", "lng", "long", "longitude")
	when := column("time", "timestamp", "datetime", "date_time", "utc")
	if lat < 0 || lon < 0 {
		return fmt.Errorf("the first row %q does not name columns lat and lon", strings.Join(header, ","))
	}
	for {
		ration.left = maxLine
		fields, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		var broken *csv.ParseError
		switch {
		case errors.As(err, &broken):
			err = t.add(broken.Line, Fix{}, broken.Err)
		case err == nil:
			err = t.row(rows, fields, lat, lon, when)
		}
		if err != nil {
			return err
		}
	}
}

// row reads one row of a CSV file.
func (t *trackReader) row(rows *csv.Reader, fields []string, lat, lon, when int) error {
	line, _ := rows.FieldPos(0)
	if n := max(lat, lon, when); len(fields) <= n {
		return t.add(line, Fix{}, fmt.Errorf("%d columns, want at least %d", len(fields), n+1))
	}
	text := ""
	if when >= 0 {
		text = fields[when]
	}
	fix, err := parseFix(fields[lat], fields[lon], text)
	return t.add(line, fix, err)
}

// parseFix reads a fix; a time that is empty is none.
func parseFix(lat, lon, when string) (fix Fix, err error) {
	if fix.Place.Lat, err = strconv.ParseFloat(strings.TrimSpace(lat), 64); err != nil {
		return fix, fmt.Errorf("%w: latitude %q is not a number", loc2vec.ErrCoordinate, lat)
	}
	if fix.Place.Lon, err = strconv.ParseFloat(strings.TrimSpace(lon), 64); err != nil {
		return fix, fmt.Errorf("%w: longitude %q is not a number", loc2vec.ErrCoordinate, lon)
	}
	fix.Time, err = parseTime(strings.TrimSpace(when))
	return fix, err
}

// parseTime reads RFC 3339, or seconds or milliseconds since 1970.
func parseTime(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return t, nil
	}
	n, err := strconv.ParseFloat(text, 64)
	// As seconds, the upper limit is in the year 5138; as milliseconds, the lower one was in 1973.
	const milliseconds = 1e11
	switch {
	case err != nil || !(n > 0 && n < 1000*milliseconds):
		return time.Time{}, fmt.Errorf("%q is no time: want RFC 3339, or seconds since 1970", text)
	case n >= milliseconds:
		return time.UnixMilli(int64(n)).UTC(), nil
	}
	return time.UnixMilli(int64(n * 1000)).UTC(), nil
}
