package geofile

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/loc2vec/loc2vec/internal/textfile"
)

const (
	// maxPlaceRow bounds a row of places in bytes. Rows may hold outlines next to a position.
	maxPlaceRow = 64 << 20
	// maxSeparators bounds the separators of columns in a row, quoted ones included: a field takes some 50 bytes of memory.
	// A quoted outline that fills a row has fewer.
	maxSeparators = 4 << 20
	// csvReadAhead is what encoding/csv buffers of its input.
	csvReadAhead = 4096
)

// readPlacesCSV reads rows below a header, or rows that start with latitude and longitude.
func readPlacesCSV(r *bufio.Reader, add addFunc) error {
	var c *csvColumns
	return readCSV(r, maxPlaceRow, func(line int, fields []string, err error) error {
		if err != nil {
			return add(line, Fix{}, err)
		}
		if c == nil {
			if c = headerOf(fields); c.place() {
				return nil
			}
			c = headless()
			if _, err := c.fix(fields, false); err != nil && !numeric(fields) {
				return fmt.Errorf("the first row %s neither names columns lat and lon nor starts with two numbers", quote(strings.Join(fields, ",")))
			}
		}
		fix, err := c.fix(fields, false)
		if c.skips(fields) || err != nil && isComment(fields) {
			return nil
		}
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
				return fmt.Errorf("the first row %s does not name columns lat and lon", quote(strings.Join(fields, ",")))
			}
			return nil
		}
		fix, err := c.fix(fields, true)
		if c.skips(fields) || err != nil && isComment(fields) {
			return nil
		}
		return add(line, fix, err)
	})
	if err == nil && c == nil {
		return io.ErrUnexpectedEOF
	}
	return err
}

// isComment reports whether a row starts with "#".
func isComment(fields []string) bool {
	return strings.HasPrefix(strings.TrimSpace(fields[0]), "#")
}

// readCSV calls visit with each row that is not empty: its line, and its fields, valid until visit returns, or what is
// wrong with it. A quotation mark that is never closed would make the rest of the file one row: that row is an error,
// and reading resumes on its second line. A row of more than limit bytes ends the reading.
func readCSV(r *bufio.Reader, limit int, visit func(line int, fields []string, err error) error) error {
	r = normaliseBreaks(r)
	comma, before := skipPreamble(r)
	in := &replayer{r: r, limit: limit + csvReadAhead, comma: []byte(string(comma))}
	for { // before counts the lines that were skipped, or read by earlier readers
		rows := csv.NewReader(in)
		rows.Comma = comma
		rows.FieldsPerRecord = -1
		rows.TrimLeadingSpace = comma != '\t' // an empty field before a tab would be space
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
	limit  int    // on the length of kept
	comma  []byte // separates columns
	commas int    // in kept
}

// Read implements io.Reader.
func (p *replayer) Read(dst []byte) (n int, err error) {
	left := p.limit - len(p.kept)
	if left <= 0 {
		return 0, fmt.Errorf("a row of more than %d bytes", p.limit-csvReadAhead)
	}
	if p.commas > maxSeparators {
		return 0, fmt.Errorf("a row of more than %d columns", maxSeparators)
	}
	dst = dst[:min(len(dst), left)]
	if len(p.again) > 0 {
		n = copy(dst, p.again)
		p.again = p.again[n:]
	} else {
		n, err = p.r.Read(dst)
	}
	p.kept = append(p.kept, dst[:n]...)
	p.commas += bytes.Count(dst[:n], p.comma)
	return n, err
}

// forget drops what was read before an offset. Offsets count from the last call of resume.
func (p *replayer) forget(offset int64) {
	p.commas -= bytes.Count(p.kept[:offset-p.offset], p.comma)
	p.kept = p.kept[offset-p.offset:]
	p.offset = offset
}

// resume makes Read go on n bytes behind the position of the last call of forget.
func (p *replayer) resume(n int) {
	p.again = slices.Concat(p.kept[n:], p.again)
	p.kept, p.offset, p.commas = nil, 0, 0
}

// lineBytes returns the length of the first line that is not empty, including the empty lines before it.
func lineBytes(data []byte) int {
	empty := len(data) - len(bytes.TrimLeft(data, "\r\n"))
	if end := bytes.IndexByte(data[empty:], '\n'); end >= 0 {
		return empty + end + 1
	}
	return len(data)
}

// normaliseBreaks replaces carriage returns by line feeds in a text without line feeds, as old programs write it.
func normaliseBreaks(r *bufio.Reader) *bufio.Reader {
	start, _ := r.Peek(textfile.BufferSize) // a shorter file is not an error
	if bytes.IndexByte(start, '\n') >= 0 || bytes.IndexByte(start[:max(0, len(start)-1)], '\r') < 0 {
		return r
	}
	return bufio.NewReaderSize(breakReader{r}, textfile.BufferSize)
}

// breakReader replaces carriage returns by line feeds.
type breakReader struct{ r io.Reader }

// Read implements io.Reader.
func (b breakReader) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	for i := range p[:n] {
		if p[i] == '\r' {
			p[i] = '\n'
		}
	}
	return n, err
}

// skipPreamble skips comments before the header, which start with "#", and the line "sep=;" of spreadsheets. It returns
// the separator of columns and the number of lines skipped.
func skipPreamble(r *bufio.Reader) (comma rune, lines int) {
	declared := rune(0)
	for {
		start, _ := r.Peek(textfile.BufferSize)
		end := bytes.IndexByte(start, '\n')
		if end < 0 {
			return cmp.Or(declared, separator(string(start))), lines
		}
		line := strings.TrimSpace(string(start[:end]))
		sep, found := strings.CutPrefix(strings.ToLower(strings.Trim(line, `"`)), "sep=")
		switch {
		case found && len(sep) == 1:
			declared = rune(sep[0])
		case line == "":
		case line[0] != '#' || namesPlace(line, separator(line)):
			return cmp.Or(declared, separator(line)), lines
		}
		r.Discard(end + 1) // cannot fail: it was just peeked at
		lines++
	}
}

// separators of columns, the least likely in other text first.
const separators = "\t;|,"

// separator returns the separator of columns of a file with this first line: the one that makes it a header, or else a
// row that starts with two numbers, or else the first one in it.
func separator(line string) rune {
	line, _, _ = strings.Cut(line, "\n")
	for _, plausible := range []func(fields []string) bool{
		func(fields []string) bool { return headerOf(fields).place() },
		func(fields []string) bool { return CombinedColumn(fields) >= 0 },
		func(fields []string) bool { return len(fields) > 1 && number(fields[0]) && number(fields[1]) },
		func(fields []string) bool { return len(fields) > 1 },
	} {
		for _, comma := range separators {
			if plausible(splitLine(line, comma)) {
				return comma
			}
		}
	}
	return ','
}

// namesPlace reports whether a line is a header with columns of latitude and longitude.
func namesPlace(line string, comma rune) bool { return headerOf(splitLine(line, comma)).place() }

// splitLine splits a line at a separator outside of quotation marks, and removes those around fields.
func splitLine(line string, comma rune) []string {
	var fields []string
	start, quoted := 0, false
	for i, r := range line + string(comma) {
		if r == '"' {
			quoted = !quoted
		}
		if r == comma && (!quoted || i == len(line)) {
			fields = append(fields, strings.Trim(strings.TrimSpace(line[start:i]), `"`))
			start = i + 1
		}
	}
	return fields
}
