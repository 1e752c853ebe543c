package parquetfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"github.com/loc2vec/loc2vec"
)

// lie is a file of one optional column of byte arrays whose footer and page heads say what a test wants.
type lie struct {
	footer format.FileMetaData
	pages  []page
}

type page struct {
	head format.PageHeader
	data []byte
}

// newLie returns an honest file of n values in one page.
func newLie(encoding format.Encoding, n int, data []byte) *lie {
	l := &lie{footer: format.FileMetaData{Version: 1, NumRows: int64(n)}}
	l.footer.Schema = thrift.Slice[format.SchemaElement]{
		{Name: "rows", NumChildren: thrift.Null[int32]{V: 1, Valid: true}},
		{Name: "a", Type: thrift.Null[format.Type]{V: format.ByteArray, Valid: true}, RepetitionType: thrift.Null[format.FieldRepetitionType]{V: format.Required, Valid: true}},
	}
	chunk := format.ColumnChunk{MetaData: format.ColumnMetaData{Type: format.ByteArray, NumValues: int64(n), DataPageOffset: 4}}
	l.footer.RowGroups = thrift.Slice[format.RowGroup]{{NumRows: int64(n), Columns: thrift.Slice[format.ColumnChunk]{chunk}}}
	head := format.PageHeader{Type: format.DataPage, UncompressedPageSize: int32(len(data)), CompressedPageSize: int32(len(data))}
	head.DataPageHeader = thrift.Null[format.DataPageHeader]{Valid: true, V: format.DataPageHeader{
		NumValues: int32(n), Encoding: encoding, DefinitionLevelEncoding: format.RLE, RepetitionLevelEncoding: format.RLE,
	}}
	l.pages = []page{{head, data}}
	return l
}

// file returns the bytes of the file.
func (l *lie) file(t testing.TB) []byte {
	t.Helper()
	marshal := func(v any) []byte {
		b, err := thrift.Marshal(new(thrift.CompactProtocol), v)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	out := []byte(magic)
	for _, p := range l.pages {
		out = append(append(out, marshal(&p.head)...), p.data...)
	}
	if chunk := &l.footer.RowGroups[0].Columns[0].MetaData; chunk.TotalCompressedSize == 0 {
		chunk.TotalCompressedSize = int64(len(out) - len(magic))
	}
	return sealed(out, marshal(&l.footer))
}

// sealed appends a footer.
func sealed(out, footer []byte) []byte {
	out = append(out, footer...)
	return append(binary.LittleEndian.AppendUint32(out, uint32(len(footer))), magic...)
}

// readAllRows reads the first column of all rows.
func readAllRows(data []byte) (values []string, err error) {
	f, err := Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rows := f.Rows()
	for {
		if err := rows.Next(); errors.Is(err, io.EOF) {
			return values, nil
		} else if err != nil {
			return values, err
		}
		values = append(values, string(rows.Value(f.Fields[0]).Bytes))
		if err := rows.Skip(f.Fields[0]); err != nil {
			return values, err
		}
	}
}

// plainText are the values "a" and "bc", plainly encoded.
var plainText = []byte("\x01\x00\x00\x00a\x02\x00\x00\x00bc")

// TestLies: heads and footers that state more than the file has are errors that say so, found without allocating what
// they state.
func TestLies(t *testing.T) {
	for _, c := range []struct {
		name string
		tell func(*lie)
		want string
	}{
		{"honest", func(*lie) {}, ""},
		{"a page of 2 GB", func(l *lie) { l.pages[0].head.UncompressedPageSize = math.MaxInt32 }, "a page has more than"},
		{"a page beyond the file", func(l *lie) { l.pages[0].head.CompressedPageSize = 1 << 20 }, "longer than its column"},
		{"a page of negative size", func(l *lie) { l.pages[0].head.CompressedPageSize = -1 }, "a negative size"},
		{"a page of another size", func(l *lie) { l.pages[0].head.UncompressedPageSize++ }, "another size than its head says"},
		{"more values than the page has", func(l *lie) { l.pages[0].head.DataPageHeader.V.NumValues = 3; l.rows(3) }, "ends before its last value"},
		{"a billion values", func(l *lie) { l.pages[0].head.DataPageHeader.V.NumValues = 1e9; l.rows(1e9) }, "ends before its last value"},
		{"more values than the column", func(l *lie) { l.pages[0].head.DataPageHeader.V.NumValues = 3 }, "more values than it has"},
		{"more rows than values", func(l *lie) { l.footer.RowGroups[0].NumRows = 3 }, "another number of rows"},
		{"fewer rows than values", func(l *lie) { l.footer.RowGroups[0].NumRows = 1 }, "more rows than its row group"},
		{"negative rows", func(l *lie) { l.footer.RowGroups[0].NumRows = -1 }, "-1 rows"},
		{"a column beyond the file", func(l *lie) { l.chunk().DataPageOffset = 1 << 40 }, "outside the Parquet file"},
		{"a column before the file", func(l *lie) { l.chunk().DataPageOffset = -4 }, "outside the Parquet file"},
		{"a column longer than the file", func(l *lie) { l.chunk().TotalCompressedSize = math.MaxInt64 }, "outside the Parquet file"},
		{"a dictionary that is missing", func(l *lie) { l.pages[0].head.DataPageHeader.V.Encoding = format.RLEDictionary }, "a dictionary that is missing"},
		{"an encoding of other types", func(l *lie) { l.pages[0].head.DataPageHeader.V.Encoding = format.DeltaBinaryPacked }, "encoding 5, which is not read"},
		{"an unknown codec", func(l *lie) { l.chunk().Codec = 42 }, "codec 42, which is not read"},
		{"no LZ4", func(l *lie) { l.chunk().Codec = format.Lz4 }, "decompressing a page"},
		{"a checksum that differs", func(l *lie) { l.pages[0].head.CRC = 7 }, "the checksum of a page differs"},
		{"two columns in a row group of one", func(l *lie) {
			l.footer.Schema[0].NumChildren.V = 2
			l.footer.Schema = append(l.footer.Schema, l.footer.Schema[1])
		}, "has 1 columns of 2"},
		{"children that are missing", func(l *lie) { l.footer.Schema[0].NumChildren.V = math.MaxInt32 }, "schema ends too soon"},
		{"no columns", func(l *lie) { l.footer.Schema[0].NumChildren.V = 0 }, "has no columns"},
		{"a column in another file", func(l *lie) { l.footer.RowGroups[0].Columns[0].FilePath = "other" }, "lies in another file"},
		{"groups in groups", func(l *lie) {
			for range 50 {
				l.footer.Schema = slices.Insert(l.footer.Schema, 1, format.SchemaElement{Name: "g", NumChildren: thrift.Null[int32]{V: 1, Valid: true}})
			}
		}, "nested more than"},
		{"values without an end", func(l *lie) {
			l.footer.Schema[1].Type.V, l.footer.Schema[1].TypeLength = format.FixedLenByteArray, thrift.Null[int32]{V: math.MaxInt32, Valid: true}
		}, "have a length of"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLie(format.Plain, 2, plainText)
			c.tell(l)
			data := l.file(t)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			values, err := readAllRows(data)
			runtime.ReadMemStats(&after)
			if used := after.TotalAlloc - before.TotalAlloc; used > 1<<20 {
				t.Errorf("allocates %d bytes", used)
			}
			if c.want == "" {
				if err != nil || !slices.Equal(values, []string{"a", "bc"}) {
					t.Errorf("%q, %v", values, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func (l *lie) rows(n int64) {
	l.footer.RowGroups[0].NumRows, l.chunk().NumValues = n, n
}

func (l *lie) chunk() *format.ColumnMetaData { return &l.footer.RowGroups[0].Columns[0].MetaData }

// TestSharedPrefixes: values that share a megabyte each are read one at a time; all at once they would take a terabyte.
func TestSharedPrefixes(t *testing.T) {
	const n, size = 1_000_000, 1 << 20
	prefixes, lengths := make([]int32, n), make([]int32, n)
	for i := range prefixes {
		prefixes[i] = size
	}
	prefixes[0], lengths[0] = 0, size
	data := bytes.Join([][]byte{packed(t, prefixes), packed(t, lengths), bytes.Repeat([]byte("x"), size)}, nil)
	file := newLie(format.DeltaByteArray, n, data).file(t)
	f, err := Open(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	rows := f.Rows()
	for range n {
		if err := rows.Next(); err != nil {
			t.Fatal(err)
		}
		if got := len(rows.Value(f.Fields[0]).Bytes); got != size {
			t.Fatalf("a value of %d bytes", got)
		}
		if err := rows.Skip(f.Fields[0]); err != nil {
			t.Fatal(err)
		}
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 20<<20 {
		t.Errorf("allocates %d bytes", used)
	}
}

// packed returns integers as differences.
func packed(t *testing.T, values []int32) []byte {
	t.Helper()
	b, err := parquet.DeltaBinaryPacked.EncodeInt32(nil, values)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestHostileFooters: lists that state more elements than there are bytes, and metadata nested without an end.
func TestHostileFooters(t *testing.T) {
	deep := bytes.Repeat([]byte{0xfc}, 100_000) // a struct in field 15 of a struct, and so on
	lists := bytes.Repeat([]byte{0x19}, 100_000)
	huge := append([]byte{0x29, 0xfc}, binary.AppendUvarint(nil, math.MaxUint32)...) // the schema has 4 billion elements
	pages := append([]byte{0x49, 0xfc}, append(binary.AppendUvarint(nil, 90_000), make([]byte, 100_000)...)...)
	for i, footer := range [][]byte{nil, deep, lists, huge, pages, {0x1b, 0xff, 0xff, 0xff, 0x7f, 0x88}} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := readAllRows(sealed([]byte(magic), footer))
		runtime.ReadMemStats(&after)
		if !errors.Is(err, loc2vec.ErrCorrupt) {
			t.Errorf("footer %d: %v", i, err)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 20<<20 {
			t.Errorf("footer %d allocates %d bytes", i, used)
		}
	}
}
