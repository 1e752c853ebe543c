package parquetfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/loc2vec/loc2vec"
)

// maxFooter bounds the metadata at the end of a file. A file of 100 columns and 1000 row groups (1000 million
// rows, as pyarrow writes them) has about 15 MB; this is four times as much.
const maxFooter = 64 << 20

const (
	// maxGroups bounds row groups. parquet.thrift numbers them with 16 bits.
	maxGroups = 1 << 16
	// maxChunks bounds the columns of all row groups, see maxFooter.
	maxChunks = 1 << 20
	// maxKeys bounds key-value metadata. Files have one for each library that wrote them.
	maxKeys = 1 << 16
)

// footer is the metadata at the end of a file (FileMetaData in parquet.thrift).
type footer struct {
	schema   []schemaElement // depth first
	rows     int64
	groups   []rowGroup
	metadata map[string]string
}

// rowGroup is a run of rows.
type rowGroup struct {
	rows   int64
	chunks []columnChunk
}

// columnChunk is where a column of a row group lies in the file.
type columnChunk struct {
	elsewhere, encrypted bool // in another file; or for those who have its key
	codec                codec
	values               int64
	compressed           int64 // bytes of all pages with their heads
	data, dictionary     int64 // where the first page and the dictionary begin; 0: no dictionary
}

const magic = "PAR1"

// readFooter reads the metadata of a file of the given size.
func readFooter(r io.ReaderAt, size int64) (*footer, error) {
	var head [4]byte
	var tail [8]byte
	if size < int64(len(head)+len(tail)) {
		return nil, fmt.Errorf("%w: no Parquet file: it has %d bytes", loc2vec.ErrCorrupt, size)
	}
	if _, err := r.ReadAt(head[:], 0); err != nil {
		return nil, err
	}
	if _, err := r.ReadAt(tail[:], size-8); err != nil {
		return nil, err
	}
	switch {
	case string(head[:]) == "PARE" && string(tail[4:]) == "PARE":
		return nil, errors.New("the Parquet file is encrypted")
	case string(head[:]) != magic:
		return nil, fmt.Errorf("%w: no Parquet file: it does not begin with %s", loc2vec.ErrCorrupt, magic)
	case string(tail[4:]) != magic:
		return nil, fmt.Errorf("%w: the Parquet file does not end with %s: it may be cut off", loc2vec.ErrCorrupt, magic)
	}
	n := int64(binary.LittleEndian.Uint32(tail[:]))
	switch {
	case n > size-12:
		return nil, fmt.Errorf("%w: the Parquet file's metadata of %d bytes are longer than the file", loc2vec.ErrCorrupt, n)
	case n > maxFooter:
		return nil, fmt.Errorf("%w: the Parquet file has %d bytes of metadata, more than %d", loc2vec.ErrCorrupt, n, maxFooter)
	}
	data := make([]byte, n)
	if _, err := r.ReadAt(data, size-8-n); err != nil {
		return nil, err
	}
	t := thriftReader{data: data}
	f := t.footer()
	if t.err != nil {
		return nil, fmt.Errorf("%w: reading the Parquet file's metadata: %w", loc2vec.ErrCorrupt, t.err)
	}
	return f, nil
}

func (r *thriftReader) footer() *footer {
	f := &footer{metadata: map[string]string{}}
	r.fields(func(field thriftField) {
		switch field {
		case thriftField{2, thriftList}:
			r.structs(maxColumns*maxDepth, func() { f.schema = append(f.schema, r.schemaElement()) })
		case thriftField{3, thriftInt}:
			f.rows = r.int()
		case thriftField{4, thriftList}:
			chunks := 0
			r.structs(maxGroups, func() {
				f.groups = append(f.groups, r.rowGroup())
				if chunks += len(f.groups[len(f.groups)-1].chunks); chunks > maxChunks {
					r.fail(fmt.Errorf("its row groups have more than %d columns in all", maxChunks))
				}
			})
		case thriftField{5, thriftList}:
			r.structs(maxKeys, func() {
				if key, value := r.keyValue(); r.err == nil {
					f.metadata[key] = value
				}
			})
		default:
			r.skip(field.kind)
		}
	})
	return f
}

func (r *thriftReader) keyValue() (key, value string) {
	r.fields(func(field thriftField) {
		switch field {
		case thriftField{1, thriftBytes}:
			key = r.string()
		case thriftField{2, thriftBytes}:
			value = r.string()
		default:
			r.skip(field.kind)
		}
	})
	return key, value
}

func (r *thriftReader) rowGroup() (g rowGroup) {
	r.fields(func(field thriftField) {
		switch field {
		case thriftField{1, thriftList}:
			r.structs(maxColumns, func() { g.chunks = append(g.chunks, r.columnChunk()) })
		case thriftField{3, thriftInt}:
			g.rows = r.int()
		default:
			r.skip(field.kind)
		}
	})
	return g
}

func (r *thriftReader) columnChunk() (c columnChunk) {
	r.fields(func(field thriftField) {
		switch field {
		case thriftField{1, thriftBytes}:
			c.elsewhere = len(r.bytes()) > 0
		case thriftField{3, thriftStruct}:
			r.columnMetadata(&c)
		case thriftField{8, thriftStruct}, thriftField{9, thriftBytes}:
			c.encrypted = true
			r.skip(field.kind)
		default:
			r.skip(field.kind)
		}
	})
	return c
}

func (r *thriftReader) columnMetadata(c *columnChunk) {
	r.fields(func(field thriftField) {
		switch field {
		case thriftField{4, thriftInt}:
			c.codec = codec(r.int32())
		case thriftField{5, thriftInt}:
			c.values = r.int()
		case thriftField{7, thriftInt}:
			c.compressed = r.int()
		case thriftField{9, thriftInt}:
			c.data = r.int()
		case thriftField{11, thriftInt}:
			c.dictionary = r.int()
		default:
			r.skip(field.kind)
		}
	})
}
