package pbf

import "github.com/loc2vec/loc2vec/internal/wire"

// packed reads a packed repeated field of varints. After an error, bad is set and all numbers are 0.
type packed struct {
	data []byte
	next int // index in data; advancing it, unlike data, needs no write barrier
	bad  bool
}

func (p *packed) more() bool { return p.next < len(p.data) }

func (p *packed) uvarint() uint64 {
	// Most numbers are deltas of one or two bytes.
	if p.next < len(p.data) && p.data[p.next] < 0x80 {
		v := uint64(p.data[p.next])
		p.next++
		return v
	}
	if p.next+1 < len(p.data) && p.data[p.next+1] < 0x80 {
		v := uint64(p.data[p.next]&0x7f) | uint64(p.data[p.next+1])<<7
		p.next += 2
		return v
	}
	return p.longUvarint()
}

func (p *packed) longUvarint() uint64 {
	v, n := wire.Uvarint(p.data[p.next:])
	if n == 0 {
		p.next, p.bad = len(p.data), true
		return 0
	}
	p.next += n
	return v
}

func (p *packed) svarint() int64 { return wire.Zigzag(p.uvarint()) }
