package mvt

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/wire"
)

// maxCoordinate bounds the coordinates that a Decoder lets through, on both sides of zero.
// Packs stay within 0..Extent; vector tiles that have a buffer, a little outside.
const maxCoordinate = 4 * loc2vec.Extent

// Decoder reads vector tiles without building a tree of objects. The zero value is ready; a
// decoder keeps its buffers between tiles and is not safe for concurrent use.
type Decoder struct {
	// Closing: emit the parts of the layer Closing as well.
	Closing bool

	part   loc2vec.Part
	points []loc2vec.TilePoint
	values []uint64 // attribute values of the current layer; notUint for other types
	// outside: appendPoints has failed at a coordinate beyond maxCoordinate.
	outside bool
	// parts and allPoints are what the tile may still have.
	parts, allPoints int
}

// notUint marks an attribute value that is not an unsigned integer.
const notUint = ^uint64(0)

// Decode calls emit for every part of every feature in the uncompressed vector tile, in file
// order. The Part and its points are valid until emit returns. Once its buffers have grown, a
// decoder allocates nothing.
//
// A tile may have up to MaxParts parts and MaxPoints points.
//
// It skips unknown layers, attributes and geometry types. Errors wrap loc2vec.ErrCorrupt, or
// loc2vec.ErrVersion when a layer follows a later version of the vector tile specification; emit may
// have been called before.
func (d *Decoder) Decode(mvt []byte, emit func(*loc2vec.Part)) error {
	d.parts, d.allPoints = MaxParts, MaxPoints
	return d.DecodeMore(mvt, emit)
}

// DecodeMore is Decode for a tile that is a part of the one before: the limits hold for both together.
func (d *Decoder) DecodeMore(mvt []byte, emit func(*loc2vec.Part)) error {
	var seen [Closing + 1]bool
	r := wire.NewReader(mvt)
	for r.Next() {
		if r.Field != fieldTileLayer || r.Type != wire.Bytes {
			continue
		}
		head, err := d.readLayerHead(r.Bytes)
		if err != nil {
			return fmt.Errorf("decoding a tile: %w", err)
		}
		if !head.known {
			continue
		}
		if seen[head.layer] {
			return fmt.Errorf("decoding a tile: %w: two layers %v", loc2vec.ErrCorrupt, head.layer)
		}
		seen[head.layer] = true
		if err := d.decodeFeatures(r.Bytes, head, emit); err != nil {
			return fmt.Errorf("decoding a tile: layer %v: %w", head.layer, err)
		}
	}
	if r.Err() != nil {
		return fmt.Errorf("decoding a tile: %w", r.Err())
	}
	return nil
}

// layerHead holds the fields of a layer other than its features.
type layerHead struct {
	layer loc2vec.Layer
	known bool
	// keys are the indices of the attributes of each kind, or -1.
	keys [loc2vec.KindArea + 1]int
	// allKeys is the number of attributes.
	allKeys int
}

// readLayerHead reads the fields of a layer other than its features, which may come first.
func (d *Decoder) readLayerHead(b []byte) (layerHead, error) {
	head := layerHead{keys: [...]int{-1, -1, -1, -1}}
	version, extent, keys := uint64(0), uint64(4096), 0 // 4096 is the specification's default
	named := false
	var fault error // of a layer that turns out to be known
	d.values = d.values[:0]
	r := wire.NewReader(b)
	for r.Next() {
		switch {
		case r.Field == fieldLayerName && r.Type == wire.Bytes:
			named = true
			head.layer, head.known = d.layerOf(r.Bytes)
		case r.Field == fieldLayerVersion && r.Type == wire.Varint:
			version = r.Value
		case r.Field == fieldLayerExtent && r.Type == wire.Varint:
			extent = r.Value
		case r.Field == fieldLayerKey && r.Type == wire.Bytes:
			switch string(r.Bytes) {
			case AttributeWidth:
				head.keys[loc2vec.KindLine] = keys
			case AttributeRadius:
				head.keys[loc2vec.KindDisc] = keys
			case AttributeSea:
				head.keys[loc2vec.KindArea] = keys
			}
			keys++
		case r.Field == fieldLayerValue && r.Type == wire.Bytes:
			value, err := readUintValue(r.Bytes)
			if err != nil {
				fault = err
			}
			d.values = append(d.values, value)
		case r.Field >= fieldLayerName && r.Field <= fieldLayerExtent && (r.Field != fieldLayerFeature || r.Type != wire.Bytes) || r.Field == fieldLayerVersion:
			fault = wrongType("layer", r)
		}
	}
	head.allKeys = keys
	switch {
	case r.Err() != nil:
		return head, r.Err()
	case !named:
		return head, fmt.Errorf("%w: a layer without a name", loc2vec.ErrCorrupt)
	case !head.known:
		return head, nil
	case fault != nil:
		return head, fmt.Errorf("layer %v: %w", head.layer, fault)
	case version == 0:
		return head, fmt.Errorf("%w: layer %v has no version", loc2vec.ErrCorrupt, head.layer)
	case version > 2:
		return head, fmt.Errorf("%w: vector tile version %d", loc2vec.ErrVersion, version)
	case extent != loc2vec.Extent:
		return head, fmt.Errorf("%w: layer %v has extent %d, not %d", loc2vec.ErrCorrupt, head.layer, extent, loc2vec.Extent)
	}
	return head, nil
}

// wrongType is the error for a field whose wire type is not that of the specification.
func wrongType(message string, r wire.Reader) error {
	return fmt.Errorf("%w: field %d of a %s has wire type %d", loc2vec.ErrCorrupt, r.Field, message, r.Type)
}

// valueTypes are the wire types of the fields of a Value message: a text, a float, a double, an int64, a uint64, a
// sint64 and a bool.
var valueTypes = [...]wire.Type{1: wire.Bytes, wire.Fixed32, wire.Fixed64, wire.Varint, wire.Varint, wire.Varint, wire.Varint}

// readUintValue returns the unsigned integer of a Value message, or notUint. A Value without any of the types of the
// specification is an error.
func readUintValue(b []byte) (uint64, error) {
	value, known := notUint, false
	r := wire.NewReader(b)
	for r.Next() {
		if r.Field >= len(valueTypes) {
			continue
		}
		if r.Type != valueTypes[r.Field] {
			return notUint, wrongType("value", r)
		}
		known = true
		if r.Field == fieldValueUint {
			value = r.Value
		}
	}
	if r.Err() == nil && !known {
		return notUint, fmt.Errorf("%w: a value of unknown type", loc2vec.ErrCorrupt)
	}
	return value, r.Err()
}

// decodeFeatures emits the features of a layer.
func (d *Decoder) decodeFeatures(b []byte, head layerHead, emit func(*loc2vec.Part)) error {
	d.part = loc2vec.Part{Layer: head.layer}
	r := wire.NewReader(b)
	for r.Next() {
		if r.Field != fieldLayerFeature || r.Type != wire.Bytes {
			continue
		}
		var tags, geometry []byte
		kind := uint64(0)
		f := wire.NewReader(r.Bytes)
		for f.Next() {
			switch {
			case f.Field == fieldFeatureTags && f.Type == wire.Bytes:
				tags = f.Bytes
			case f.Field == fieldFeatureType && f.Type == wire.Varint:
				kind = f.Value
			case f.Field == fieldFeatureGeometry && f.Type == wire.Bytes:
				geometry = f.Bytes
			case f.Field >= fieldFeatureTags && f.Field <= fieldFeatureGeometry:
				return wrongType("feature", f)
			}
		}
		if f.Err() != nil {
			return f.Err()
		}
		if kind < uint64(loc2vec.KindDisc) || kind > uint64(loc2vec.KindArea) {
			continue
		}
		d.part.Kind = loc2vec.Kind(kind)
		var err error
		if d.part.Size, err = d.readSize(tags, head.keys[kind], head.allKeys); err != nil {
			return err
		}
		if err := d.decodeGeometry(geometry, emit); err != nil {
			return err
		}
	}
	return r.Err()
}

// readSize returns the value of the attribute with index key among a feature's tags, or 0.
func (d *Decoder) readSize(tags []byte, key, keys int) (uint16, error) {
	size := uint16(0)
	for len(tags) > 0 {
		k, n := uvarint32(tags)
		v, m := uvarint32(tags[n:])
		if n == 0 || m == 0 || uint64(k) >= uint64(keys) || uint64(v) >= uint64(len(d.values)) {
			return 0, fmt.Errorf("%w: tags of a feature", loc2vec.ErrCorrupt)
		}
		tags = tags[n+m:]
		if int(k) != key {
			continue
		}
		if d.values[v] > 0xffff {
			return 0, fmt.Errorf("%w: the size of a feature is not a number up to 65535", loc2vec.ErrCorrupt)
		}
		size = uint16(d.values[v])
	}
	return size, nil
}

// decodeGeometry emits the parts of a feature.
func (d *Decoder) decodeGeometry(b []byte, emit func(*loc2vec.Part)) error {
	var cursor loc2vec.TilePoint
	for len(b) > 0 {
		if d.part.Kind == loc2vec.KindDisc {
			return d.decodePoints(b, emit)
		}
		d.points = d.points[:0]
		rest, ok := d.appendPoints(b, 1<<3|commandMoveTo, &cursor)
		if !ok {
			return d.damaged("does not begin with one point")
		}
		command, n := uvarint32(rest)
		if n == 0 || command&7 != commandLineTo || command>>3 < uint32(d.part.Kind)-1 {
			return d.damaged("has too few points")
		}
		if rest, ok = d.appendPoints(rest, command, &cursor); !ok {
			return d.damaged("ends within its points")
		}
		if d.part.Kind == loc2vec.KindArea {
			if len(rest) == 0 || rest[0] != 1<<3|commandClosePath {
				return d.damaged("has a ring that is not closed")
			}
			rest = rest[1:]
		}
		if err := d.count(1, len(d.points)); err != nil {
			return err
		}
		d.part.Points = d.points
		emit(&d.part)
		b = rest
	}
	return nil
}

// count counts parts with their points, and returns an error beyond the limits of a tile.
func (d *Decoder) count(parts, points int) error {
	d.parts -= parts
	d.allPoints -= points
	if d.parts < 0 || d.allPoints < 0 {
		return fmt.Errorf("%w: more than %d shapes or %d points in a tile", loc2vec.ErrCorrupt, MaxParts, MaxPoints)
	}
	return nil
}

// damaged returns the error for a feature that cannot be read.
func (d *Decoder) damaged(how string) error {
	if d.outside {
		d.outside = false
		return fmt.Errorf("%w: a shape of kind %v has a coordinate beyond ±%d", loc2vec.ErrCorrupt, d.part.Kind, maxCoordinate)
	}
	return fmt.Errorf("%w: a shape of kind %v %s", loc2vec.ErrCorrupt, d.part.Kind, how)
}

// decodePoints emits the centres of a feature of discs.
func (d *Decoder) decodePoints(b []byte, emit func(*loc2vec.Part)) error {
	command, _ := uvarint32(b)
	d.points = d.points[:0]
	var cursor loc2vec.TilePoint
	rest, ok := d.appendPoints(b, command, &cursor)
	if !ok || len(rest) > 0 || command&7 != commandMoveTo || command>>3 == 0 {
		return d.damaged("is not one list of points")
	}
	if err := d.count(len(d.points), len(d.points)); err != nil {
		return err
	}
	for i := range d.points {
		d.part.Points = d.points[i : i+1 : i+1]
		emit(&d.part)
	}
	return nil
}

// appendPoints reads the given command and appends its points to d.points. It advances the cursor and
// returns the rest. It returns false for another command and for damaged points.
func (d *Decoder) appendPoints(b []byte, command uint32, cursor *loc2vec.TilePoint) ([]byte, bool) {
	found, n := uvarint32(b)
	if n == 0 || found != command {
		return nil, false
	}
	b = b[n:]
	count := int(command >> 3)
	if count > len(b)/2 { // each coordinate takes a byte at least
		return nil, false
	}
	start := len(d.points)
	d.points = slices.Grow(d.points, count)[:start+count]
	x, y := int64(cursor.X), int64(cursor.Y)
	for i := start; i < len(d.points); i++ {
		dx, dy, n := shortStep(b)
		if n == 0 {
			var m int
			dx, n = uvarint32(b)
			dy, m = uvarint32(b[n:])
			if n == 0 || m == 0 {
				return nil, false
			}
			n += m
		}
		b = b[n:]
		x += int64(int32(dx>>1) ^ -int32(dx&1))
		y += int64(int32(dy>>1) ^ -int32(dy&1))
		if x < -maxCoordinate || x > maxCoordinate || y < -maxCoordinate || y > maxCoordinate {
			d.outside = true
			return nil, false
		}
		d.points[i] = loc2vec.TilePoint{X: int32(x), Y: int32(y)}
	}
	*cursor = loc2vec.TilePoint{X: int32(x), Y: int32(y)}
	return b, true
}

// shortStep reads two variable-length numbers of up to three bytes each and returns their total length.
// It returns 0 when they are longer or fewer than eight bytes are left. It does not branch on the lengths
// of the numbers, which a processor could not predict.
func shortStep(b []byte) (dx, dy uint32, n int) {
	if len(b) < 8 {
		return 0, 0, 0
	}
	word := binary.LittleEndian.Uint64(b)
	// A number ends with the first byte whose high bit is clear.
	stops := ^word & 0x8080808080808080
	first := bits.TrailingZeros64(stops)/8 + 1
	n = bits.TrailingZeros64(stops&(stops-1))/8 + 1
	if first > 3 || n-first > 3 {
		return 0, 0, 0
	}
	return joinSevens(word, first), joinSevens(word>>(8*first&63), n-first), n
}

// joinSevens returns the variable-length number in the first n bytes of a word, n up to 3.
func joinSevens(word uint64, n int) uint32 {
	word &= 1<<(8*n&63) - 1
	return uint32(word&0x7f | word>>1&(0x7f<<7) | word>>2&(0x7f<<14))
}

// layerOf returns the layer of that name without allocating: names longer than any layer's are not converted.
func (d *Decoder) layerOf(name []byte) (loc2vec.Layer, bool) {
	if len(name) > 32 {
		return 0, false
	}
	if d.Closing && string(name) == closingName {
		return Closing, true
	}
	return loc2vec.ParseLayer(string(name))
}

// uvarint32 reads a variable-length number of at most 32 bits. It returns the number of bytes read, or 0.
func uvarint32(b []byte) (v uint32, n int) {
	for i, c := range b {
		if i == 4 && c > 15 { // the fifth byte holds the last four bits
			return 0, 0
		}
		v |= uint32(c&0x7f) << (7 * i)
		if c < 0x80 {
			return v, i + 1
		}
	}
	return 0, 0
}
