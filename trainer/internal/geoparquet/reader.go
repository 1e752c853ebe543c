package geoparquet

import (
	"fmt"
	"io"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/geoparquet/internal/parquetfile"
)

// ReaderOptions are the settings of a Reader. The zero value is useful for files with geometries.
type ReaderOptions struct {
	// Lat and Lon name columns of coordinates in degrees, which go before geometries.
	Lat, Lon string
	// Guess returns which columns hold coordinates by their names, -1 for none. It is asked for files without a
	// geometry; nil: nobody is asked.
	Guess func(names []string) (lat, lon int)
	// Combined names a column with both coordinates. If it is no geometry, rows have no place: Reader.Combined is the
	// column, which the caller reads.
	Combined string
	// GuessCombined returns which column holds both coordinates by its name, -1 for none. It is asked after Guess.
	GuessCombined func(names []string) int
	// Vectors: the vectors that the key "emb" describes are read to Row.Vector and are no column. Without it they are
	// a column like others.
	Vectors bool
}

// Reader reads places with all columns of a Parquet file. It must be used by one goroutine.
type Reader struct {
	file    *parquetfile.File
	rows    *parquetfile.Rows
	columns []Column
	fields  []field // of the schema
	places  places
	vectors *storedVectors // nil: they are not wanted
	nested  nested
	row     Row
}

// field is a field of the schema.
type field struct {
	node   *parquetfile.Node
	column int // of the table; -1: left out
	kind   Type
	place  bool // coordinates are in it
}

// NewReader opens a Parquet file of the given size. Errors that wrap loc2vec.ErrCorrupt are damaged files; others name
// what is not read.
func NewReader(r io.ReaderAt, size int64, opts ReaderOptions) (reader *Reader, err error) {
	defer recovered(&err)
	file, err := parquetfile.Open(r, size)
	if err != nil {
		return nil, err
	}
	places, err := findPlaces(file, opts)
	if opts.Vectors {
		places, err = areaPlaces(file, places, err)
	}
	if err != nil {
		return nil, err
	}
	reader = &Reader{file: file, rows: file.Rows(), places: places}
	reader.nested.rows = reader.rows
	if opts.Vectors {
		if reader.vectors, err = findVectors(file); err != nil {
			return nil, err
		}
	}
	for _, n := range file.Fields {
		f := field{node: n, column: -1, kind: typeOf(n), place: places.uses(n)}
		if n != places.geometry && n != places.area && n.Name != places.covering && !reader.vectors.in(n) {
			f.column = len(reader.columns)
			reader.columns = append(reader.columns, Column{Name: n.Name, Type: f.kind})
		}
		reader.fields = append(reader.fields, f)
	}
	reader.row.Values = make([]any, len(reader.columns))
	return reader, nil
}

// recovered turns a panic of a decompressor into an error.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("%w: decoding the Parquet file: %v", loc2vec.ErrCorrupt, p)
	}
}

// Embeddings returns what the file says about its vectors, nil if they are not read.
func (r *Reader) Embeddings() *StoredEmbeddings {
	if r.vectors == nil {
		return nil
	}
	return &r.vectors.StoredEmbeddings
}

// Columns returns the columns of the rows: those of the file without the geometry, the boxes around
// it and vectors that are read as such.
func (r *Reader) Columns() []Column { return r.columns }

// Combined returns the column that holds both coordinates, -1 where the places of rows are read.
func (r *Reader) Combined() int {
	for _, f := range r.fields {
		if f.node == r.places.combined {
			return f.column
		}
	}
	return -1
}

// NumRows returns the number of rows that the file says it has.
func (r *Reader) NumRows() int64 { return r.file.NumRows() }

// Next returns the next row, or io.EOF after the last one. A row without a place is no error: Row.Err says why.
func (r *Reader) Next() (row *Row, err error) {
	defer recovered(&err)
	if err := r.rows.Next(); err != nil {
		return nil, err
	}
	r.places.start()
	for i := range r.fields {
		if err := r.read(&r.fields[i]); err != nil {
			return nil, err
		}
	}
	r.row.Place, r.row.Err = r.places.place()
	r.row.Number++
	return &r.row, nil
}

// read consumes a field of the row.
func (r *Reader) read(f *field) (err error) {
	n := f.node
	if f.place && n == r.places.geometry {
		if err := r.places.readGeometry(r.rows, n); err != nil {
			return err
		}
		return r.rows.Discard(n)
	}
	if r.vectors.in(n) {
		r.row.Vector, err = r.vectors.read(r.rows)
		return err
	}
	if f.column < 0 {
		return r.rows.Discard(n)
	}
	value := &r.row.Values[f.column]
	*value = nil
	if !n.Leaf() || n.Repetition == parquetfile.Repeated {
		text, ok, err := r.nested.read(n)
		if ok {
			*value = text
		}
		return err
	}
	if r.rows.Present(n) {
		*value = scalar(n, r.rows.Value(n))
	}
	if f.place {
		r.places.coordinate(n, *value)
	}
	return r.rows.Skip(n)
}

// Close releases the decompressors. What the reader was opened with stays open.
func (r *Reader) Close() error {
	r.file.Close()
	return nil
}
