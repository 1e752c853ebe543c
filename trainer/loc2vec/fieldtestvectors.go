package main

import (
	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/sdk"
	"github.com/loc2vec/loc2vec/trainer/internal/fieldtest"
	"github.com/loc2vec/loc2vec/trainer/internal/geofile"
	"github.com/loc2vec/loc2vec/trainer/internal/table"
)

// fixColumns are the columns of a table of fixes before those that embed adds too.
func fixColumns() []table.Column {
	return []table.Column{
		{Name: "fix", Type: table.Int}, {Name: "time", Type: table.Timestamp}, // without times of the recording: empty
		{Name: "stop", Type: table.Int},      // number of the stop; empty under way
		{Name: "computed", Type: table.Bool}, // the vector is this fix's; otherwise that of the fix before
	}
}

// writeVectors writes the fixes with their vectors to the file of --vectors.
func (o *fieldtestFlags) writeVectors(std stdio, model *sdk.Model, r *fieldtest.Result, t *geofile.Track) error {
	out := tableOutput{
		format: o.vectorsFormat, path: o.vectors, verb: "fieldtest", space: r.Space, messages: std.err,
		parquet: parquetOutput{embeddings: describeVectors(o.bundle, o.packs, model)}, places: !hasGeometries(o.vectorsFormat),
	}
	return out.write(out.schema(fixColumns(), addedColumns(false)), func(w table.Writer) error {
		for i := range r.Outcomes {
			row := o.fixRow(r, t, i)
			if out.places {
				place := r.Outcomes[i].Place
				row.Values = append(row.Values[:len(fixColumns())], append([]any{place.Lat, place.Lon}, row.Values[len(fixColumns()):]...)...)
			}
			if err := w.Write(&row); err != nil {
				return err
			}
		}
		return nil
	})
}

// fixRow returns the row of a fix, without columns of its place.
func (o *fieldtestFlags) fixRow(r *fieldtest.Result, t *geofile.Track, i int) table.Row {
	outcome := &r.Outcomes[i]
	row := table.Row{Number: int64(i + 1), Place: outcome.Place, Values: []any{int64(i + 1), nil, nil, outcome.Fresh}}
	if t.Timed {
		row.Values[1] = t.Fixes[i].Time
	}
	for n, s := range r.Stops {
		if s.First <= i && i <= s.Last {
			row.Values[2] = int64(n + 1)
		}
	}
	if !outcome.Known {
		row.Values = append(row.Values, nil, nil, nil, addedCell(o.vectorsFormat, loc2vec.ErrNoCoverage.Error()))
		return row
	}
	result := &outcome.Result
	row.Vector = result.Vector.Values[:]
	row.Values = append(row.Values, result.Mapped, result.Unmapped, addedCell(o.vectorsFormat, result.Region), nil)
	return row
}
