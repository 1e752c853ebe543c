package pbf

import (
	"fmt"

	"github.com/loc2vec/loc2vec"
)

// message walks the fields of a protocol buffer message.
type message struct {
	data []byte
	err  error

	// The current field: its number, and its value as the wire type has it.
	field  int
	varint uint64
	bytes  []byte
}

// Wire types of protocol buffers.
const (
	wireVarint = 0
	wire64     = 1
	wireBytes  = 2
	wire32     = 5
)

// next moves to the next field. It returns false at the end or on an error, which err holds.
func (m *message) next() bool {
	if len(m.data) == 0 || m.err != nil {
		return false
	}
	var key uint64
	if key, m.err = m.uvarint(); m.err != nil {
		return false
	}
	m.field, m.varint, m.bytes = int(key>>3), 0, nil
	switch key & 7 {
	case wireVarint:
		m.varint, m.err = m.uvarint()
	case wireBytes:
		var n uint64
		if n, m.err = m.uvarint(); m.err == nil {
			m.bytes, m.err = m.take(n)
		}
	case wire64:
		_, m.err = m.take(8)
	case wire32:
		_, m.err = m.take(4)
	default:
		m.err = fmt.Errorf("%w: wire type %d", loc2vec.ErrCorrupt, key&7)
	}
	return m.err == nil
}

func (m *message) take(n uint64) ([]byte, error) {
	if n > uint64(len(m.data)) {
		return nil, fmt.Errorf("%w: a field of %d bytes where %d are left", loc2vec.ErrCorrupt, n, len(m.data))
	}
	b := m.data[:n]
	m.data = m.data[n:]
	return b, nil
}

func (m *message) uvarint() (uint64, error) {
	v, rest, ok := uvarint(m.data)
	if !ok {
		return 0, fmt.Errorf("%w: a broken number", loc2vec.ErrCorrupt)
	}
	m.data = rest
	return v, nil
}

// uvarint splits a varint off the front of b.
func uvarint(b []byte) (v uint64, rest []byte, ok bool) {
	// Most numbers here are deltas of one or two bytes.
	if len(b) > 0 && b[0] < 0x80 {
		return uint64(b[0]), b[1:], true
	}
	for i := 0; i < len(b) && i < 10; i++ {
		v |= uint64(b[i]&0x7f) << (7 * i)
		if b[i] < 0x80 {
			return v, b[i+1:], true
		}
	}
	return 0, nil, false
}

func unzigzag(v uint64) int64 { return int64(v>>1) ^ -int64(v&1) }

// packed is a packed repeated field of varints. It turns sticky at the first error.
type packed struct {
	data []byte
	bad  bool
}

func (p *packed) more() bool { return len(p.data) > 0 && !p.bad }

func (p *packed) uvarint() uint64 {
	v, rest, ok := uvarint(p.data)
	if !ok {
		p.bad = true
		return 0
	}
	p.data = rest
	return v
}

func (p *packed) svarint() int64 { return unzigzag(p.uvarint()) }
