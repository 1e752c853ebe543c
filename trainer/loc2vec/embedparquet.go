package main

import (
	"errors"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/loc2vec/loc2vec/sdk"
	"github.com/loc2vec/loc2vec/trainer/internal/geoparquet"
	"github.com/loc2vec/loc2vec/trainer/internal/output"
	"github.com/loc2vec/loc2vec/trainer/internal/table"
)

// parquetWriter is a geoparquet.Writer that keeps the summary of its file.
type parquetWriter struct {
	*geoparquet.Writer
	summary *geoparquet.Summary
}

// Flush implements table.Writer. Rows are sorted before any is written.
func (parquetWriter) Flush() error { return nil }

// Finish implements table.Writer.
func (p parquetWriter) Finish() (err error) {
	*p.summary, err = p.Writer.Finish()
	return err
}

// parquetOutput is what a GeoParquet file needs besides its rows.
type parquetOutput struct {
	embeddings geoparquet.Embeddings
	quantise   bool
	geometries []string // types of the geometries; nil: points
	summary    geoparquet.Summary
}

// describeVectors returns the description of the vectors of a model for GeoParquet.
func describeVectors(bundle string, packs []string, model *sdk.Model) geoparquet.Embeddings {
	files := make([]string, len(packs))
	for i, path := range packs {
		files[i] = filepath.Base(path)
	}
	name := strings.TrimSuffix(filepath.Base(bundle), filepath.Ext(bundle))
	return geoparquet.Describe(name, model.Manifest(), model.Regions(), files)
}

// writer returns a writer of GeoParquet.
func (p *parquetOutput) writer(w io.Writer, schema table.Schema) (table.Writer, error) {
	out, err := geoparquet.NewWriter(w, geoparquet.WriterOptions{
		Columns: schema.Columns, Dimensions: schema.Dimensions, Quantise: p.quantise, Embeddings: p.embeddings, Geometries: p.geometries,
	})
	if err != nil {
		return nil, err
	}
	return parquetWriter{out, &p.summary}, nil
}

// writeItem writes the STAC item of a file.
func (p *parquetOutput) writeItem(path string, dimensions int, version string) error {
	if p.summary.Rows == 0 {
		return errors.New("a STAC item needs rows")
	}
	item, err := geoparquet.Item(&p.embeddings, dimensions, &p.summary, geoparquet.ItemOptions{
		File: filepath.Base(path), Created: time.Now(), Software: "loc2vec " + version,
	})
	if err != nil {
		return err
	}
	return output.WriteBytes(stacPath(path), item)
}

// stacPath is where the STAC item of a file lies.
func stacPath(path string) string { return strings.TrimSuffix(path, filepath.Ext(path)) + ".json" }
