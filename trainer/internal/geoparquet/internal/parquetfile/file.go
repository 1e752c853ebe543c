// Package parquetfile reads the rows of Parquet files, whatever their bytes say.
//
// Pages are decoded value by value: memory is bounded by the pages that the columns hold (maxPages), never by a count
// that a file states, and damaged files are errors that wrap loc2vec.ErrCorrupt. github.com/parquet-go/parquet-go,
// which writes our files, reads trusted ones faster; it allocates what lengths in the file ask for.
//
// The format is https://github.com/apache/parquet-format: parquet.thrift, Encodings.md, LogicalTypes.md.
package parquetfile

import (
	"errors"
	"fmt"
	"io"

	"github.com/loc2vec/loc2vec"
)

// File is an open Parquet file. It must be used by one goroutine.
type File struct {
	Fields []*Node // at the top of the schema

	r        io.ReaderAt
	footer   *footer
	columns  []*Node
	inflater inflater
	buffer   []byte // compressed pages and heads of pages
	held     int    // bytes of pages and dictionaries
}

// Open reads the metadata of a file of the given size.
func Open(r io.ReaderAt, size int64) (*File, error) {
	footer, err := readFooter(r, size)
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: the Parquet file is shorter than %d bytes", loc2vec.ErrCorrupt, size)
	}
	if err != nil {
		return nil, err
	}
	f := &File{r: r, footer: footer}
	if f.Fields, f.columns, err = newSchema(footer.schema); err != nil {
		return nil, err
	}
	if err := f.check(size); err != nil {
		return nil, err
	}
	return f, nil
}

// Field returns the field of that name at the top of the schema, or nil if the file lacks it.
func (f *File) Field(name string) *Node {
	for _, n := range f.Fields {
		if n.Name == name {
			return n
		}
	}
	return nil
}

// FieldNames returns the names of the fields at the top of the schema.
func (f *File) FieldNames() []string {
	names := make([]string, len(f.Fields))
	for i, n := range f.Fields {
		names[i] = n.Name
	}
	return names
}

// check checks the row groups against the schema and the size of the file.
func (f *File) check(size int64) error {
	for i, g := range f.footer.groups {
		if len(g.chunks) != len(f.columns) {
			return corrupt("row group %d has %d columns of %d", i, len(g.chunks), len(f.columns))
		}
		if g.rows < 0 {
			return corrupt("row group %d has %d rows", i, g.rows)
		}
		for j, c := range g.chunks {
			switch name := f.columns[j].Name; {
			case c.encrypted:
				return fmt.Errorf("column %q of the Parquet file is encrypted", name)
			case c.elsewhere:
				return fmt.Errorf("column %q of the Parquet file lies in another file, which is not read", name)
			case c.values < 0 || c.compressed < 0 || c.start() < 0 || c.start() > size || c.compressed > size-c.start():
				return corrupt("column %q of row group %d lies outside the Parquet file", name, i)
			}
		}
	}
	return nil
}

// start returns where the first page of a chunk begins.
func (c *columnChunk) start() int64 {
	if c.dictionary > 0 && c.dictionary < c.data {
		return c.dictionary
	}
	return c.data
}

// NumRows returns the number of rows that the file says it has.
func (f *File) NumRows() int64 {
	n := int64(0)
	for _, g := range f.footer.groups {
		n += min(g.rows, 1<<40)
	}
	return n
}

// Metadata returns a value of the file's key-value metadata.
func (f *File) Metadata(key string) (value string, ok bool) {
	value, ok = f.footer.metadata[key]
	return value, ok
}

// Close releases the decompressors. The reader that the file was opened with stays open.
func (f *File) Close() { f.inflater.close() }

// scratch returns n bytes that are valid until the next call.
func (f *File) scratch(n int) []byte {
	if cap(f.buffer) < n {
		f.buffer = make([]byte, n)
	}
	return f.buffer[:n]
}
