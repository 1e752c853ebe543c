// Package geoparquet reads places from Parquet and GeoParquet files and writes places with their vectors.
//
// Files follow GeoParquet 1.1 (https://geoparquet.org/releases/v1.1.0/) and the practices of
// https://geoembeddings.org: points in WKB, a column of boxes with covering metadata, rows along the Hilbert curve,
// pages compressed with ZSTD, and a key "emb" with the fields of the STAC extension of embeddings. docs/geoparquet.md
// says what a file holds and how others read it.
package geoparquet

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
)

// Column is a column of a table.
type Column struct {
	Name string
	Type Type
}
