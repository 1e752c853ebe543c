package pbf

import (
	"fmt"
	"time"

	"github.com/paulmach/osm"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/wire"
)

// decodeNode decodes a Node message. Most files hold DenseNodes instead.
func (d *Decoder) decodeNode(data []byte) error {
	d.node = osm.Node{Tags: d.node.Tags[:0]}
	var keys, values packed
	var lat, lon int64
	m := wire.NewReader(data)
	for m.Next() {
		switch m.Field {
		case 1:
			d.node.ID = osm.NodeID(wire.Zigzag(m.Value))
		case 2:
			keys.data = m.Bytes
		case 3:
			values.data = m.Bytes
		case 4:
			d.node.Timestamp = d.timestampOf(m.Bytes)
		case 8:
			lat = wire.Zigzag(m.Value)
		case 9:
			lon = wire.Zigzag(m.Value)
		}
	}
	if m.Err() != nil {
		return fmt.Errorf("a node: %w", m.Err())
	}
	var err error
	if d.node.Tags, err = d.appendTags(d.node.Tags, keys, values); err != nil {
		return fmt.Errorf("node %d: %w", d.node.ID, err)
	}
	return d.emitNode(lat, lon)
}

// decodeDenseNodes decodes a DenseNodes message: parallel arrays of deltas, and one array with the
// tags of all nodes, in which a 0 ends the tags of each node.
func (d *Decoder) decodeDenseNodes(data []byte) error {
	var ids, lats, lons, tags, times packed
	m := wire.NewReader(data)
	for m.Next() {
		switch m.Field {
		case 1:
			ids.data = m.Bytes
		case 5:
			if d.Timestamps {
				times.data = denseTimes(m.Bytes)
			}
		case 8:
			lats.data = m.Bytes
		case 9:
			lons.data = m.Bytes
		case 10:
			tags.data = m.Bytes
		}
	}
	if m.Err() != nil {
		return fmt.Errorf("dense nodes: %w", m.Err())
	}
	var id, lat, lon, t int64
	d.node.Timestamp = time.Time{}
	for ids.more() {
		id += ids.svarint()
		lat += lats.svarint()
		lon += lons.svarint()
		if times.more() {
			t += times.svarint()
			d.node.Timestamp = d.time(t)
		}
		d.node.ID, d.node.Tags = osm.NodeID(id), d.node.Tags[:0]
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
		if err := d.emitNode(lat, lon); err != nil {
			return err
		}
	}
	if ids.bad || lats.more() || lons.more() {
		return fmt.Errorf("dense nodes: %w: the arrays differ in length or break off", loc2vec.ErrCorrupt)
	}
	return nil
}

// denseTimes returns the packed timestamps of a DenseInfo message, nil without any. Damage to the
// message costs nothing but the timestamps.
func denseTimes(data []byte) []byte {
	m := wire.NewReader(data)
	for m.Next() {
		if m.Field == 2 {
			return m.Bytes
		}
	}
	return nil
}

// emitNode hands out the node at a position in the numbers of the block.
func (d *Decoder) emitNode(lat, lon int64) error {
	d.node.Lat, d.node.Lon = d.degrees(d.latOffset, lat), d.degrees(d.lonOffset, lon)
	d.node.Visible = true
	return d.emit(&d.node)
}

// degrees converts a coordinate in the numbers of the block.
func (d *Decoder) degrees(offset, v int64) float64 {
	// In nanodegrees, rounded to the nearest 1e-7 degree.
	n := offset + d.granularity*v
	if n < 0 {
		n = -((50 - n) / 100)
	} else {
		n = (n + 50) / 100
	}
	return float64(n) / 1e7
}

// Fields of a Way message with the coordinates of its nodes, which the optional feature
// "LocationsOnWays" adds.
const (
	wayLatField = 9
	wayLonField = 10
)

// isLocated reports whether a Way message has the coordinates of its nodes.
func isLocated(data []byte) bool {
	m := wire.NewReader(data)
	for m.Next() {
		if m.Field == wayLatField && len(m.Bytes) > 0 {
			return true
		}
	}
	return false
}

func (d *Decoder) decodeWay(data []byte) error {
	d.way = osm.Way{Nodes: d.way.Nodes[:0], Tags: d.way.Tags[:0], Visible: true}
	var keys, values, refs, lats, lons packed
	m := wire.NewReader(data)
	for m.Next() {
		switch m.Field {
		case 1:
			d.way.ID = osm.WayID(m.Value)
		case 2:
			keys.data = m.Bytes
		case 3:
			values.data = m.Bytes
		case 4:
			d.way.Timestamp = d.timestampOf(m.Bytes)
		case 8:
			refs.data = m.Bytes
		case wayLatField:
			lats.data = m.Bytes
		case wayLonField:
			lons.data = m.Bytes
		}
	}
	if m.Err() != nil {
		return fmt.Errorf("a way: %w", m.Err())
	}
	var err error
	if d.way.Tags, err = d.appendTags(d.way.Tags, keys, values); err != nil {
		return fmt.Errorf("way %d: %w", d.way.ID, err)
	}
	id := int64(0)
	for refs.more() {
		id += refs.svarint()
		if len(d.way.Nodes) == maxNodes {
			return fmt.Errorf("way %d: %w: more than %d nodes", d.way.ID, loc2vec.ErrCorrupt, maxNodes)
		}
		d.way.Nodes = append(d.way.Nodes, osm.WayNode{ID: osm.NodeID(id)})
	}
	if refs.bad {
		return fmt.Errorf("way %d: %w: the nodes break off", d.way.ID, loc2vec.ErrCorrupt)
	}
	d.Located = d.Located || lats.more()
	if lats.more() || lons.more() {
		if err := d.locateNodes(lats, lons); err != nil {
			return fmt.Errorf("way %d: %w", d.way.ID, err)
		}
	}
	return d.emit(&d.way)
}

// locateNodes sets the coordinates of the way's nodes from deltas.
func (d *Decoder) locateNodes(lats, lons packed) error {
	var lat, lon int64
	for i := range d.way.Nodes {
		lat += lats.svarint()
		lon += lons.svarint()
		n := &d.way.Nodes[i]
		n.Lat, n.Lon = d.degrees(d.latOffset, lat), d.degrees(d.lonOffset, lon)
	}
	if lats.bad || lons.bad || lats.more() || lons.more() {
		return fmt.Errorf("%w: nodes and their coordinates differ in number or break off", loc2vec.ErrCorrupt)
	}
	return nil
}

// memberType returns the type of a member by its number in the format.
func memberType(number uint64) (t osm.Type, ok bool) {
	switch number {
	case 0:
		return osm.TypeNode, true
	case 1:
		return osm.TypeWay, true
	case 2:
		return osm.TypeRelation, true
	}
	return "", false
}

func (d *Decoder) decodeRelation(data []byte) error {
	d.relation = osm.Relation{Members: d.relation.Members[:0], Tags: d.relation.Tags[:0], Visible: true}
	var keys, values, roles, ids, types packed
	m := wire.NewReader(data)
	for m.Next() {
		switch m.Field {
		case 1:
			d.relation.ID = osm.RelationID(m.Value)
		case 2:
			keys.data = m.Bytes
		case 3:
			values.data = m.Bytes
		case 4:
			d.relation.Timestamp = d.timestampOf(m.Bytes)
		case 8:
			roles.data = m.Bytes
		case 9:
			ids.data = m.Bytes
		case 10:
			types.data = m.Bytes
		}
	}
	if m.Err() != nil {
		return fmt.Errorf("a relation: %w", m.Err())
	}
	var err error
	if d.relation.Tags, err = d.appendTags(d.relation.Tags, keys, values); err != nil {
		return fmt.Errorf("relation %d: %w", d.relation.ID, err)
	}
	id := int64(0)
	for ids.more() {
		id += ids.svarint()
		role := roles.uvarint()
		kind, ok := memberType(types.uvarint())
		if ids.bad || roles.bad || types.bad || role >= uint64(len(d.strings)) || !ok {
			return fmt.Errorf("relation %d: %w: broken members", d.relation.ID, loc2vec.ErrCorrupt)
		}
		if len(d.relation.Members) == maxNodes {
			return fmt.Errorf("relation %d: %w: more than %d members", d.relation.ID, loc2vec.ErrCorrupt, maxNodes)
		}
		d.relation.Members = append(d.relation.Members, osm.Member{Type: kind, Ref: id, Role: d.strings[role]})
	}
	return d.emit(&d.relation)
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
	if len(dst) == maxTags {
		return dst, fmt.Errorf("%w: more than %d tags", loc2vec.ErrCorrupt, maxTags)
	}
	return append(dst, osm.Tag{Key: d.strings[key], Value: d.strings[value]}), nil
}

// timestampOf returns the timestamp in an Info message, zero if it has none. Damage to the message
// costs nothing but the timestamp.
func (d *Decoder) timestampOf(data []byte) time.Time {
	t := int64(0)
	m := wire.NewReader(data)
	for d.Timestamps && m.Next() {
		if m.Field == 2 {
			t = int64(m.Value)
		}
	}
	return d.time(t)
}

// time converts a timestamp of the block, zero if it is not positive.
func (d *Decoder) time(t int64) time.Time {
	if t <= 0 {
		return time.Time{}
	}
	return time.UnixMilli(t * d.dateGranularity).UTC()
}
