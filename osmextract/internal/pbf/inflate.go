package pbf

import (
	"bytes"
	"fmt"
	"io"

	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/wire"
)

// inflater decompresses blobs. The zero value is ready. It reuses its buffers and is not safe for
// concurrent use.
type inflater struct {
	source   bytes.Reader
	zlib     io.ReadCloser
	zstd     *zstd.Decoder
	inflated []byte
}

// Fields of a Blob message that hold its content in one way or another.
const (
	rawField   = 1
	zlibField  = 3
	lzmaField  = 4
	bzip2Field = 5
	lz4Field   = 6
	zstdField  = 7
)

// blob returns the content of a Blob message, valid until the next call. The content must have the
// stated size exactly, which is bounded.
func (f *inflater) blob(data []byte) ([]byte, error) {
	var content []byte
	size, form := uint64(0), 0
	m := wire.NewReader(data)
	for m.Next() {
		switch m.Field {
		case 2:
			size = m.Value
		case rawField, zlibField, lzmaField, bzip2Field, lz4Field, zstdField:
			content, form = m.Bytes, m.Field
		}
	}
	switch {
	case m.Err() != nil:
		return nil, m.Err()
	case content == nil:
		return nil, fmt.Errorf("%w: a blob without data", loc2vec.ErrCorrupt)
	case form == rawField:
		return content, nil
	case form == lzmaField:
		return nil, errCompression("lzma")
	case form == bzip2Field:
		return nil, errCompression("bzip2")
	case size == 0 || size > maxBlobBytes:
		return nil, fmt.Errorf("%w: a blob that says to inflate to %d bytes", loc2vec.ErrCorrupt, size)
	case size > freeBytes+maxExpansion*uint64(len(content)):
		return nil, fmt.Errorf("%w: a blob of %d bytes that says to inflate to %d", loc2vec.ErrCorrupt, len(content), size)
	}
	// One more byte shows content that is longer than stated. The zlib reader verifies the checksum
	// behind it.
	room := int(size) + 1
	if cap(f.inflated) < room {
		f.inflated = make([]byte, room+room/4)
	}
	n, err := f.inflate(f.inflated[:room], content, form)
	if err == nil && n != int(size) {
		err = fmt.Errorf("%d bytes or more instead of %d", n, size)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: inflating: %w", loc2vec.ErrCorrupt, err)
	}
	return f.inflated[:n], nil
}

func errCompression(name string) error {
	return fmt.Errorf("the blob is compressed with %s, which is not supported: convert the file with osmium cat", name)
}

// inflate decompresses into dst and returns the number of bytes, at most len(dst).
func (f *inflater) inflate(dst, content []byte, form int) (int, error) {
	switch form {
	case lz4Field:
		return lz4.UncompressBlock(content, dst)
	case zstdField:
		return f.inflateZstd(dst, content)
	}
	return f.inflateZlib(dst, content)
}

func (f *inflater) inflateZlib(dst, content []byte) (int, error) {
	f.source.Reset(content)
	var err error
	if f.zlib == nil {
		f.zlib, err = zlib.NewReader(&f.source)
	} else {
		err = f.zlib.(zlib.Resetter).Reset(&f.source, nil)
	}
	if err != nil {
		return 0, err
	}
	n, err := io.ReadFull(f.zlib, dst)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = nil // the caller checks the size
	}
	return n, err
}

func (f *inflater) inflateZstd(dst, content []byte) (int, error) {
	if f.zstd == nil {
		var err error
		// It decompresses on this goroutine, and never beyond the capacity of dst.
		f.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecodeAllCapLimit(true),
			zstd.WithDecoderMaxMemory(2*maxBlobBytes), zstd.WithDecoderMaxWindow(maxBlobBytes))
		if err != nil {
			return 0, err
		}
	}
	out, err := f.zstd.DecodeAll(content, dst[:0:len(dst)])
	return len(out), err
}
