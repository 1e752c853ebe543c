// Package table reads tables of places and writes them with their vectors, row by row.
package table

import (
	"encoding/json"
	"slices"

	"github.com/loc2vec/loc2vec"
)

// Type is the type of a column.
type Type int8

// The types, with the Go type of their values. A missing value is nil.
const (
	Text           Type = iota // string
	Bool                       // bool
	Int                        // int64
	Float                      // float64
	Date                       // time.Time
	Timestamp                  // time.Time, an instant
	LocalTimestamp             // time.Time, the clock of an unknown place as if it were UTC
	Bytes                      // []byte
	JSON                       // string, the text of a JSON value
	Float32                    // float32
)

// Column is a column of a table.
type Column struct {
	Name string
	Type Type
}

// Row is a row of a table. A Reader or Writer shares it with its caller: it is valid until the next call.
type Row struct {
	// Number is that of the record in its file, from 1. A header is no record, and a record may span lines.
	Number int64
	Place  loc2vec.LatLon
	Err    error     // why the row has no place; nil: it has one
	Values []any     // of the columns, nil for a missing value
	Vector []float32 // nil: the row has none
	Area   *Area     // nil: the geometry is the place
	// Geometry is the GeoJSON geometry of a row that has one, as it stands in its file.
	Geometry json.RawMessage
}

// Clone returns a row that outlives the next call of its reader.
func (r *Row) Clone() Row {
	c := *r
	c.Values = slices.Clone(r.Values)
	for i, value := range c.Values {
		if b, ok := value.([]byte); ok {
			c.Values[i] = slices.Clone(b)
		}
	}
	c.Vector, c.Geometry = slices.Clone(r.Vector), slices.Clone(r.Geometry)
	return c
}

// Area is the geometry of a row that stands for more than a point, such as a cell.
type Area struct {
	WKB    []byte // a polygon or multipolygon, longitude first
	Bounds loc2vec.Bounds
}

// Reader reads a table row by row. It must be used by one goroutine.
type Reader interface {
	// Columns returns the columns of all rows, with different names.
	Columns() []Column
	// Next returns the next row, or io.EOF after the last one. A record without a place is a row too: Row.Err says
	// why. Every other error ends the table.
	Next() (*Row, error)
	// Close releases what the reader holds. What it was made from stays open.
	Close() error
}

// Writer writes a table row by row to a stream, which package output makes a whole file or none. It must be used by
// one goroutine.
type Writer interface {
	// Write adds a row. Row.Values follow the columns of the schema. It keeps nothing of the row.
	Write(row *Row) error
	// Flush writes what is buffered, as far as the format can.
	Flush() error
	// Finish completes the table. The stream stays open.
	Finish() error
	// Close releases what the writer holds. It does not finish the table.
	Close() error
}

// Schema says what the rows of a Writer have.
type Schema struct {
	Columns []Column
	// VectorAt is the number of columns before the vector, where a format lets a writer choose.
	VectorAt int
	// VectorName is the name of the vector. CSV has a column for each dimension, Prefix0 and so on, unless OneColumn.
	VectorName string
	Prefix     string
	OneColumn  bool
	Dimensions int // of the vectors; 0: rows have none
	// Space is the id of the embedding space, for formats that have metadata.
	Space string
}
