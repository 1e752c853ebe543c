// Package geoparquet reads places from Parquet and GeoParquet files and writes places with their vectors.
//
// Files follow GeoParquet 1.1 (https://geoparquet.org/releases/v1.1.0/) and the practices of
// https://geoembeddings.org: points in WKB, a column of boxes with covering metadata, rows along the Hilbert curve,
// pages compressed with ZSTD, and a key "emb" with the fields of the STAC extension of embeddings. docs/geoparquet.md
// says what a file holds and how others read it.
package geoparquet

import "github.com/loc2vec/loc2vec/trainer/internal/table"

// What the files share with other tables.
type (
	Type   = table.Type
	Column = table.Column
	Row    = table.Row
	Area   = table.Area
)

// The types of columns.
const (
	Text           = table.Text
	Bool           = table.Bool
	Int            = table.Int
	Float          = table.Float
	Date           = table.Date
	Timestamp      = table.Timestamp
	LocalTimestamp = table.LocalTimestamp
	Bytes          = table.Bytes
	JSON           = table.JSON
	Float32        = table.Float32
)
