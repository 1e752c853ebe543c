package parquetfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"

	"github.com/loc2vec/loc2vec"
)

// hadoop compresses every 50,000 bytes to a frame.
type hadoop struct{ compress.Codec }

func (h hadoop) Encode(_, src []byte) (dst []byte, err error) {
	for part := range slices.Chunk(src, 50_000) {
		block, err := h.Codec.Encode(make([]byte, 0, 2*len(part)+100), part)
		if err != nil {
			return nil, err
		}
		dst = binary.BigEndian.AppendUint32(dst, uint32(len(part)))
		dst = append(binary.BigEndian.AppendUint32(dst, uint32(len(block))), block...)
	}
	return dst, nil
}

// TestInflate: pages that parquet-go compresses come back, and damaged ones or ones of another size are errors that
// never write beyond the page.
func TestInflate(t *testing.T) {
	long := bytes.Repeat([]byte("a page of a column, "), 5000)
	for i := range long {
		if i%37 == 0 {
			long[i] = byte(i / 37)
		}
	}
	for _, c := range []struct {
		name  string
		codec codec
		peer  compress.Codec
	}{
		{"none", uncompressed, &parquet.Uncompressed}, {"snappy", snappyCodec, &parquet.Snappy},
		{"gzip", gzipCodec, &parquet.Gzip}, {"brotli", brotliCodec, &parquet.Brotli},
		{"zstd", zstdCodec, &parquet.Zstd}, {"lz4", lz4Raw, &parquet.Lz4Raw},
		{"lz4 of Arrow", lz4Hadoop, &parquet.Lz4Raw}, {"lz4 of Hadoop", lz4Hadoop, hadoop{&parquet.Lz4Raw}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var f inflater
			defer f.close()
			for _, page := range [][]byte{{1}, []byte("short"), long} {
				src, err := c.peer.Encode(make([]byte, 0, 2*len(page)+100), page)
				if err != nil {
					t.Fatal(err)
				}
				for _, size := range []int{len(page), len(page) - 1, len(page) + 1, 0} {
					buffer := bytes.Repeat([]byte{0xa5}, size+64)
					err := f.inflate(buffer[:size:size], src, c.codec)
					if size == len(page) && (err != nil || !bytes.Equal(buffer[:size], page)) {
						t.Fatalf("%d bytes: %v", size, err)
					}
					if size != len(page) && !errors.Is(err, loc2vec.ErrCorrupt) {
						t.Errorf("%d bytes as %d: %v", len(page), size, err)
					}
					if !bytes.Equal(buffer[size:], bytes.Repeat([]byte{0xa5}, 64)) {
						t.Errorf("%d bytes as %d: written beyond the page", len(page), size)
					}
				}
				for cut := range min(len(src), 200) {
					got := make([]byte, len(page))
					err := f.inflate(got, src[:cut], c.codec)
					if !errors.Is(err, loc2vec.ErrCorrupt) && !bytes.Equal(got, page) { // brotli ends with bits of no content
						t.Errorf("%d bytes cut to %d: %v", len(src), cut, err)
					}
				}
			}
		})
	}
}
