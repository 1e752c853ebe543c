package geofile

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
)

const (
	// maxQuoted bounds the characters of a row that an error quotes.
	maxQuoted = 60
	// csvReadAhead is what encoding/csv buffers of its input.
	csvReadAhead = 4096
)

// readPlacesCSV reads rows below a header, or rows that start with latitude and longitude.
func readPlacesCSV(r *bufio.Reader, add addFunc) error {
	var c *csvColumns
	return readCSV(r, 0, func(line int, fields []string, err error) error {
		if err != nil {
			return add(line, Fix{}, err)
		}
		if c == nil {
			c = headerOf(fields)
			if c.place() {
				return nil
			}
			c = &csvColumns{lat: 0, lon: 1, time: -1}
			if _, err := c.fix(fields); err != nil && !numeric(fields) {
				first := strings.Join(fields, ",")
				return fmt.Errorf("the first row %.*q neither names columns lat and lon nor starts with two numbers", maxQuoted, first)
			}
		}
		fix, err := c.fix(fields)
		return add(line, fix, err)
	})
}

// readTrackCSV reads rows below a header.
func readTrackCSV(r *bufio.Reader, add addFunc) error {
	var c *csvColumns
	err := readCSV(r, maxRow, func(line int, fields []string, err error) error {
		if err != nil {
			return add(line, Fix{}, err)
		}
		if c == nil {
			if c = headerOf(fields); !c.place() {
				return fmt.Errorf("the first row %.*q does not name columns lat and lon", maxQuoted, strings.Join(fields, ","))
			}
			return nil
		}
		fix, err := c.fix(fields)
		return add(line, fix, err)
	})
	if err == nil && c == nil {
		return io.ErrUnexpectedEOF
	}
	return err
}

// readCSV calls visit with each row that is not empty: its line, and its fields, valid until visit returns, or what is
// wrong with it. A quotation mark that is never closed would make the rest of the file one row: that row is an error,
// and reading resumes on its second line. A row of more than limit bytes ends the reading; a limit of 0 means no limit.
func readCSV(r *bufio.Reader, limit int, visit func(line int, fields []string, err error) error) error {
	comma := delimiter(r)
	in := &replayer{r: r}
	if limit > 0 {
		in.limit = limit + csvReadAhead
	}
	before := 0 // lines read by earlier readers
	for {
		rows := csv.NewReader(in)
		rows.Comma = comma
		rows.FieldsPerRecord = -1
		rows.TrimLeadingSpace = true
		rows.ReuseRecord = true
		lines, err := readRows(rows, in, func(line int, fields []string, err error) error { return visit(before+line, fields, err) })
		if lines == 0 {
			return err
		}
		before += lines
	}
}

// readRows reads rows to the end of the input and returns 0 lines, or to an open quotation mark. Then it makes the
// input resume behind the line of that mark, and returns the number of that line.
func readRows(rows *csv.Reader, in *replayer, visit func(line int, fields []string, err error) error) (lines int, err error) {
	for {
		in.forget(rows.InputOffset())
		fields, err := rows.Read()
		var broken *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return 0, nil
		case errors.As(err, &broken):
			if err := visit(broken.StartLine, nil, broken.Err); err != nil {
				return 0, err
			}
			if broken.Line > broken.StartLine {
				in.resume(lineBytes(in.kept))
				return broken.StartLine, nil
			}
		case err != nil:
			return 0, err
		default:
			line, _ := rows.FieldPos(0)
			if err := visit(line, fields, nil); err != nil {
				return 0, err
			}
		}
	}
}

// replayer is a reader that can return to a position in what it has read.
type replayer struct {
	r      io.Reader
	again  []byte // to be read before r
	kept   []byte // read since the last call of forget
	offset int64  // of kept
	limit  int    // on the length of kept; 0 means no limit
}

// Read implements io.Reader.
func (p *replayer) Read(dst []byte) (n int, err error) {
	if p.limit > 0 {
		left := p.limit - len(p.kept)
		if left <= 0 {
			return 0, fmt.Errorf("a row of more than %d bytes", p.limit-csvReadAhead)
		}
		dst = dst[:min(len(dst), left)]
	}
	if len(p.again) > 0 {
		n = copy(dst, p.again)
		p.again = p.again[n:]
	} else {
		n, err = p.r.Read(dst)
	}
	p.kept = append(p.kept, dst[:n]...)
	return n, err
}

// forget drops what was read before an offset. Offsets count from the last call of resume.
func (p *replayer) forget(offset int64) {
	p.kept = p.kept[offset-p.offset:]
	p.offset = offset
}

// resume makes Read go on n bytes behind the position of the last call of forget.
func (p *replayer) resume(n int) {
	p.again = slices.Concat(p.kept[n:], p.again)
	p.kept, p.offset = nil, 0
}

// lineBytes returns the length of the first line that is not empty, including the empty lines before it.
func lineBytes(data []byte) int {
	empty := len(data) - len(bytes.TrimLeft(data, "\r\n"))
	if end := bytes.IndexByte(data[empty:], '\n'); end >= 0 {
		return empty + end + 1
	}
	return len(data)
}

// delimiter peeks at the first line and returns its separator: a tab or semicolon if it has one, else a comma.
func delimiter(r *bufio.Reader) rune {
	start, _ := r.Peek(1024) // a shorter file is not an error
	line, _, _ := strings.Cut(string(start), "\n")
	for _, d := range "\t;" {
		if strings.ContainsRune(line, d) {
			return d
		}
	}
	return ','
}

// csvColumns are indices of columns, -1 for a column that is missing.
type csvColumns struct{ lat, lon, time int }

// headerOf finds the columns that a header names.
func headerOf(fields []string) *csvColumns {
	column := func(names ...string) int {
		return slices.IndexFunc(fields, func(f string) bool {
			return slices.Contains(names, strings.ToLower(strings.TrimSpace(f)))
		})
	}
	c := &csvColumns{
		lat: column("lat", "latitude"), lon: column("lon", "lng", "long", "longitude"),
		time: column("time", "timestamp", "datetime", "date_time", "utc"),
	}
	if c.lat < 0 {
		c.lat = column("y")
	}
	if c.lon < 0 {
		c.lon = column("x")
	}
	return c
}

// place reports whether there are columns of latitude and longitude.
func (c *csvColumns) place() bool { return c.lat >= 0 && c.lon >= 0 }

// fix parses a row.
func (c *csvColumns) fix(fields []string) (Fix, error) {
	if n := max(c.lat, c.lon, c.time); len(fields) <= n {
		return Fix{}, fmt.Errorf("%d columns, want at least %d", len(fields), n+1)
	}
	when := ""
	if c.time >= 0 {
		when = strings.TrimSpace(fields[c.time])
	}
	return parseFix(fields[c.lat], fields[c.lon], when)
}

// numeric reports whether a row looks like data: one of its first two fields is a number.
func numeric(fields []string) bool {
	return slices.ContainsFunc(fields[:min(2, len(fields))], func(f string) bool {
		_, err := strconv.ParseFloat(strings.TrimSpace(f), 64)
		return err == nil
	})
}
