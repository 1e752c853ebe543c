package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/loc2vec/loc2vec/trainer/internal/geofile"
	"github.com/loc2vec/loc2vec/trainer/internal/geoparquet"
)

// csvFile is a CSV file of places with all its columns, which are text.
type csvFile struct {
	table *geofile.Table
	file  *os.File // nil: standard input
	row   geoparquet.Row
}

// csvInput opens the input with all columns if it is CSV, and returns nil if it is not.
func (o *embedFlags) csvInput(std stdio, file string) (*csvFile, error) {
	c, in, name := &csvFile{}, std.in, "standard input"
	if o.at != "" {
		return nil, nil
	}
	if file != "" {
		format, err := geofile.FormatOf(file, geofile.PlaceFormats())
		if err != nil || format != geofile.CSV {
			return nil, nil // reading the places says what is wrong
		}
		if c.file, err = os.Open(file); err != nil {
			return nil, err
		}
		in, name = c.file, file
	}
	var err error
	if c.table, err = geofile.NewTable(in); err != nil {
		if c.file != nil {
			err = errors.Join(err, c.file.Close())
		}
		return nil, fmt.Errorf("reading places from %s: %w", name, err)
	}
	return c, nil
}

// Columns returns the columns of the header. Names that occur twice get a number.
func (c *csvFile) Columns() []geoparquet.Column {
	var columns []geoparquet.Column
	seen := map[string]bool{}
	for _, name := range c.table.Columns {
		unique := name
		for n := 2; seen[unique]; n++ {
			unique = fmt.Sprintf("%s_%d", name, n)
		}
		seen[unique] = true
		columns = append(columns, geoparquet.Column{Name: unique, Type: geoparquet.Text})
	}
	return columns
}

// Next returns the next row. Empty fields, and those that a row lacks, are missing values.
func (c *csvFile) Next() (*geoparquet.Row, error) {
	row, err := c.table.Next()
	if err != nil {
		return nil, err
	}
	c.row = geoparquet.Row{Place: row.Place, Err: row.Err, Values: make([]any, len(c.table.Columns))}
	for i, field := range row.Fields[:min(len(row.Fields), len(c.row.Values))] {
		if field != "" {
			c.row.Values[i] = field
		}
	}
	return &c.row, nil
}

func (c *csvFile) close() {
	c.table.Close()
	if c.file != nil {
		c.file.Close()
	}
}
