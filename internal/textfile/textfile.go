// Package textfile opens text files as UTF-8.
package textfile

import (
	"bufio"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"golang.org/x/text/encoding/unicode"

	"github.com/loc2vec/loc2vec"
)

// BufferSize is the number of bytes that a caller can peek at, at least.
const BufferSize = 1 << 16

// NewReader returns the text of a file as UTF-8 without a byte order mark. The file may be compressed with gzip. It may
// be in UTF-16 with a byte order mark, or without one if it starts with "<" or "{", as XML and JSON do. Everything else
// is passed on as it is.
func NewReader(r io.Reader) (*bufio.Reader, error) {
	b := bufio.NewReaderSize(r, BufferSize)
	if magic, _ := b.Peek(2); string(magic) == "\x1f\x8b" {
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, fmt.Errorf("%w: reading a gzip header: %w", loc2vec.ErrCorrupt, err)
		}
		b = bufio.NewReaderSize(z, BufferSize)
	}
	order, wide := byteOrder(b)
	if !wide {
		return b, nil
	}
	decoder := unicode.UTF16(order, unicode.UseBOM).NewDecoder()
	return bufio.NewReaderSize(decoder.Reader(b), BufferSize), nil
}

// byteOrder returns the byte order of UTF-16, or not wide for any other text, whose UTF-8 byte order mark it skips.
func byteOrder(b *bufio.Reader) (order unicode.Endianness, wide bool) {
	if mark, _ := b.Peek(3); string(mark) == "\ufeff" {
		b.Discard(3) // cannot fail: it was just peeked at
		return order, false
	}
	start, _ := b.Peek(2)
	switch string(start) {
	case "\xff\xfe", "<\x00", "{\x00":
		return unicode.LittleEndian, true
	case "\xfe\xff", "\x00<", "\x00{":
		return unicode.BigEndian, true
	}
	return order, false
}
