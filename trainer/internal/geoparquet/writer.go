package geoparquet

import (
	"encoding/json"
	"fmt"
	"io"
	"math"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/hilbert"
	"github.com/loc2vec/loc2vec/trainer/internal/extsort"
)

// WriterOptions are the settings of a Writer.
type WriterOptions struct {
	Columns    []Column // of the table, without Reserved names
	Dimensions int      // of the vectors; 0: the file has none
	Quantise   bool     // vectors as whole numbers of 8 bits
	Embeddings Embeddings
	Geometries []string // types of the geometries, such as "Polygon"; nil: points
	Sort       extsort.Options
}

// Summary is what a file holds.
type Summary struct {
	Rows, Places, Vectors int
	Bounds                loc2vec.Bounds // of the geometries; never across the antimeridian
	Quantization          *Quantization  // nil: float32
}

// Writer writes a GeoParquet file. Rows come in any order and are written along the Hilbert curve, those without a
// place last. It must be used by one goroutine, and closed.
type Writer struct {
	out     io.Writer
	opts    WriterOptions
	sorter  *extsort.Sorter
	record  []byte
	ranges  ranges
	counted Summary
}

// NewWriter returns a writer to out, which is not closed.
func NewWriter(out io.Writer, opts WriterOptions) (*Writer, error) {
	seen := map[string]bool{}
	for _, name := range Reserved() {
		seen[name] = true
	}
	for _, c := range opts.Columns {
		if seen[c.Name] {
			return nil, fmt.Errorf("two columns have the name %q", c.Name)
		}
		seen[c.Name] = true
	}
	return &Writer{out: out, opts: opts, sorter: extsort.New(opts.Sort)}, nil
}

// Write adds a row. Row.Values follow the columns, Row.Vector is nil for a row without a vector. It keeps neither.
func (w *Writer) Write(row *Row) error {
	if len(row.Values) != len(w.opts.Columns) {
		return fmt.Errorf("a row has %d values in %d columns", len(row.Values), len(w.opts.Columns))
	}
	if row.Vector != nil && len(row.Vector) != w.opts.Dimensions {
		return fmt.Errorf("a vector has %d dimensions, not %d", len(row.Vector), w.opts.Dimensions)
	}
	for i, value := range row.Values {
		if err := check(w.opts.Columns[i].Type, value); err != nil {
			return fmt.Errorf("column %q: %w", w.opts.Columns[i].Name, err)
		}
	}
	w.record = appendRecord(w.record[:0], row)
	w.count(row)
	return w.sorter.Add(curveKey(row), w.record)
}

// count adds a row to the summary.
func (w *Writer) count(row *Row) {
	s := &w.counted
	s.Rows++
	if row.Vector != nil {
		s.Vectors++
		w.ranges.add(row.Vector)
	}
	if row.Err != nil {
		return
	}
	around := boundsOf(row)
	if s.Places == 0 {
		s.Bounds = around
	}
	s.Places++
	b := &s.Bounds
	b.Min.Lat, b.Min.Lon = min(b.Min.Lat, around.Min.Lat), min(b.Min.Lon, around.Min.Lon)
	b.Max.Lat, b.Max.Lon = max(b.Max.Lat, around.Max.Lat), max(b.Max.Lon, around.Max.Lon)
}

// boundsOf returns the box around the geometry of a row with a place. It spans all longitudes for an area across the
// antimeridian.
func boundsOf(r *Row) loc2vec.Bounds {
	if r.Area == nil {
		return loc2vec.Bounds{Min: r.Place, Max: r.Place}
	}
	b := r.Area.Bounds
	if b.Min.Lon > b.Max.Lon {
		b.Min.Lon, b.Max.Lon = -180, 180
	}
	return b
}

// curveKey returns where a row lies on the Hilbert curve, the greatest key for a row without a place.
func curveKey(row *Row) uint64 {
	if row.Err != nil {
		return math.MaxUint64
	}
	const order = 31
	p := row.Place.Point()
	cell := func(v float64) uint32 { return uint32(min(v*(1<<order), 1<<order-1)) }
	return hilbert.Index(order, cell(p.X), cell(p.Y))
}

// Finish writes the file and returns what it holds.
func (w *Writer) Finish() (Summary, error) {
	if w.opts.Quantise && w.counted.Vectors > 0 {
		w.counted.Quantization = w.ranges.quantization()
	}
	options, err := w.parquetOptions()
	if err != nil {
		return w.counted, err
	}
	file := parquet.NewGenericWriter[any](w.out, options...)
	rows := rowBuilder{columns: w.opts.Columns, vectors: w.opts.Dimensions > 0, quantization: w.counted.Quantization}
	if err := w.sorter.Each(func(data []byte) error {
		rows.record.read(data, w.opts.Dimensions)
		_, err := file.WriteRows([]parquet.Row{rows.build()})
		return err
	}); err != nil {
		return w.counted, err
	}
	return w.counted, file.Close()
}

const (
	// groupRows is the size of row groups: between the 50,000 and 150,000 rows that GeoParquet's guide recommends,
	// few enough for a reader with a box to skip most of a country.
	groupRows = 100_000
	// pageBytes is the size of pages before compression, that of other writers.
	pageBytes = 1 << 20
	// dictionaryBytes is where a column gives its dictionary up, such as one of different texts.
	dictionaryBytes = 1 << 20
)

// parquetOptions are the settings of parquet-go with the file's metadata.
func (w *Writer) parquetOptions() ([]parquet.WriterOption, error) {
	geo, err := w.geoMetadata()
	if err != nil {
		return nil, err
	}
	options := []parquet.WriterOption{
		newSchema(w.opts.Columns, w.opts.Dimensions > 0, w.opts.Quantise),
		parquet.Compression(&zstd.Codec{Level: zstd.SpeedBetterCompression}),
		// Pages of version 2 leave the levels of lists uncompressed: two bytes a vector.
		parquet.DataPageVersion(1),
		parquet.PageBufferSize(pageBytes),
		parquet.DictionaryMaxBytes(dictionaryBytes),
		parquet.MaxRowsPerRowGroup(groupRows),
		parquet.KeyValueMetadata("geo", geo),
	}
	if w.opts.Dimensions > 0 {
		emb, err := w.opts.Embeddings.metadata(VectorColumn, w.opts.Dimensions, w.counted.Quantization)
		if err != nil {
			return nil, err
		}
		options = append(options, parquet.KeyValueMetadata("emb", emb))
	}
	return options, nil
}

// geoMetadata returns the key "geo".
func (w *Writer) geoMetadata() (string, error) {
	column := geoColumn{Encoding: "WKB", Types: w.opts.Geometries, Covering: &geoCovering{}}
	if column.Types == nil {
		column.Types = []string{"Point"}
	}
	if b := w.counted.Bounds; w.counted.Places > 0 {
		column.BBox = []float64{b.Min.Lon, b.Min.Lat, b.Max.Lon, b.Max.Lat}
	}
	box := &column.Covering.BBox
	box.XMin, box.YMin = []string{bboxColumn, "xmin"}, []string{bboxColumn, "ymin"}
	box.XMax, box.YMax = []string{bboxColumn, "xmax"}, []string{bboxColumn, "ymax"}
	text, err := json.Marshal(geoMetadata{"1.1.0", GeometryColumn, map[string]geoColumn{GeometryColumn: column}})
	return string(text), err
}

// Close removes what the writer has in temporary files. It does not finish the file.
func (w *Writer) Close() error {
	return w.sorter.Close()
}
