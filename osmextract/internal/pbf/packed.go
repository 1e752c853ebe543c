package pbf

import "github.com/loc2vec/loc2vec/internal/wire"

// packed is a packed repeated field of varints. After an error, bad is set and all numbers are 0.
type packed struct {
	data []byte
	bad  bool
}

func (p *packed) more() bool { return len(p.data) > 0 && !p.bad }

func (p *packed) uvarint() uint64 {
	// Most numbers are deltas of one or two bytes.
	if len(p.data) > 0 && p.data[0] < 0x80 && !p.bad {
		v := uint64(p.data[0])
		p.data = p.data[1:]
		return v
	}
	return p.longUvarint()
}

func (p *packed) longUvarint() uint64 {
	v, n := wire.Uvarint(p.data)
	if n == 0 {
		p.data, p.bad = nil, true
		return 0
	}
	p.data = p.data[n:]
	return v
}

func (p *packed) svarint() int64 { return wire.Zigzag(p.uvarint()) }
