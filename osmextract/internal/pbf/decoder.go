package pbf

import (
	"bytes"
	"fmt"
	"io"
	"time"

	"github.com/klauspost/compress/zlib"
	"github.com/paulmach/osm"

	"github.com/loc2vec/loc2vec"
)

// Node is a point of the map. Lat and Lon are WGS84 degrees times 1e7, within ±90e7 and ±180e7.
type Node struct {
	ID       int64
	Lat, Lon int32
	Tags     osm.Tags
}

// Way is a chain of nodes.
type Way struct {
	ID   int64
	Refs []int64 // ids of its nodes
	Tags osm.Tags
}

// MemberType says what a relation's member is. The values are those of the format.
type MemberType uint8

const (
	NodeMember     MemberType = 0
	WayMember      MemberType = 1
	RelationMember MemberType = 2
)

// Member is one member of a relation.
type Member struct {
	ID   int64
	Type MemberType
	Role string
}

// Relation is a group of objects.
type Relation struct {
	ID      int64
	Members []Member
	Tags    osm.Tags
}

// Handler gets the objects of a block. Kinds of objects whose function is nil are skipped without
// being decoded. The objects and their slices are valid until the function returns; strings may be
// kept, at the price of keeping the strings of the whole block alive.
type Handler struct {
	Node     func(*Node)
	Way      func(*Way)
	Relation func(*Relation)
}

// Contents says which kinds of objects a block holds.
type Contents struct {
	Nodes, Ways, Relations bool
}

// Decoder decodes blocks. The zero value is ready. A decoder keeps its buffers between blocks and
// is not safe for concurrent use: give each goroutine its own.
type Decoder struct {
	// Newest is the latest time at which an object that was handed out had been edited, zero when the
	// file does not tell. It is kept up only while TrackTime is set.
	Newest    time.Time
	TrackTime bool
	// Found tells what the last block held, whether it was handed out or not.
	Found Contents
	// Content is the inflated block that Decode has decoded, valid until its next call.
	Content []byte
	// Unplaced counts nodes whose coordinates are not on Earth. They are not handed out.
	Unplaced int

	compressed, inflated []byte
	source               bytes.Reader
	zlib                 io.ReadCloser

	table                              []byte // string table that has not been read yet
	strings                            []string
	groups                             [][]byte
	granularity, latOffset, lonOffset  int64
	dateGranularity, newestInThisBlock int64

	node     Node
	way      Way
	relation Relation
}

// Decode decodes one blob of f. Errors name the blob's offset and wrap loc2vec.ErrCorrupt where the
// bytes are at fault; objects before the fault have been handed out.
func (d *Decoder) Decode(f *File, blob Blob, h Handler) error {
	content, err := d.inflate(f, blob)
	if err != nil {
		return fmt.Errorf("blob at byte %d: %w", blob.Offset, err)
	}
	d.Content = content
	return d.DecodeContent(content, blob, h)
}

// DecodeContent is Decode for a blob that has been inflated before.
func (d *Decoder) DecodeContent(content []byte, blob Blob, h Handler) error {
	if err := d.decodeBlock(content, h); err != nil {
		return fmt.Errorf("blob at byte %d: %w", blob.Offset, err)
	}
	return nil
}

// inflate returns the content of a blob, valid until the next call.
func (d *Decoder) inflate(f *File, blob Blob) ([]byte, error) {
	if cap(d.compressed) < int(blob.bytes) {
		d.compressed = make([]byte, blob.bytes+blob.bytes/4)
	}
	raw := d.compressed[:blob.bytes]
	if err := f.readAt(raw, blob.start); err != nil {
		return nil, err
	}
	var plain, deflated []byte
	size := uint64(0)
	m := message{data: raw}
	for m.next() {
		switch m.field {
		case 1:
			plain = m.bytes
		case 2:
			size = m.varint
		case 3:
			deflated = m.bytes
		case 4, 5, 6, 7:
			return nil, fmt.Errorf("the blob is compressed with lzma, bzip2, lz4 or zstd: only zlib is supported")
		}
	}
	switch {
	case m.err != nil:
		return nil, m.err
	case deflated == nil && plain == nil:
		return nil, fmt.Errorf("%w: a blob without data", loc2vec.ErrCorrupt)
	case deflated == nil:
		return plain, nil
	case size == 0 || size > maxBlobBytes:
		return nil, fmt.Errorf("%w: a blob that says to inflate to %d bytes", loc2vec.ErrCorrupt, size)
	}
	return d.inflateZlib(deflated, int(size))
}

func (d *Decoder) inflateZlib(deflated []byte, size int) ([]byte, error) {
	d.source.Reset(deflated)
	var err error
	if d.zlib == nil {
		d.zlib, err = zlib.NewReader(&d.source)
	} else {
		err = d.zlib.(zlib.Resetter).Reset(&d.source, nil)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: inflating: %w", loc2vec.ErrCorrupt, err)
	}
	// One byte more than stated, to see that the stream ends there: its checksum is read only then.
	if cap(d.inflated) < size+1 {
		d.inflated = make([]byte, size+1+size/4)
	}
	n, err := io.ReadFull(d.zlib, d.inflated[:size+1])
	if err != io.ErrUnexpectedEOF || n != size {
		if err == nil || err == io.EOF || err == io.ErrUnexpectedEOF {
			err = fmt.Errorf("%d bytes or more instead of %d", n, size)
		}
		return nil, fmt.Errorf("%w: inflating: %w", loc2vec.ErrCorrupt, err)
	}
	return d.inflated[:size], nil
}

// decodeBlock decodes a PrimitiveBlock.
func (d *Decoder) decodeBlock(data []byte, h Handler) error {
	d.table, d.strings, d.groups, d.Found = nil, d.strings[:0], d.groups[:0], Contents{}
	d.granularity, d.latOffset, d.lonOffset, d.dateGranularity, d.newestInThisBlock = 100, 0, 0, 1000, 0
	m := message{data: data}
	for m.next() {
		switch m.field {
		case 1:
			d.table = m.bytes
		case 2:
			// Groups are read last: the numbers that they depend on may follow them.
			d.groups = append(d.groups, m.bytes)
		case 17:
			d.granularity = int64(int32(m.varint))
		case 18:
			d.dateGranularity = int64(int32(m.varint))
		case 19:
			d.latOffset = int64(m.varint)
		case 20:
			d.lonOffset = int64(m.varint)
		}
	}
	if m.err != nil {
		return m.err
	}
	for _, g := range d.groups {
		if err := d.decodeGroup(g, h); err != nil {
			return err
		}
	}
	if d.newestInThisBlock > 0 {
		if t := time.UnixMilli(d.newestInThisBlock * d.dateGranularity).UTC(); t.After(d.Newest) {
			d.Newest = t
		}
	}
	return nil
}

// readStrings reads the block's StringTable unless it has been read. The strings share one copy of
// its bytes.
func (d *Decoder) readStrings() error {
	all := string(d.table)
	m := message{data: d.table}
	for m.next() {
		if m.field == 1 {
			end := len(all) - len(m.data)
			d.strings = append(d.strings, all[end-len(m.bytes):end])
		}
	}
	d.table = nil
	return m.err
}

func (d *Decoder) decodeGroup(data []byte, h Handler) error {
	m := message{data: data}
	for m.next() {
		d.Found.Nodes = d.Found.Nodes || m.field == 1 || m.field == 2
		d.Found.Ways = d.Found.Ways || m.field == 3
		d.Found.Relations = d.Found.Relations || m.field == 4
		wanted := h.Node != nil && (m.field == 1 || m.field == 2) || h.Way != nil && m.field == 3 || h.Relation != nil && m.field == 4
		if !wanted {
			continue
		}
		err := d.readStrings()
		if err != nil {
			return err
		}
		switch m.field {
		case 1:
			err = d.decodeNode(m.bytes, h.Node)
		case 2:
			err = d.decodeDenseNodes(m.bytes, h.Node)
		case 3:
			err = d.decodeWay(m.bytes, h.Way)
		case 4:
			err = d.decodeRelation(m.bytes, h.Relation)
		}
		if err != nil {
			return err
		}
	}
	return m.err
}
