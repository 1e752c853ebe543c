// Package deflate compresses and expands gzip members within bounds.
package deflate

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/adler32"
	"hash/crc32"
	"io"
	"slices"

	"github.com/klauspost/compress/flate"

	"github.com/loc2vec/loc2vec"
)

const (
	// gzipHeader starts every gzip member of a pack (RFC 1952): deflate, no flags, no time, best
	// compression, unknown system. With a fixed header, checksums protect every byte.
	gzipHeader = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
	// zlibHeader starts data in the form of zlib: deflate with a window of 32 KiB, best compression.
	zlibHeader = "\x78\xda"
	// gzipTrailer is the size of the trailing CRC-32 and length.
	gzipTrailer = 8
	// MaxRatio exceeds the largest compression ratio of deflate, about 1032:1.
	MaxRatio = 1040
)

// Compressor deflates data. The zero value is ready; it is not safe for concurrent use.
type Compressor struct {
	w *flate.Writer
	b bytes.Buffer
}

// AppendGzip appends data as one gzip member to dst. The same data gives the same bytes.
func (d *Compressor) AppendGzip(dst, data []byte) ([]byte, error) {
	deflated, err := d.deflate(data)
	if err != nil {
		return nil, err
	}
	dst = append(append(dst, gzipHeader...), deflated...)
	dst = binary.LittleEndian.AppendUint32(dst, crc32.ChecksumIEEE(data))
	return binary.LittleEndian.AppendUint32(dst, uint32(len(data))), nil
}

// AppendZlib appends data in the form of zlib (RFC 1950) to dst, as PNG has it.
func (d *Compressor) AppendZlib(dst, data []byte) ([]byte, error) {
	deflated, err := d.deflate(data)
	if err != nil {
		return nil, err
	}
	dst = append(append(dst, zlibHeader...), deflated...)
	return binary.BigEndian.AppendUint32(dst, adler32.Checksum(data)), nil
}

// deflate returns the deflated data, which are valid until the next call.
func (d *Compressor) deflate(data []byte) ([]byte, error) {
	d.b.Reset()
	if d.w == nil {
		w, err := flate.NewWriter(&d.b, flate.BestCompression)
		if err != nil {
			return nil, fmt.Errorf("starting the compressor: %w", err)
		}
		d.w = w
	} else {
		d.w.Reset(&d.b)
	}
	if _, err := d.w.Write(data); err != nil {
		return nil, fmt.Errorf("compressing: %w", err)
	}
	if err := d.w.Close(); err != nil {
		return nil, fmt.Errorf("compressing: %w", err)
	}
	return d.b.Bytes(), nil
}

// Expander reads gzip members. The zero value is ready; it is not safe for concurrent use.
type Expander struct {
	src  bytes.Reader
	r    io.ReadCloser
	more [1]byte // for a byte after the end, which is an error
}

// AppendGunzipped appends the contents of the gzip member, which is the whole of data, to dst. It allocates
// no more than the length that the member states, and at most limit bytes. Errors wrap loc2vec.ErrCorrupt.
func (f *Expander) AppendGunzipped(dst, data []byte, limit int) ([]byte, error) {
	const overhead = len(gzipHeader) + gzipTrailer
	if len(data) < overhead || string(data[:len(gzipHeader)]) != gzipHeader {
		return nil, fmt.Errorf("%w: not a gzip member", loc2vec.ErrCorrupt)
	}
	body, trailer := data[len(gzipHeader):len(data)-gzipTrailer], data[len(data)-gzipTrailer:]
	size := uint64(binary.LittleEndian.Uint32(trailer[4:]))
	if size > uint64(limit) || size > MaxRatio*uint64(len(body)) {
		return nil, fmt.Errorf("%w: %d bytes that expand to %d", loc2vec.ErrCorrupt, len(data), size)
	}

	start := len(dst)
	dst = slices.Grow(dst, int(size))[:start+int(size)]
	if err := f.Inflate(dst[start:], body); err != nil {
		return nil, err
	}
	if crc32.ChecksumIEEE(dst[start:]) != binary.LittleEndian.Uint32(trailer) {
		return nil, fmt.Errorf("%w: checksum mismatch", loc2vec.ErrCorrupt)
	}
	return dst, nil
}

// Inflate decompresses deflate data into dst, which it must fill exactly. Errors wrap loc2vec.ErrCorrupt.
func (f *Expander) Inflate(dst, deflated []byte) error {
	f.src.Reset(deflated)
	if f.r == nil {
		f.r = flate.NewReader(&f.src)
	} else if err := f.r.(flate.Resetter).Reset(&f.src, nil); err != nil {
		return fmt.Errorf("decompressing: %w", err)
	}
	if _, err := io.ReadFull(f.r, dst); err != nil {
		return fmt.Errorf("%w: decompressing: %w", loc2vec.ErrCorrupt, err)
	}
	if n, err := f.r.Read(f.more[:]); n != 0 || err != io.EOF || f.src.Len() != 0 {
		return fmt.Errorf("%w: compressed data goes on after its end", loc2vec.ErrCorrupt)
	}
	return nil
}
