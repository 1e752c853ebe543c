package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/geofile"
	"github.com/loc2vec/loc2vec/trainer/internal/geoparquet"
	"github.com/loc2vec/loc2vec/trainer/internal/output"
	"github.com/loc2vec/loc2vec/trainer/internal/table"
)

// tableFormats are the values of --format.
func tableFormats() []string {
	return []string{"csv", "tsv", "jsonl", "geojson", "parquet", "npy"}
}

// tableFormat returns the format of an output by its name or else by the ending of its file; CSV for standard output.
func tableFormat(name, path string) (string, error) {
	switch {
	case name == "json":
		name = "jsonl"
	case name != "":
	case path == "":
		name = "csv"
	default:
		name = strings.TrimPrefix(strings.ToLower(filepath.Ext(path)), ".")
		switch {
		case isParquet(path):
			name = "parquet"
		case name == "ndjson":
			name = "jsonl"
		case !slices.Contains(tableFormats(), name):
			return "", usagef("-o %s: want a file that ends with one of .%s, or --format", path, strings.Join(tableFormats(), ", ."))
		}
	}
	if !slices.Contains(tableFormats(), name) {
		return "", usagef("--format %q: want one of %s", name, strings.Join(tableFormats(), ", "))
	}
	if path == "" && (name == "parquet" || name == "npy") {
		return "", usagef("--format %s needs a file: -o FILE", name)
	}
	return name, nil
}

// isSeparated reports whether a format has cells of text between separators, which spreadsheets open.
func isSeparated(format string) bool { return format == "csv" || format == "tsv" }

// hasGeometries reports whether a format has a geometry in each row.
func hasGeometries(format string) bool { return format == "geojson" || format == "parquet" }

// addedColumns are the columns that a table gets besides the vector.
func addedColumns(coverages bool) []table.Column {
	columns := []table.Column{{Name: "mapped", Type: table.Float}, {Name: "unmapped", Type: table.Bool}}
	if coverages {
		columns = append(columns, coverageColumns()...)
	}
	return append(columns, table.Column{Name: "region", Type: table.Text}, table.Column{Name: "error", Type: table.Text})
}

// placeColumns are the columns of places, for formats without geometries.
func placeColumns() []table.Column {
	return []table.Column{{Name: "lat", Type: table.Float}, {Name: "lon", Type: table.Float}}
}

// needsPlaces reports whether an output needs columns of places: its format has no geometry, and the columns of the
// input are no coordinates by their names.
func needsPlaces(format string, input []table.Column) bool {
	if hasGeometries(format) {
		return false
	}
	names := make([]string, len(input))
	for i, c := range input {
		names[i] = c.Name
	}
	lat, lon := geofile.CoordinateColumns(names)
	return lat < 0 || lon < 0
}

// tableOutput writes tables with vectors in any of the formats.
type tableOutput struct {
	format   string
	path     string // empty: to out
	out      io.Writer
	verb     string // of the command
	single   bool   // CSV has one column for the vector
	places   bool   // latitude and longitude come before the vector: the columns of the input have none
	space    string
	parquet  parquetOutput
	messages io.Writer
}

// schema returns the columns of a table, the vector and ours. Where the names of ours are taken, they get a suffix. The
// names of the geometry and the vector of GeoParquet are fixed: there the column of the input gets it.
func (t *tableOutput) schema(input, ours []table.Column) table.Schema {
	s := table.Schema{
		Columns: slices.Clone(input), VectorAt: len(input), VectorName: "vector", Prefix: "v", OneColumn: t.single,
		Dimensions: loc2vec.Dimension, Space: t.space,
	}
	if t.places {
		s.VectorAt += len(placeColumns())
		ours = slices.Concat(placeColumns(), ours)
	}
	taken := map[string]bool{}
	for _, c := range input {
		taken[c.Name] = true
	}
	free := func(name, suffix string) string {
		for n := 1; ; n++ {
			candidate := name + suffix
			if n > 1 {
				candidate += fmt.Sprint(n)
			}
			if !taken[candidate] {
				taken[candidate] = true
				return candidate
			}
		}
	}
	if t.format == "parquet" {
		for i, c := range s.Columns {
			if slices.Contains(geoparquet.Reserved(), c.Name) {
				s.Columns[i].Name = free(c.Name, "_input")
				fmt.Fprintf(t.messages, "%s: the column %q of the input is %q in the output\n", t.verb, c.Name, s.Columns[i].Name)
			}
		}
	} else if taken[s.VectorName] {
		s.VectorName = free(s.VectorName, "_loc2vec")
		t.tellRenamed("vector", s.VectorName)
	}
	if slices.ContainsFunc(table.VectorColumns(s.Prefix, s.Dimensions), func(name string) bool { return taken[name] }) && !t.single &&
		isSeparated(t.format) {
		s.Prefix = "loc2vec_v"
		t.tellRenamed("v0", "loc2vec_v0")
	}
	for _, c := range ours {
		name := c.Name
		if taken[name] {
			c.Name = free(name, "_loc2vec")
			t.tellRenamed(name, c.Name)
		}
		s.Columns = append(s.Columns, c)
	}
	return s
}

func (t *tableOutput) tellRenamed(name, renamed string) {
	fmt.Fprintf(t.messages, "%s: the input has a column %q: that of loc2vec is %q\n", t.verb, name, renamed)
}

// write calls rows with a writer, and makes the file if it succeeds.
func (t *tableOutput) write(schema table.Schema, rows func(table.Writer) error) error {
	to := func(w io.Writer) (err error) {
		writer, err := t.writer(w, schema)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, writer.Close()) }()
		if err := rows(writer); err != nil {
			return err
		}
		return writer.Finish()
	}
	if t.path == "" {
		return to(t.out)
	}
	return output.Write(t.path, to)
}

// writer returns a writer of the format.
func (t *tableOutput) writer(w io.Writer, schema table.Schema) (table.Writer, error) {
	switch t.format {
	case "csv":
		return table.NewCSV(w, schema, ',')
	case "tsv":
		return table.NewCSV(w, schema, '\t')
	case "jsonl":
		return table.NewJSONLines(w, schema), nil
	case "geojson":
		return table.NewGeoJSONWriter(w, schema)
	case "npy":
		file, ok := w.(io.WriteSeeker)
		if !ok {
			return nil, errors.New("npy needs a file")
		}
		return table.NewNPY(file, schema)
	}
	return t.parquet.writer(w, schema)
}
