package parquetfile

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// thriftType is the type of a value in Thrift's compact protocol. The protocol has one type for each width of
// integer; i16, i32 and i64 have the same encoding and are all thriftInt here.
type thriftType byte

const (
	thriftStop   thriftType = 0
	thriftTrue   thriftType = 1
	thriftFalse  thriftType = 2
	thriftByte   thriftType = 3
	thriftInt    thriftType = 4
	thriftDouble thriftType = 7
	thriftBytes  thriftType = 8
	thriftList   thriftType = 9
	thriftSet    thriftType = 10
	thriftMap    thriftType = 11
	thriftStruct thriftType = 12
)

// errShort: the bytes end within a value.
var errShort = errors.New("the bytes end too soon")

// maxThriftDepth bounds structs within structs. Parquet's own metadata has six levels.
const maxThriftDepth = 32

// thriftReader reads values of Thrift's compact protocol. The first error stays; after it all values are zero.
// Byte strings are parts of data.
type thriftReader struct {
	data  []byte // not read yet
	err   error
	depth int
}

func (r *thriftReader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.data = nil
}

// byte reads one byte, which is the encoding of an i8.
func (r *thriftReader) byte() byte {
	if len(r.data) == 0 {
		r.fail(errShort)
		return 0
	}
	b := r.data[0]
	r.data = r.data[1:]
	return b
}

func (r *thriftReader) uvarint() uint64 {
	v, n := binary.Uvarint(r.data)
	switch {
	case n == 0:
		r.fail(errShort)
		return 0
	case n < 0:
		r.fail(errors.New("an integer has more than 64 bits"))
		return 0
	}
	r.data = r.data[n:]
	return v
}

// int reads an i16, i32 or i64.
func (r *thriftReader) int() int64 {
	v := r.uvarint()
	return int64(v>>1) ^ -int64(v&1)
}

// int32 reads an integer that has to fit 32 bits.
func (r *thriftReader) int32() int32 {
	v := r.int()
	if int64(int32(v)) != v {
		r.fail(errors.New("an integer has more than 32 bits"))
		return 0
	}
	return int32(v)
}

func (r *thriftReader) bytes() []byte {
	n := r.uvarint()
	if n > uint64(len(r.data)) {
		r.fail(errShort)
		return nil
	}
	b := r.data[:n:n]
	r.data = r.data[n:]
	return b
}

func (r *thriftReader) string() string { return string(r.bytes()) }

// list reads the head of a list or set. Each element takes at least one byte, so n is at most len(r.data).
func (r *thriftReader) list() (element thriftType, n int) {
	head := r.byte()
	size := uint64(head >> 4)
	if size == 15 {
		size = r.uvarint()
	}
	if size > uint64(len(r.data)) {
		r.fail(errShort)
		return 0, 0
	}
	return typeOf(head), int(size)
}

// structs calls read for each element of a list of structs. It skips a list of another type. A list of more than most
// elements is an error.
func (r *thriftReader) structs(most int, read func()) {
	element, n := r.list()
	if n > most {
		r.fail(fmt.Errorf("a list has %d elements, more than %d", n, most))
		return
	}
	for range n {
		if r.err != nil {
			return
		}
		if element != thriftStruct {
			r.skip(element)
			continue
		}
		read()
	}
}

// typeOf returns the type in the low four bits of a head.
func typeOf(head byte) thriftType {
	switch t := thriftType(head & 15); t {
	case 4, 5, 6: // i16, i32, i64
		return thriftInt
	default:
		return t
	}
}

// thriftField identifies a field of a struct: its number and the type of its value.
type thriftField struct {
	id   int64
	kind thriftType
}

// fields calls read for each field of a struct. read has to read or skip the value.
func (r *thriftReader) fields(read func(thriftField)) {
	if r.depth++; r.depth > maxThriftDepth {
		r.fail(errors.New("structs are nested too deeply"))
	}
	defer func() { r.depth-- }()
	id := int64(0)
	for r.err == nil {
		head := r.byte()
		kind := typeOf(head)
		if kind == thriftStop {
			return
		}
		if delta := int64(head >> 4); delta != 0 {
			id += delta
		} else {
			id = r.int()
		}
		if r.err == nil {
			read(thriftField{id, kind})
		}
	}
}

// skip reads over a value of a field.
func (r *thriftReader) skip(kind thriftType) {
	switch kind {
	case thriftTrue, thriftFalse: // the value is in the type
	case thriftByte:
		r.byte()
	case thriftInt:
		r.uvarint()
	case thriftDouble:
		if len(r.data) < 8 {
			r.fail(errShort)
			return
		}
		r.data = r.data[8:]
	case thriftBytes:
		r.bytes()
	case thriftList, thriftSet:
		element, n := r.list()
		for ; n > 0 && r.err == nil; n-- {
			r.skipElement(element)
		}
	case thriftMap:
		r.skipMap()
	case thriftStruct:
		r.fields(func(f thriftField) { r.skip(f.kind) })
	default:
		r.fail(errors.New("a value has an unknown type"))
	}
}

// skipElement reads over an element of a list or map, where booleans are a byte.
func (r *thriftReader) skipElement(kind thriftType) {
	switch {
	case kind == thriftTrue || kind == thriftFalse:
		r.byte()
	case r.depth >= maxThriftDepth:
		r.fail(errors.New("lists are nested too deeply"))
	default:
		r.depth++
		r.skip(kind)
		r.depth--
	}
}

func (r *thriftReader) skipMap() {
	n := r.uvarint()
	if n == 0 {
		return
	}
	kinds := r.byte()
	if n > uint64(len(r.data)) {
		r.fail(errShort)
		return
	}
	for ; n > 0 && r.err == nil; n-- {
		r.skipElement(typeOf(kinds >> 4))
		r.skipElement(typeOf(kinds))
	}
}
