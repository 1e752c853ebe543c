package main

import (
	"slices"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/geoparquet"
	"github.com/loc2vec/loc2vec/trainer/internal/table"
)

// coverageColumns are the columns of the shares that layers cover, named after them.
func coverageColumns() []table.Column {
	columns := make([]table.Column, loc2vec.NumLayers)
	for l := range columns {
		columns[l] = table.Column{Name: "cover_" + loc2vec.Layer(l).String(), Type: table.Float32}
	}
	return columns
}

// appendCoverages appends the values of coverageColumns.
func appendCoverages(values []any, shares [loc2vec.NumLayers]float32) []any {
	for _, share := range shares {
		values = append(values, share)
	}
	return values
}

// describeCoverages returns which columns of a schema show the coverages of which layers, nil if none does. Ours are the
// last columns of the schema as they were named at first.
func describeCoverages(schema, ours []table.Column) []geoparquet.CoverageColumn {
	first := slices.Index(ours, coverageColumns()[0])
	if first < 0 {
		return nil
	}
	first += len(schema) - len(ours)
	columns := make([]geoparquet.CoverageColumn, loc2vec.NumLayers)
	for l := range columns {
		columns[l] = geoparquet.CoverageColumn{Layer: loc2vec.Layer(l).String(), Column: schema[first+l].Name}
	}
	return columns
}
