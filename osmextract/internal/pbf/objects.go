package pbf

import (
	"fmt"

	"github.com/paulmach/osm"

	"github.com/loc2vec/loc2vec"
)

// decodeNode decodes a Node message, which few files use instead of DenseNodes.
func (d *Decoder) decodeNode(data []byte, emit func(*Node)) error {
	d.node = Node{Tags: d.node.Tags[:0]}
	var keys, values packed
	var lat, lon int64
	m := message{data: data}
	for m.next() {
		switch m.field {
		case 1:
			d.node.ID = unzigzag(m.varint)
		case 2:
			keys.data = m.bytes
		case 3:
			values.data = m.bytes
		case 4:
			d.readInfo(m.bytes)
		case 8:
			lat = unzigzag(m.varint)
		case 9:
			lon = unzigzag(m.varint)
		}
	}
	if m.err != nil {
		return fmt.Errorf("a node: %w", m.err)
	}
	var err error
	if d.node.Tags, err = d.appendTags(d.node.Tags, keys, values); err != nil {
		return fmt.Errorf("node %d: %w", d.node.ID, err)
	}
	d.emitNode(lat, lon, emit)
	return nil
}

// decodeDenseNodes decodes a DenseNodes message: parallel arrays of deltas, and the tags of all
// nodes in one array, each node's ended by a 0.
func (d *Decoder) decodeDenseNodes(data []byte, emit func(*Node)) error {
	var ids, lats, lons, tags, times packed
	m := message{data: data}
	for m.next() {
		switch m.field {
		case 1:
			ids.data = m.bytes
		case 5:
			if d.TrackTime {
				times.data = denseTimes(m.bytes)
			}
		case 8:
			lats.data = m.bytes
		case 9:
			lons.data = m.bytes
		case 10:
			tags.data = m.bytes
		}
	}
	if m.err != nil {
		return fmt.Errorf("dense nodes: %w", m.err)
	}
	var id, lat, lon, t int64
	for ids.more() {
		id += ids.svarint()
		lat += lats.svarint()
		lon += lons.svarint()
		if times.more() {
			t += times.svarint()
			d.newestInThisBlock = max(d.newestInThisBlock, t)
		}
		d.node.ID, d.node.Tags = id, d.node.Tags[:0]
		for tags.more() {
			key := tags.uvarint()
			if key == 0 {
				break
			}
			var err error
			if d.node.Tags, err = d.appendTag(d.node.Tags, key, tags.uvarint()); err != nil {
				return fmt.Errorf("node %d: %w", id, err)
			}
		}
		if ids.bad || lats.bad || lons.bad || tags.bad {
			return fmt.Errorf("dense nodes: %w: the arrays differ in length or break off", loc2vec.ErrCorrupt)
		}
		d.emitNode(lat, lon, emit)
	}
	if ids.bad || lats.more() || lons.more() {
		return fmt.Errorf("dense nodes: %w: the arrays differ in length or break off", loc2vec.ErrCorrupt)
	}
	return nil
}

// denseTimes returns the timestamps of a DenseInfo message, if there are any that can be read.
func denseTimes(data []byte) []byte {
	m := message{data: data}
	for m.next() {
		if m.field == 2 {
			return m.bytes
		}
	}
	return nil
}

// emitNode turns the numbers of the block into a place and hands the node out.
func (d *Decoder) emitNode(lat, lon int64, emit func(*Node)) {
	// In nanodegrees, to the nearest 1e-7 degree, which is the precision of the map.
	round := func(offset, v int64) int64 {
		n := offset + d.granularity*v
		if n < 0 {
			return -((50 - n) / 100)
		}
		return (n + 50) / 100
	}
	lat, lon = round(d.latOffset, lat), round(d.lonOffset, lon)
	if lat < -90e7 || lat > 90e7 || lon < -180e7 || lon > 180e7 {
		d.Unplaced++
		return
	}
	d.node.Lat, d.node.Lon = int32(lat), int32(lon)
	emit(&d.node)
}

func (d *Decoder) decodeWay(data []byte, emit func(*Way)) error {
	d.way = Way{Refs: d.way.Refs[:0], Tags: d.way.Tags[:0]}
	var keys, values, refs packed
	m := message{data: data}
	for m.next() {
		switch m.field {
		case 1:
			d.way.ID = int64(m.varint)
		case 2:
			keys.data = m.bytes
		case 3:
			values.data = m.bytes
		case 4:
			d.readInfo(m.bytes)
		case 8:
			refs.data = m.bytes
		}
	}
	if m.err != nil {
		return fmt.Errorf("a way: %w", m.err)
	}
	var err error
	if d.way.Tags, err = d.appendTags(d.way.Tags, keys, values); err != nil {
		return fmt.Errorf("way %d: %w", d.way.ID, err)
	}
	id := int64(0)
	for refs.more() {
		id += refs.svarint()
		d.way.Refs = append(d.way.Refs, id)
	}
	if refs.bad {
		return fmt.Errorf("way %d: %w: the nodes break off", d.way.ID, loc2vec.ErrCorrupt)
	}
	emit(&d.way)
	return nil
}

func (d *Decoder) decodeRelation(data []byte, emit func(*Relation)) error {
	d.relation = Relation{Members: d.relation.Members[:0], Tags: d.relation.Tags[:0]}
	var keys, values, roles, ids, types packed
	m := message{data: data}
	for m.next() {
		switch m.field {
		case 1:
			d.relation.ID = int64(m.varint)
		case 2:
			keys.data = m.bytes
		case 3:
			values.data = m.bytes
		case 4:
			d.readInfo(m.bytes)
		case 8:
			roles.data = m.bytes
		case 9:
			ids.data = m.bytes
		case 10:
			types.data = m.bytes
		}
	}
	if m.err != nil {
		return fmt.Errorf("a relation: %w", m.err)
	}
	var err error
	if d.relation.Tags, err = d.appendTags(d.relation.Tags, keys, values); err != nil {
		return fmt.Errorf("relation %d: %w", d.relation.ID, err)
	}
	id := int64(0)
	for ids.more() {
		id += ids.svarint()
		role, kind := roles.uvarint(), types.uvarint()
		if ids.bad || roles.bad || types.bad || role >= uint64(len(d.strings)) || kind > uint64(RelationMember) {
			return fmt.Errorf("relation %d: %w: broken members", d.relation.ID, loc2vec.ErrCorrupt)
		}
		d.relation.Members = append(d.relation.Members, Member{ID: id, Type: MemberType(kind), Role: d.strings[role]})
	}
	emit(&d.relation)
	return nil
}

func (d *Decoder) appendTags(dst osm.Tags, keys, values packed) (osm.Tags, error) {
	var err error
	for keys.more() && err == nil {
		key, value := keys.uvarint(), values.uvarint()
		if keys.bad || values.bad {
			return dst, fmt.Errorf("%w: the tags break off", loc2vec.ErrCorrupt)
		}
		dst, err = d.appendTag(dst, key, value)
	}
	return dst, err
}

func (d *Decoder) appendTag(dst osm.Tags, key, value uint64) (osm.Tags, error) {
	n := uint64(len(d.strings))
	if key >= n || value >= n {
		return dst, fmt.Errorf("%w: string %d of %d", loc2vec.ErrCorrupt, max(key, value), n)
	}
	return append(dst, osm.Tag{Key: d.strings[key], Value: d.strings[value]}), nil
}

// readInfo looks at the time in an Info message. A broken one only loses the date.
func (d *Decoder) readInfo(data []byte) {
	if !d.TrackTime {
		return
	}
	m := message{data: data}
	for m.next() {
		if m.field == 2 {
			d.newestInThisBlock = max(d.newestInThisBlock, int64(m.varint))
		}
	}
}
