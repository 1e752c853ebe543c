package geofile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/textfile"
	"github.com/loc2vec/loc2vec/trainer/internal/location"
)

// TableRow is a row of a table of places.
type TableRow struct {
	Line   int      // in the file, from 1
	Fields []string // as in the file, valid until the next row; a row may have fewer or more than the header
	Place  loc2vec.LatLon
	Err    error // why the row has no place; nil: it has one
}

// Table reads a CSV file of places row by row, with all columns. It must be closed.
type Table struct {
	Columns []string // names in the header; a file without one has "column1" and so on
	// Combined is the column that holds both coordinates, -1 if they are in two. Then rows have no place: package
	// location reads it.
	Combined int

	next  func() (TableRow, error, bool)
	stop  func()
	first *TableRow // of a file without a header
}

// TableOptions are the settings of a Table. The zero value is useful.
type TableOptions struct {
	// Lat and Lon name the columns of coordinates in degrees. Empty: they are found by their names.
	Lat, Lon string
	// Combined names the column that holds both coordinates. Empty: it is found by its name where none are of one.
	Combined string
}

// NewTable reads the header of a CSV file, as ReadPlaces does.
func NewTable(r io.Reader, opts TableOptions) (*Table, error) {
	in, err := textfile.NewReader(r)
	if err != nil {
		return nil, err
	}
	if _, err := in.Peek(1); errors.Is(err, io.EOF) {
		return nil, errEmpty
	}
	rows := tableRows{opts: opts, combined: -1}
	t := &Table{}
	t.next, t.stop = iter.Pull2(rows.all(in))
	row, err, ok := t.next()
	switch {
	case err != nil:
		t.stop()
		return nil, err
	case !ok:
		t.stop()
		return nil, errNoPlace
	case row.Line > 0:
		t.first = &row
	}
	t.Columns, t.Combined = rows.names, rows.combined
	for i, name := range t.Columns {
		if t.Columns[i] = strings.TrimSpace(name); t.Columns[i] == "" {
			t.Columns[i] = fmt.Sprintf("column%d", i+1)
		}
	}
	return t, nil
}

// tableRows reads the rows of a table.
type tableRows struct {
	opts    TableOptions
	columns *csvColumns
	names   []string // in the header, empty for a file without one
	// combined is the column of both coordinates, -1: there is none.
	combined int
}

// all yields the rows of a file. The header is a row of line 0.
func (t *tableRows) all(in *bufio.Reader) iter.Seq2[TableRow, error] {
	return func(yield func(TableRow, error) bool) {
		errStopped := errors.New("stopped")
		err := readCSV(in, maxPlaceRow, func(line int, fields []string, err error) error {
			row := TableRow{Line: line, Fields: fields, Err: err}
			if err == nil {
				switch keep, err := t.read(&row); {
				case err != nil:
					return err
				case !keep:
					return nil
				}
			}
			if !yield(row, nil) {
				return errStopped
			}
			return nil
		})
		if err != nil && !errors.Is(err, errStopped) {
			yield(TableRow{}, err)
		}
	}
}

// read sets the place of a row, and reports whether it is one and no comment. The header gets line 0.
func (t *tableRows) read(row *TableRow) (keep bool, err error) {
	if t.columns == nil {
		if err := t.findColumns(row.Fields); err != nil {
			return false, err
		}
		if t.columns.place() || t.combined >= 0 {
			t.names = append(t.names, row.Fields...)
			row.Line = 0
			return true, nil
		}
		t.columns = headless()
		if _, err := t.columns.fix(row.Fields, false); err != nil && !numeric(row.Fields) {
			return false, fmt.Errorf("the first row %s neither names columns lat and lon nor starts with two numbers", quote(strings.Join(row.Fields, ",")))
		}
		t.names = make([]string, len(row.Fields))
	}
	if t.combined >= 0 {
		row.Err = t.columns.checkWidth(row.Fields)
		return row.Err == nil || !isComment(row.Fields) || len(row.Fields) == len(t.names), nil
	}
	fix, err := t.columns.fix(row.Fields, false)
	if t.columns.skips(row.Fields) || err != nil && isComment(row.Fields) && len(row.Fields) != len(t.names) {
		return false, nil
	}
	switch {
	case err == nil:
		row.Place, row.Err = CheckFix(fix.Place)
	case t.columns.field(row.Fields, t.columns.lat) == "" && t.columns.field(row.Fields, t.columns.lon) == "":
		row.Err = location.ErrNone
	default:
		row.Err = err
	}
	return true, nil
}

// findColumns finds the columns of coordinates by the first row of a file, or by the names of the options.
func (t *tableRows) findColumns(header []string) (err error) {
	t.columns = headerOf(header)
	switch {
	case t.opts.Lat != "":
		return t.columns.choose(header, t.opts)
	case t.opts.Combined != "":
		t.combined, err = findColumn(header, t.opts.Combined)
	case !t.columns.place() && !numeric(header):
		t.combined = CombinedColumn(header)
	}
	if t.combined >= 0 {
		t.columns.lat, t.columns.lon, t.columns.provider = t.combined, t.combined, -1
	}
	return err
}

// Next returns the next row, or io.EOF after the last one.
func (t *Table) Next() (TableRow, error) {
	if t.first != nil {
		row := *t.first
		t.first = nil
		return row, nil
	}
	row, err, ok := t.next()
	if !ok {
		return TableRow{}, io.EOF
	}
	return row, err
}

// Close ends the reading. What the table was made from stays open.
func (t *Table) Close() { t.stop() }

// choose sets the columns of coordinates by the names of a header.
func (c *csvColumns) choose(header []string, opts TableOptions) (err error) {
	if c.lat, err = findColumn(header, opts.Lat); err != nil {
		return err
	}
	c.lon, err = findColumn(header, opts.Lon)
	return err
}

// findColumn returns the column of a header that has a name.
func findColumn(header []string, name string) (int, error) {
	at := slices.IndexFunc(header, func(f string) bool { return strings.TrimSpace(f) == name })
	if at < 0 {
		return -1, fmt.Errorf("no column %s in the header %s", quote(name), quote(strings.Join(header, ",")))
	}
	return at, nil
}
