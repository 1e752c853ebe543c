package pbf

import (
	"fmt"

	"github.com/paulmach/osm"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/wire"
)

// Types is a set of element types.
type Types uint8

const (
	Nodes Types = 1 << iota
	Ways
	Relations
)

// Decoder decodes blocks into elements of package osm. The zero value is ready. It reuses its
// buffers from block to block and is not safe for concurrent use: each goroutine needs its own.
//
// A node has ID, Lat, Lon, Tags and Timestamp; a way has ID, the IDs of its Nodes, Tags and
// Timestamp; a relation has ID, Type, Ref and Role of its Members, Tags and Timestamp. All elements
// are Visible. Other fields are zero, but the Nodes of a located way have Lat and Lon. Coordinates are
// multiples of 1e-7 degrees, the precision of OpenStreetMap, and may lie beyond the Earth: osmium
// writes 214.7483647 for a node of a way that it does not know.
type Decoder struct {
	// Timestamps asks for the elements' Timestamp.
	Timestamps bool
	// Found is the set of types in the last block.
	Found Types
	// Located says that a way of the last block has the coordinates of its nodes.
	Located bool
	// Content is the inflated block of the last call of Decode, valid until the next one.
	Content []byte

	compressed []byte
	inflater   inflater

	table                             []byte // the string table, nil once its strings are read
	strings                           []string
	groups                            [][]byte
	granularity, latOffset, lonOffset int64
	dateGranularity                   int64

	want     Types
	visit    func(osm.Object) error
	visitErr error

	node     osm.Node
	way      osm.Way
	relation osm.Relation
}

// Decode calls visit with each element of the wanted types in a blob of f and stops at its first
// error, which it returns unchanged. The element and its slices are valid until visit returns;
// strings may be kept, but keep all strings of the block in memory. Errors about the file name the
// offset of the blob, and wrap loc2vec.ErrCorrupt for damaged bytes; visit has then seen the elements
// before the damage.
func (d *Decoder) Decode(f *File, blob Blob, want Types, visit func(osm.Object) error) error {
	content, err := d.inflate(f, blob)
	if err != nil {
		return fmt.Errorf("blob at byte %d: %w", blob.Offset, err)
	}
	d.Content = content
	return d.DecodeContent(content, blob, want, visit)
}

// DecodeContent is like Decode for the inflated content of a blob.
func (d *Decoder) DecodeContent(content []byte, blob Blob, want Types, visit func(osm.Object) error) error {
	d.want, d.visit, d.visitErr = want, visit, nil
	err := d.decodeBlock(content)
	if d.visit = nil; d.visitErr != nil {
		return d.visitErr
	}
	if err != nil {
		return fmt.Errorf("blob at byte %d: %w", blob.Offset, err)
	}
	return nil
}

// emit hands an element to visit.
func (d *Decoder) emit(o osm.Object) error {
	d.visitErr = d.visit(o)
	return d.visitErr
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
	return d.inflater.blob(raw)
}

// decodeBlock decodes a PrimitiveBlock.
func (d *Decoder) decodeBlock(data []byte) error {
	d.table, d.strings, d.groups, d.Found, d.Located = nil, d.strings[:0], d.groups[:0], 0, false
	d.granularity, d.latOffset, d.lonOffset, d.dateGranularity = 100, 0, 0, 1000
	m := wire.NewReader(data)
	for m.Next() {
		switch m.Field {
		case 1:
			d.table = m.Bytes
		case 2:
			if len(d.groups) == maxGroups {
				return fmt.Errorf("%w: more than %d groups in a block", loc2vec.ErrCorrupt, maxGroups)
			}
			// The numbers that groups depend on may follow them.
			d.groups = append(d.groups, m.Bytes)
		case 17:
			d.granularity = int64(int32(m.Value))
		case 18:
			d.dateGranularity = int64(int32(m.Value))
		case 19:
			d.latOffset = int64(m.Value)
		case 20:
			d.lonOffset = int64(m.Value)
		}
	}
	if m.Err() != nil {
		return m.Err()
	}
	for _, g := range d.groups {
		if err := d.decodeGroup(g); err != nil {
			return err
		}
	}
	return nil
}

// readStrings reads the StringTable of the block once. The strings share one copy of its bytes.
func (d *Decoder) readStrings() error {
	all := string(d.table)
	m := wire.NewReader(d.table)
	for m.Next() {
		if m.Field == 1 {
			if len(d.strings) == maxStrings {
				return fmt.Errorf("%w: more than %d strings in a block", loc2vec.ErrCorrupt, maxStrings)
			}
			end := len(all) - len(m.Rest())
			d.strings = append(d.strings, all[end-len(m.Bytes):end])
		}
	}
	d.table = nil
	return m.Err()
}

// typeOf returns the element type of a field of a PrimitiveGroup, 0 for other fields.
func typeOf(field int) Types {
	switch field {
	case 1, 2:
		return Nodes
	case 3:
		return Ways
	case 4:
		return Relations
	}
	return 0
}

func (d *Decoder) decodeGroup(data []byte) error {
	m := wire.NewReader(data)
	for m.Next() {
		t := typeOf(m.Field)
		d.Found |= t
		if t == Ways && !d.Located && d.want&Ways == 0 { // decodeWay sees it by itself
			d.Located = isLocated(m.Bytes)
		}
		if d.want&t == 0 {
			continue
		}
		err := d.readStrings()
		if err != nil {
			return err
		}
		switch m.Field {
		case 1:
			err = d.decodeNode(m.Bytes)
		case 2:
			err = d.decodeDenseNodes(m.Bytes)
		case 3:
			err = d.decodeWay(m.Bytes)
		case 4:
			err = d.decodeRelation(m.Bytes)
		}
		if err != nil {
			return err
		}
	}
	return m.Err()
}
