package parquetfile

import (
	"bytes"
	"fmt"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"

	"github.com/loc2vec/loc2vec"
)

// codec is how pages are compressed (CompressionCodec in parquet.thrift).
type codec int32

const (
	uncompressed codec = 0
	snappyCodec  codec = 1
	gzipCodec    codec = 2
	brotliCodec  codec = 4
	lz4Hadoop    codec = 5 // deprecated: what it is differs from writer to writer
	zstdCodec    codec = 6
	lz4Raw       codec = 7
)

// inflater decompresses pages. One is shared by the columns of a file, which are read by one goroutine.
type inflater struct {
	zstd *zstd.Decoder
}

// inflate decompresses a page to dst, whose length is the page's according to its head. It never writes more.
func (f *inflater) inflate(dst, src []byte, c codec) (err error) {
	n := 0
	switch c {
	case uncompressed:
		n = copy(dst, src)
		if len(src) > len(dst) {
			n = len(src)
		}
	case snappyCodec:
		if n, err = snappy.DecodedLen(src); err == nil && n == len(dst) {
			_, err = snappy.Decode(dst, src)
		}
	case gzipCodec:
		var r *gzip.Reader
		if r, err = gzip.NewReader(bytes.NewReader(src)); err == nil {
			n, err = readAll(dst, r)
		}
	case brotliCodec:
		n, err = readAll(dst, brotli.NewReader(bytes.NewReader(src)))
	case zstdCodec:
		n, err = f.inflateZstd(dst, src)
	case lz4Raw:
		n, err = inflateLZ4(dst, src)
	case lz4Hadoop:
		n, err = inflateHadoop(dst, src)
	default:
		return fmt.Errorf("its pages are compressed with codec %d, which is not read", c)
	}
	if err != nil {
		return fmt.Errorf("%w: decompressing a page: %w", loc2vec.ErrCorrupt, err)
	}
	if n != len(dst) {
		return fmt.Errorf("%w: a page has another size than its head says", loc2vec.ErrCorrupt)
	}
	return nil
}

func (f *inflater) inflateZstd(dst, src []byte) (int, error) {
	if f.zstd == nil {
		d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxPage))
		if err != nil {
			return 0, err
		}
		f.zstd = d
	}
	if err := f.zstd.Reset(bytes.NewReader(src)); err != nil {
		return 0, err
	}
	return readAll(dst, f.zstd)
}

// readAll fills dst from r and returns len(dst)+1 if r has more.
func readAll(dst []byte, r io.Reader) (int, error) {
	n, err := io.ReadFull(r, dst)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return n, nil
	}
	if err != nil {
		return n, err
	}
	var more [1]byte
	switch m, err := io.ReadFull(r, more[:]); {
	case m > 0:
		return n + 1, nil
	case err == io.EOF:
		return n, nil
	default:
		return n, err
	}
}

// close releases the decompressors.
func (f *inflater) close() {
	if f.zstd != nil {
		f.zstd.Close()
	}
}
