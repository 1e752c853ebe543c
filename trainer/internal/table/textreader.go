package table

import (
	"fmt"
	"io"
	"iter"

	"github.com/loc2vec/loc2vec/trainer/internal/geofile"
)

// csvReader reads CSV, whose columns are text.
type csvReader struct {
	table   *geofile.Table
	columns []Column
	row     Row
}

// NewCSVReader returns a reader of CSV, as package geofile reads it. Columns are text; those of one name get a number.
// Empty fields, and those that a row lacks, are missing values. Where one column holds both coordinates, combined says how.
func NewCSVReader(r io.Reader, opts geofile.TableOptions, combined CombinedOptions) (Reader, error) {
	table, err := geofile.NewTable(r, opts)
	if err != nil {
		return nil, err
	}
	if n := len(table.Columns); n > maxColumns {
		table.Close()
		return nil, fmt.Errorf("%d columns, want at most %d", n, maxColumns)
	}
	c := &csvReader{table: table}
	used := map[string]int{} // the number that a name has had last, 0 for none
	for _, name := range table.Columns {
		unique, n := name, used[name]
		for _, taken := used[unique]; taken; _, taken = used[unique] {
			n++
			unique = fmt.Sprintf("%s_%d", name, n+1)
		}
		used[name], used[unique] = n, 0
		c.columns = append(c.columns, Column{unique, Text})
	}
	c.row.Values = make([]any, len(c.columns))
	if table.Combined < 0 {
		return c, nil
	}
	combined.Guessed = opts.Combined == ""
	return NewCombined(c, table.Combined, combined), nil
}

// Columns implements Reader.
func (c *csvReader) Columns() []Column { return c.columns }

// Next implements Reader.
func (c *csvReader) Next() (*Row, error) {
	read, err := c.table.Next()
	if err != nil {
		return nil, err
	}
	c.row.Number++
	c.row.Place, c.row.Err = read.Place, read.Err
	c.row.setTexts(read.Fields)
	return &c.row, nil
}

// Close implements Reader.
func (c *csvReader) Close() error {
	c.table.Close()
	return nil
}

// setTexts sets the values of columns of text.
func (r *Row) setTexts(fields []string) {
	clear(r.Values)
	for i, field := range fields[:min(len(fields), len(r.Values))] {
		if field != "" {
			r.Values[i] = field
		}
	}
}

// gpxReader reads the points of GPX.
type gpxReader struct {
	next func() (geofile.Waypoint, error, bool)
	stop func()
	row  Row
}

// NewGPXReader returns a reader of the points of a GPX file.
func NewGPXReader(r io.Reader) Reader {
	g := &gpxReader{row: Row{Values: make([]any, len(geofile.WaypointColumns()))}}
	g.next, g.stop = iter.Pull2(geofile.Waypoints(r))
	return g
}

// Columns implements Reader.
func (g *gpxReader) Columns() (columns []Column) {
	for _, name := range geofile.WaypointColumns() {
		columns = append(columns, Column{name, Text})
	}
	return columns
}

// Next implements Reader.
func (g *gpxReader) Next() (*Row, error) {
	point, err, ok := g.next()
	if !ok {
		return nil, io.EOF
	}
	if err != nil {
		return nil, err
	}
	g.row.Number++
	g.row.Place, g.row.Err = point.Place, point.Err
	g.row.setTexts(point.Fields)
	return &g.row, nil
}

// Close implements Reader.
func (g *gpxReader) Close() error {
	g.stop()
	return nil
}
