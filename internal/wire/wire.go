// Package wire reads and appends the fields of protocol buffer messages.
//
// It implements the wire format (https://protobuf.dev/programming-guides/encoding/) as far as vector tiles,
// OpenStreetMap extracts and ONNX models use it: variable-length and fixed-size numbers and length-delimited fields.
package wire

import (
	"encoding/binary"
	"fmt"

	"github.com/loc2vec/loc2vec"
)

// Type is the wire type of a field.
type Type uint8

// The wire types. Groups, types 3 and 4, are rejected.
const (
	Varint  Type = 0
	Fixed64 Type = 1
	Bytes   Type = 2
	Fixed32 Type = 5
)

// maxField is the largest field number that the wire format has.
const maxField = 1<<29 - 1

// Reader iterates over the fields of one message, as a bufio.Scanner does over lines. It refers to the message,
// copies nothing and allocates only for an error. Not safe for concurrent use.
type Reader struct {
	rest []byte
	err  error

	// Field is the number of the current field.
	Field int
	// Type is the current field's wire type.
	Type Type
	// Value is a Varint, Fixed32 or Fixed64 field's number.
	Value uint64
	// Bytes is the content of a Bytes field: a part of the message.
	Bytes []byte
}

// NewReader returns a reader of the message.
func NewReader(message []byte) Reader { return Reader{rest: message} }

// Next advances to the next field. It returns false at the end of the message and after an error.
func (r *Reader) Next() bool {
	if len(r.rest) == 0 || r.err != nil {
		return false
	}
	key, ok := r.Uvarint()
	if !ok {
		return false
	}
	if key>>3 == 0 || key>>3 > maxField {
		r.err = fmt.Errorf("%w: field number %d", loc2vec.ErrCorrupt, key>>3)
		return false
	}
	r.Field, r.Type, r.Value, r.Bytes = int(key>>3), Type(key&7), 0, nil
	switch r.Type {
	case Varint:
		r.Value, ok = r.Uvarint()
		return ok
	case Bytes:
		var n uint64
		if n, ok = r.Uvarint(); ok {
			r.Bytes, ok = r.take(n)
		}
		return ok
	case Fixed64:
		b, ok := r.take(8)
		if ok {
			r.Value = binary.LittleEndian.Uint64(b)
		}
		return ok
	case Fixed32:
		b, ok := r.take(4)
		if ok {
			r.Value = uint64(binary.LittleEndian.Uint32(b))
		}
		return ok
	}
	r.err = fmt.Errorf("%w: field of wire type %d", loc2vec.ErrCorrupt, r.Type)
	return false
}

// Err returns the error that ended the iteration, nil at the end of the message. It wraps loc2vec.ErrCorrupt.
func (r *Reader) Err() error { return r.err }

// Rest returns what follows the current field.
func (r *Reader) Rest() []byte { return r.rest }

// Uvarint reads a bare variable-length number, as packed fields and PMTiles directories hold them. It returns false
// when the number is cut off or does not fit 64 bits, which Err then reports.
func (r *Reader) Uvarint() (uint64, bool) {
	v, n := Uvarint(r.rest)
	if n == 0 {
		r.err = fmt.Errorf("%w: a number is cut off or too long", loc2vec.ErrCorrupt)
		return 0, false
	}
	r.rest = r.rest[n:]
	return v, true
}

// take cuts n bytes off the message.
func (r *Reader) take(n uint64) ([]byte, bool) {
	if n > uint64(len(r.rest)) {
		r.err = fmt.Errorf("%w: a field of %d bytes where %d are left", loc2vec.ErrCorrupt, n, len(r.rest))
		return nil, false
	}
	b := r.rest[:n:n]
	r.rest = r.rest[n:]
	return b, true
}

// Uvarint decodes the variable-length number that b begins with. It returns the number of bytes read, 0 when the
// number is cut off or does not fit 64 bits.
func Uvarint(b []byte) (v uint64, n int) {
	if len(b) > 0 && b[0] < 0x80 { // most numbers take one byte
		return uint64(b[0]), 1
	}
	for i, c := range b {
		if i == 9 && c > 1 { // the tenth byte holds the 64th bit
			break
		}
		v |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			return v, i + 1
		}
	}
	return 0, 0
}

// Zigzag decodes a signed number (sint32, sint64) from its variable-length form.
func Zigzag(v uint64) int64 { return int64(v>>1) ^ -int64(v&1) }

// AppendVarint appends a field that holds a variable-length number.
func AppendVarint(dst []byte, field int, v uint64) []byte {
	dst = binary.AppendUvarint(dst, uint64(field)<<3|uint64(Varint))
	return binary.AppendUvarint(dst, v)
}

// AppendBytes appends a length-delimited field.
func AppendBytes(dst []byte, field int, v []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(field)<<3|uint64(Bytes))
	dst = binary.AppendUvarint(dst, uint64(len(v)))
	return append(dst, v...)
}

// AppendFixed32 appends a field that holds a 32-bit number.
func AppendFixed32(dst []byte, field int, v uint32) []byte {
	dst = binary.AppendUvarint(dst, uint64(field)<<3|uint64(Fixed32))
	return binary.LittleEndian.AppendUint32(dst, v)
}
