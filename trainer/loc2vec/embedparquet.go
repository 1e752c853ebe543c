package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/sdk"
	"github.com/loc2vec/loc2vec/trainer/internal/geoparquet"
	"github.com/loc2vec/loc2vec/trainer/internal/output"
	"github.com/loc2vec/loc2vec/trainer/internal/progress"
)

// placeRows are the rows of a table of places. Next returns io.EOF after the last one.
type placeRows interface {
	Columns() []geoparquet.Column
	Next() (*geoparquet.Row, error)
}

// listedPlaces are places without other columns than their row.
type listedPlaces struct {
	places []rowPlace
	row    geoparquet.Row
}

func (l *listedPlaces) Columns() []geoparquet.Column {
	return []geoparquet.Column{
		{Name: "row", Type: geoparquet.Int}, {Name: "lat", Type: geoparquet.Float}, {Name: "lon", Type: geoparquet.Float},
	}
}

func (l *listedPlaces) Next() (*geoparquet.Row, error) {
	if len(l.places) == 0 {
		return nil, io.EOF
	}
	p := l.places[0]
	l.places = l.places[1:]
	l.row = geoparquet.Row{Place: p.LatLon, Values: []any{int64(p.row), p.Lat, p.Lon}}
	return &l.row, nil
}

// checkParquet checks the flags of Parquet files.
func (o *embedFlags) checkParquet(file string) error {
	switch {
	case (o.lat == "") != (o.lon == ""):
		return usagef("--lat and --lon go together")
	case o.out == "" && (o.quantise || o.stac):
		return usagef("--quantise and --stac are for GeoParquet: -o FILE.parquet")
	case o.out != "" && !isParquet(o.out):
		return usagef("-o %s: want a file that ends with .parquet; csv and json go to standard output", o.out)
	case o.out == "":
		return nil
	}
	inputs := append([]string{o.bundle, file}, o.packs...)
	if o.stac {
		if err := checkOutput("--stac", stacPath(o.out), inputs...); err != nil {
			return err
		}
	}
	return checkOutput("-o", o.out, inputs...)
}

// embedParquet writes GeoParquet. The table is nil for an input that is not Parquet.
func (o *embedFlags) embedParquet(ctx context.Context, std stdio, file string, table *parquetFile, opts sdk.Options) (err error) {
	var rows placeRows = table
	total := int64(0)
	if table != nil {
		total = table.NumRows()
	} else if csv, err := o.csvInput(std, file); err != nil {
		return err
	} else if csv != nil {
		defer csv.close()
		rows = csv
	} else {
		wanted, bad, err := o.places(std, file)
		if err != nil {
			return err
		}
		if bad > 0 {
			fmt.Fprintf(std.err, "embed: %d rows could not be read and are left out\n", bad)
		}
		rows, total = &listedPlaces{places: wanted}, int64(len(wanted))
	}
	model, err := openModel(o.bundle, o.packs, opts)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, model.Close()) }()
	out := parquetOutput{
		path: o.out, quantise: o.quantise, stac: o.stac, bundle: o.bundle, packs: o.packs, version: moduleVersion(), messages: std.err,
	}
	return out.write(ctx, model, rows, total)
}

// maxToldRows is the number of rows without a vector that are told one by one.
const maxToldRows = 5

// parquetOutput writes a table of places with their vectors as GeoParquet.
type parquetOutput struct {
	path           string
	quantise, stac bool
	bundle         string
	packs          []string
	version        string
	messages       io.Writer
}

// added are the columns that a file has besides those of its table.
func added() []geoparquet.Column {
	return []geoparquet.Column{
		{Name: "mapped", Type: geoparquet.Float}, {Name: "unmapped", Type: geoparquet.Bool},
		{Name: "region", Type: geoparquet.Text}, {Name: "error", Type: geoparquet.Text},
	}
}

// columns returns the columns of the file. A column of the table whose name the file needs gets a suffix.
func (p *parquetOutput) columns(table []geoparquet.Column) []geoparquet.Column {
	taken := map[string]bool{}
	for _, name := range geoparquet.Reserved() {
		taken[name] = true
	}
	for _, c := range added() {
		taken[c.Name] = true
	}
	columns := slices.Clone(table)
	for i := range columns {
		name := columns[i].Name
		for n := 1; taken[columns[i].Name]; n++ {
			columns[i].Name = name + "_input"
			if n > 1 {
				columns[i].Name = fmt.Sprintf("%s_input%d", name, n)
			}
		}
		if columns[i].Name != name {
			fmt.Fprintf(p.messages, "embed: the column %q of the input is %q in the output\n", name, columns[i].Name)
		}
		taken[columns[i].Name] = true
	}
	return append(columns, added()...)
}

// write embeds the rows and writes the file, and with stac the item beside it.
func (p *parquetOutput) write(ctx context.Context, model *sdk.Model, rows placeRows, total int64) error {
	files := make([]string, len(p.packs))
	for i, path := range p.packs {
		files[i] = filepath.Base(path)
	}
	name := strings.TrimSuffix(filepath.Base(p.bundle), filepath.Ext(p.bundle))
	opts := geoparquet.WriterOptions{
		Columns: p.columns(rows.Columns()), Dimensions: loc2vec.Dimension, Quantise: p.quantise,
		Embeddings: geoparquet.Describe(name, model.Manifest(), model.Regions(), files),
	}
	var summary geoparquet.Summary
	err := output.Write(p.path, func(w io.Writer) (err error) {
		writer, err := geoparquet.NewWriter(w, opts)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, writer.Close()) }()
		if err := p.embed(ctx, model, rows, writer, total); err != nil {
			return err
		}
		summary, err = writer.Finish()
		if err == nil && summary.Vectors == 0 {
			err = errors.New("no place has a vector")
		}
		return err
	})
	if err != nil || !p.stac {
		return err
	}
	item, err := geoparquet.Item(&opts.Embeddings, opts.Dimensions, &summary, geoparquet.ItemOptions{
		File: filepath.Base(p.path), Created: time.Now(), Software: "loc2vec " + p.version,
	})
	if err != nil {
		return err
	}
	return output.WriteBytes(stacPath(p.path), item)
}

// stacPath is where the STAC item of a file lies.
func stacPath(path string) string { return strings.TrimSuffix(path, filepath.Ext(path)) + ".json" }

// embed writes the rows with their vectors to w.
func (p *parquetOutput) embed(ctx context.Context, model *sdk.Model, rows placeRows, w *geoparquet.Writer, total int64) error {
	bar := progress.New(p.messages, "embedding", total, progress.Items)
	defer bar.Close()
	const chunk = 8192 // enough for both the tiles and the processors to be shared well
	part := make([]geoparquet.Row, 0, chunk)
	failed, done := 0, 0
	for more := true; more; {
		part = part[:0]
		for len(part) < chunk {
			row, err := rows.Next()
			if errors.Is(err, io.EOF) {
				more = false
				break
			}
			if err != nil {
				return fmt.Errorf("reading row %d: %w", done+len(part)+1, err)
			}
			kept := *row
			kept.Values = slices.Concat(row.Values, make([]any, len(added())))
			part = append(part, kept)
		}
		if err := embedRows(ctx, model, part); err != nil {
			return err
		}
		for i := range part {
			if reason, ok := part[i].Values[len(part[i].Values)-1].(string); ok {
				if failed++; failed <= maxToldRows {
					fmt.Fprintf(p.messages, "embed: row %d: %s\n", done+i+1, reason)
				}
			}
			if err := w.Write(&part[i]); err != nil {
				return err
			}
		}
		done += len(part)
		bar.Set(int64(done), "")
	}
	if failed > 0 {
		fmt.Fprintf(p.messages, "embed: %d of %d rows have no vector; the column error says why\n", failed, done)
	}
	return nil
}

// embedRows sets the vectors of rows and their added columns, which are the last ones.
func embedRows(ctx context.Context, model *sdk.Model, rows []geoparquet.Row) error {
	var places []loc2vec.LatLon
	for _, row := range rows {
		if row.Err == nil {
			places = append(places, row.Place)
		}
	}
	outcomes, err := model.EmbedMany(ctx, places)
	if err != nil {
		return err
	}
	for i := range rows {
		row := &rows[i]
		to := row.Values[len(row.Values)-len(added()):]
		if row.Err != nil {
			to[3] = row.Err.Error()
			continue
		}
		o := &outcomes[0]
		outcomes = outcomes[1:]
		if o.Err != nil {
			to[3] = o.Err.Error()
			continue
		}
		row.Vector = o.Result.Vector.Values[:]
		to[0], to[1], to[2] = o.Result.Mapped, o.Result.Unmapped, o.Result.Region
	}
	return nil
}
