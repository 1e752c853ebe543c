package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/contextio"
	"github.com/loc2vec/loc2vec/trainer/internal/geofile"
	"github.com/loc2vec/loc2vec/trainer/internal/table"
)

// tableInput is a table of places with what is known of its length.
type tableInput struct {
	table.Reader
	rows int64         // 0: unknown
	size int64         // of the file in bytes, 0: unknown
	read *atomic.Int64 // bytes of the file so far; nil: unknown
	file *os.File      // nil: standard input

	stored bool   // rows have the vectors of the table
	space  string // of stored vectors; empty: unknown
}

// total estimates the number of rows from that of those read, 0 if it is unknown.
func (t *tableInput) total(done int64) int64 {
	switch {
	case t.rows > 0:
		return t.rows
	case t.read == nil || t.read.Load() == 0:
		return 0
	}
	return max(done, int64(float64(done)*float64(t.size)/float64(t.read.Load())))
}

// Close closes the reader and its file.
func (t *tableInput) Close() error {
	err := t.Reader.Close()
	if t.file != nil {
		err = errors.Join(err, t.file.Close())
	}
	return err
}

// countedReader counts the bytes that are read.
type countedReader struct {
	io.Reader
	read *atomic.Int64
}

// Read implements io.Reader.
func (c countedReader) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.read.Add(int64(n))
	return n, err
}

// tableSource is where a table of places comes from.
type tableSource struct {
	at       string // a place instead of a table
	file     string // empty: standard input
	format   string // of standard input; empty: CSV or Parquet
	lat, lon string // columns of coordinates; empty: by their names
	combined string // column of both coordinates; empty: by its name
	pairs    table.CombinedOptions
	vectors  bool // vectors in the table are those of its rows, and no columns
}

// open opens the table, whose reading ends with the context.
func (s *tableSource) open(ctx context.Context, std stdio) (*tableInput, error) {
	if s.at != "" {
		place, err := parsePlace(s.at)
		if err != nil {
			return nil, usagef("--at: %w", err)
		}
		return &tableInput{Reader: &onePlace{place: place}, rows: 1}, nil
	}
	parquet, err := s.openIfParquet(&std)
	if err != nil {
		return nil, err
	}
	if parquet != nil {
		return s.withVectors(&tableInput{Reader: parquet, rows: parquet.file.NumRows()}, parquet.name)
	}
	input := &tableInput{read: new(atomic.Int64)}
	in, name, format := contextio.NewReader(ctx, std.in), "standard input", geofile.CSV
	if s.file == "" {
		input.read = nil
		if s.format != "" {
			format = geofile.Format(s.format)
		}
	} else {
		if format, err = geofile.FormatOf(s.file, geofile.TableFormats()); err != nil {
			return nil, usageError{err: err}
		}
		if input.file, err = os.Open(s.file); err != nil {
			return nil, err
		}
		if info, err := input.file.Stat(); err == nil && info.Mode().IsRegular() {
			input.size = info.Size()
		}
		in, name = countedReader{contextio.NewReader(ctx, input.file), input.read}, s.file
	}
	switch {
	case s.lat+s.combined != "" && (format == geofile.GeoJSON || format == geofile.GPX):
		err = usagef("--lat, --lon and --coordinates name columns of CSV, JSON lines and Parquet files")
	case format == geofile.CSV:
		input.Reader, err = table.NewCSVReader(in, s.columns(), s.pairs)
	case format == geofile.GPX:
		input.Reader = table.NewGPXReader(in)
	default:
		input.Reader, err = s.openJSON(input, in, format)
	}
	if err != nil {
		if input.file != nil {
			err = errors.Join(err, input.file.Close())
		}
		return nil, fmt.Errorf("reading places from %s: %w", name, err)
	}
	return s.withVectors(input, name)
}

// withVectors returns an input with the vectors in its rows, if they are wanted and there are any.
func (s *tableSource) withVectors(input *tableInput, name string) (*tableInput, error) {
	if !s.vectors {
		return input, nil
	}
	if stored, ok := input.Reader.(*parquetFile); ok && stored.file.Embeddings() != nil {
		input.stored, input.space = true, stored.file.Embeddings().Space
		if n := stored.file.Embeddings().Dimensions; n != loc2vec.Dimension {
			err := fmt.Errorf("reading vectors from %s: they have %d dimensions, not %d", name, n, loc2vec.Dimension)
			return nil, errors.Join(err, input.Close())
		}
		return input, nil
	}
	if spaced, ok := input.Reader.(table.Spaced); ok {
		input.space = spaced.Space()
	}
	stored, err := table.NewVectors(input.Reader, loc2vec.Dimension)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("reading vectors from %s: %w", name, err), input.Close())
	}
	if stored != nil {
		input.Reader, input.stored = stored, true
	}
	return input, nil
}

// columns names the columns of coordinates.
func (s *tableSource) columns() geofile.TableOptions {
	return geofile.TableOptions{Lat: s.lat, Lon: s.lon, Combined: s.combined}
}

// openJSON opens GeoJSON or JSON lines, which are read twice. Standard input is copied to a temporary file.
func (s *tableSource) openJSON(input *tableInput, in io.Reader, format geofile.Format) (table.Reader, error) {
	if s.file == "" {
		spooled, err := spool(in)
		if err != nil {
			return nil, err
		}
		input.file = spooled
		in = spooled
	}
	open := func() (io.ReadCloser, error) {
		if _, err := input.file.Seek(0, io.SeekStart); err != nil {
			return nil, err
		}
		if input.read != nil {
			input.read.Store(0)
		}
		return io.NopCloser(in), nil
	}
	if format == geofile.JSONLines {
		return table.NewJSONLinesReader(open, s.columns(), s.pairs)
	}
	return table.NewGeoJSON(open)
}

// onePlace is the table of --at.
type onePlace struct {
	place loc2vec.LatLon
	ended bool
}

// Columns implements table.Reader.
func (*onePlace) Columns() []table.Column {
	return []table.Column{{Name: "lat", Type: table.Float}, {Name: "lon", Type: table.Float}}
}

// Next implements table.Reader.
func (o *onePlace) Next() (*table.Row, error) {
	if o.ended {
		return nil, io.EOF
	}
	o.ended = true
	return &table.Row{Number: 1, Place: o.place, Values: []any{o.place.Lat, o.place.Lon}}, nil
}

// Close implements table.Reader.
func (*onePlace) Close() error { return nil }
