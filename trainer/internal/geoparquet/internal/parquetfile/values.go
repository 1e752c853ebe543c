package parquetfile

import "encoding/binary"

// Value is a value of a column: Bits of Boolean, Int32 (sign extended), Int64, Float and Double (their IEEE bits),
// Bytes of the other types. Bytes are valid until the column moves on.
type Value struct {
	Bits  uint64
	Bytes []byte
}

// decoder reads the values of a page in turn.
type decoder interface {
	next(*Value) error
}

// plain reads values that follow each other (PLAIN).
type plain struct {
	physical Physical
	length   int // of FixedLenByteArray
	data     []byte
	bit      int // of Boolean
}

func (p *plain) next(v *Value) error {
	switch n := fixedSize(p.physical, p.length); p.physical {
	case Boolean:
		if p.bit >= 8*len(p.data) {
			return errEnds
		}
		v.Bits = bitsAt(p.data, p.bit, 1)
		p.bit++
	case ByteArray:
		if len(p.data) < 4 {
			return errEnds
		}
		n := uint64(binary.LittleEndian.Uint32(p.data))
		if n > uint64(len(p.data)-4) {
			return errEnds
		}
		v.Bytes = p.data[4 : 4+n : 4+n]
		p.data = p.data[4+n:]
	default:
		if len(p.data) < n {
			return errEnds
		}
		v.fixed(p.physical, p.data[:n:n])
		p.data = p.data[n:]
	}
	return nil
}

// fixed sets a value of a type with a fixed size of whole bytes.
func (v *Value) fixed(physical Physical, b []byte) {
	switch physical {
	case Int32:
		v.Bits = uint64(int64(int32(binary.LittleEndian.Uint32(b))))
	case Float:
		v.Bits = uint64(binary.LittleEndian.Uint32(b))
	case Int64, Double:
		v.Bits = binary.LittleEndian.Uint64(b)
	default:
		v.Bytes = b
	}
}

// fixedSize returns the bytes of a value, 0 for Boolean and ByteArray.
func fixedSize(physical Physical, length int) int {
	switch physical {
	case Int32, Float:
		return 4
	case Int64, Double:
		return 8
	case Int96:
		return 12
	case FixedLenByteArray:
		return length
	}
	return 0
}

// dictionary holds the values that pages of a column refer to.
type dictionary struct {
	physical Physical
	size     int      // of each value in bytes; 0: ends has where they end
	data     []byte   // without the lengths
	ends     []uint32 // of values of ByteArray
	n        int
}

// newDictionary reads the n values of a dictionary page. It keeps data.
func newDictionary(node *Node, data []byte, n int) (*dictionary, error) {
	d := &dictionary{physical: node.Physical, size: fixedSize(node.Physical, node.Length), data: data, n: n}
	switch {
	case node.Physical == Boolean:
		return nil, corrupt("a column of true and false has a dictionary")
	case d.size > 0:
		if n > len(data)/d.size {
			return nil, errEnds
		}
		return d, nil
	case n > len(data)/4:
		return nil, errEnds
	}
	d.ends = make([]uint32, n)
	from := &plain{physical: ByteArray, data: data}
	to := data[:0] // values move to the front, over their lengths
	for i := range d.ends {
		var v Value
		if err := from.next(&v); err != nil {
			return nil, err
		}
		to = append(to, v.Bytes...)
		d.ends[i] = uint32(len(to))
	}
	d.data = to
	return d, nil
}

func (d *dictionary) value(i uint64, v *Value) error {
	switch {
	case i >= uint64(d.n):
		return corrupt("a page refers to value %d of a dictionary of %d", i, d.n)
	case d.size > 0:
		at := int(i) * d.size
		v.fixed(d.physical, d.data[at:at+d.size:at+d.size])
	default:
		start := uint32(0)
		if i > 0 {
			start = d.ends[i-1]
		}
		v.Bytes = d.data[start:d.ends[i]:d.ends[i]]
	}
	return nil
}

// indices reads values of a dictionary by their number (RLE_DICTIONARY).
type indices struct {
	dictionary *dictionary
	hybrid     hybrid
}

func (r *indices) next(v *Value) error {
	i, err := r.hybrid.next()
	if err != nil {
		return err
	}
	return r.dictionary.value(i, v)
}

// booleans reads runs of true and false (RLE).
type booleans struct{ hybrid hybrid }

func (r *booleans) next(v *Value) (err error) {
	v.Bits, err = r.hybrid.next()
	return err
}

// deltas reads integers as differences (DELTA_BINARY_PACKED).
type deltas struct {
	delta *delta
	short bool // Int32
}

func (r *deltas) next(v *Value) error {
	i, err := r.delta.next()
	if r.short {
		i = int64(int32(i))
	}
	v.Bits = uint64(i)
	return err
}

// byteArrays reads byte arrays whose lengths, and optionally what they share with the one before, stand at the front
// of the page (DELTA_LENGTH_BYTE_ARRAY, DELTA_BYTE_ARRAY).
type byteArrays struct {
	prefixes *delta // nil: values share nothing
	lengths  *delta
	data     []byte
	last     []byte
}

func newByteArrays(data []byte, shared bool) (*byteArrays, error) {
	var s byteArrays
	for _, part := range []struct {
		wanted bool
		to     **delta
	}{{shared, &s.prefixes}, {true, &s.lengths}} {
		if !part.wanted {
			continue
		}
		d, err := newDelta(data)
		if err != nil {
			return nil, err
		}
		fresh := *d
		*part.to = &fresh
		if data, err = d.end(); err != nil {
			return nil, err
		}
	}
	s.data = data
	return &s, nil
}

func (s *byteArrays) next(v *Value) error {
	n, err := s.lengths.next()
	if err != nil {
		return err
	}
	if n < 0 || n > int64(len(s.data)) {
		return errEnds
	}
	rest := s.data[:n:n]
	s.data = s.data[n:]
	if s.prefixes == nil {
		v.Bytes = rest
		return nil
	}
	shared, err := s.prefixes.next()
	if err != nil {
		return err
	}
	if shared < 0 || shared > int64(len(s.last)) {
		return corrupt("a value shares %d bytes with one of %d", shared, len(s.last))
	}
	s.last = append(s.last[:shared], rest...)
	v.Bytes = s.last
	return nil
}

// split reads values whose first bytes stand together, then their second bytes, and so on (BYTE_STREAM_SPLIT).
type split struct {
	physical Physical
	data     []byte
	n, at    int // values in the page, and the next one
	value    []byte
}

func newSplit(node *Node, data []byte) (*split, error) {
	size := fixedSize(node.Physical, node.Length)
	if size == 0 || len(data)%size != 0 {
		return nil, corrupt("a page has %d bytes of values of %d", len(data), size)
	}
	return &split{physical: node.Physical, data: data, n: len(data) / size, value: make([]byte, size)}, nil
}

func (s *split) next(v *Value) error {
	if s.at >= s.n {
		return errEnds
	}
	for i := range s.value {
		s.value[i] = s.data[i*s.n+s.at]
	}
	s.at++
	v.fixed(s.physical, s.value)
	return nil
}
