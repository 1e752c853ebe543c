package parquetfile

import (
	"encoding/binary"
	"fmt"

	"github.com/loc2vec/loc2vec"
)

// corrupt is the error for bytes that contradict themselves.
func corrupt(format string, args ...any) error {
	return fmt.Errorf("%w: %s", loc2vec.ErrCorrupt, fmt.Sprintf(format, args...))
}

// errEnds: a page has fewer values than its head says.
var errEnds = corrupt("a page ends before its last value")

// bitsAt returns the width bits that begin at bit offset of data, least significant first. All of them must lie
// within data, and width be at most 64.
func bitsAt(data []byte, offset, width int) uint64 {
	if width == 0 {
		return 0
	}
	at, shift := offset>>3, offset&7
	var v uint64
	if at+8 <= len(data) {
		v = binary.LittleEndian.Uint64(data[at:]) >> shift
	} else {
		for i, b := range data[at:] {
			v |= uint64(b) << (8 * i)
		}
		v >>= shift
	}
	if shift+width > 64 {
		v |= uint64(data[at+8]) << (64 - shift)
	}
	return v & (^uint64(0) >> (64 - width))
}

// hybrid reads runs of equal values and runs of packed bits (the encoding RLE), one value at a time.
type hybrid struct {
	data   []byte
	width  int
	left   uint64 // values left in the run
	packed bool   // data begins with the run's bits
	bit    int    // of the next value in a packed run
	value  uint64 // of a run of equal values
}

// newHybrid reads values of width bits, at most 32.
func newHybrid(data []byte, width int) (hybrid, error) {
	if width > 32 {
		return hybrid{}, corrupt("a page has values of %d bits", width)
	}
	return hybrid{data: data, width: width}, nil
}

func (h *hybrid) next() (uint64, error) {
	for h.left == 0 {
		if err := h.run(); err != nil {
			return 0, err
		}
	}
	h.left--
	if !h.packed {
		return h.value, nil
	}
	if h.bit+h.width > 8*len(h.data) {
		return 0, errEnds
	}
	v := bitsAt(h.data, h.bit, h.width)
	h.bit += h.width
	return v, nil
}

// run reads the head of the next run.
func (h *hybrid) run() error {
	if h.packed { // over the bits of the run before
		h.data = h.data[(h.bit+7)/8:]
		h.packed, h.bit = false, 0
	}
	head, n := binary.Uvarint(h.data)
	if n <= 0 || head>>1 > 1<<31 {
		return errEnds
	}
	h.data = h.data[n:]
	h.left = head >> 1
	if head&1 == 1 {
		h.packed = true
		h.left *= 8
		return nil
	}
	width := (h.width + 7) / 8
	if width > len(h.data) {
		return errEnds
	}
	h.value = 0
	for i, b := range h.data[:width] {
		h.value |= uint64(b) << (8 * i)
	}
	h.data = h.data[width:]
	return nil
}

// delta reads integers as differences in packed bits (DELTA_BINARY_PACKED), one at a time.
type delta struct {
	data    []byte // from the miniblock on
	mini    int    // values in a miniblock
	minis   int    // miniblocks in a block
	left    uint64 // values not read yet, the first included
	started bool
	last    int64
	least   int64  // of the differences of the block
	widths  []byte // of the miniblocks left in the block
	in      int    // values left in the miniblock
	width   int
	bit     int
}

// maxBlock bounds the values of a block. Writers have blocks of 128.
const maxBlock = 1 << 16

func newDelta(data []byte) (*delta, error) {
	t := thriftReader{data: data} // the head has the same kinds of integers
	block, minis, total, first := t.uvarint(), t.uvarint(), t.uvarint(), t.int()
	if t.err != nil {
		return nil, errEnds
	}
	if minis == 0 || block > maxBlock || block%minis != 0 || block/minis%8 != 0 || block == 0 {
		return nil, corrupt("a page has blocks of %d values in %d parts", block, minis)
	}
	return &delta{data: t.data, mini: int(block / minis), minis: int(minis), left: total, last: first}, nil
}

func (d *delta) next() (int64, error) {
	if d.left == 0 {
		return 0, errEnds
	}
	d.left--
	if !d.started {
		d.started = true
		return d.last, nil
	}
	if d.in == 0 {
		if err := d.miniblock(); err != nil {
			return 0, err
		}
	}
	d.in--
	d.last += d.least + int64(bitsAt(d.data, d.bit, d.width))
	d.bit += d.width
	return d.last, nil
}

// miniblock goes to the next miniblock, whose bits are checked to be there.
func (d *delta) miniblock() error {
	d.data = d.data[d.bit/8:]
	if len(d.widths) == 0 {
		t := thriftReader{data: d.data}
		d.least = t.int()
		if t.err != nil || len(t.data) < d.minis {
			return errEnds
		}
		d.widths, d.data = t.data[:d.minis], t.data[d.minis:]
	}
	d.width, d.widths = int(d.widths[0]), d.widths[1:]
	if d.width > 64 {
		return corrupt("a page has values of %d bits", d.width)
	}
	if d.mini*d.width > 8*len(d.data) {
		return errEnds
	}
	d.in, d.bit = d.mini, 0
	return nil
}

// end returns what follows the integers. The receiver has to be fresh, and is used up.
func (d *delta) end() ([]byte, error) {
	if d.left > 0 {
		d.left-- // the first value lies in the head
	}
	for d.left > 0 {
		if err := d.miniblock(); err != nil {
			return nil, err
		}
		d.bit = d.mini * d.width
		d.left -= min(d.left, uint64(d.mini))
	}
	return d.data[d.bit/8:], nil
}
