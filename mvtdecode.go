package loc2vec

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"
)

// maxCoordinate bounds the coordinates that a TileDecoder lets through, on both sides of zero.
// Packs stay within 0..Extent; vector tiles that have a buffer, a little outside.
const maxCoordinate = 4 * Extent

// TileDecoder reads vector tiles without building a tree of objects. The zero value is ready; a
// decoder keeps its buffers between tiles and is not safe for concurrent use.
type TileDecoder struct {
	part   Part
	points []TilePoint
	values []uint64 // of the layer being read; notUint where they are of another type
}

// notUint stands for an attribute value that is not an unsigned integer.
const notUint = ^uint64(0)

// Decode calls emit for every part of every feature in the uncompressed vector tile, in file
// order. The Part and its points are valid until emit returns. Once its buffers have grown, a
// decoder allocates nothing.
//
// Layers, attributes and geometry types that it does not know are skipped. An error wraps
// ErrCorrupt, or ErrVersion when a layer is of a later version of the vector tile specification;
// emit may have been called before.
func (d *TileDecoder) Decode(mvt []byte, emit func(*Part)) error {
	var seen [NumLayers]bool
	r := wireReader{rest: mvt}
	for r.next() {
		if r.field != mvtTileLayer || r.wire != wireBytes {
			continue
		}
		head, err := d.readLayerHead(r.bytes)
		if err != nil {
			return fmt.Errorf("decoding a tile: %w", err)
		}
		if !head.known {
			continue
		}
		if seen[head.layer] {
			return fmt.Errorf("decoding a tile: %w: two layers %v", ErrCorrupt, head.layer)
		}
		seen[head.layer] = true
		if err := d.decodeFeatures(r.bytes, head, emit); err != nil {
			return fmt.Errorf("decoding a tile: layer %v: %w", head.layer, err)
		}
	}
	if r.err != nil {
		return fmt.Errorf("decoding a tile: %w", r.err)
	}
	return nil
}

// layerHead is what a layer says besides its features.
type layerHead struct {
	layer Layer
	known bool
	// keys are the numbers of the attributes "width" and "radius", by kind; -1 where there is none.
	keys [KindArea + 1]int
}

// readLayerHead reads everything of a layer but the features, which may stand before it.
func (d *TileDecoder) readLayerHead(b []byte) (layerHead, error) {
	head := layerHead{keys: [...]int{-1, -1, -1, -1}}
	version, extent, keys := uint64(1), uint64(4096), 0 // the specification's defaults
	d.values = d.values[:0]
	r := wireReader{rest: b}
	for r.next() {
		switch {
		case r.field == mvtLayerName && r.wire == wireBytes:
			head.layer, head.known = parseLayerBytes(r.bytes)
		case r.field == mvtLayerVersion && r.wire == wireVarint:
			version = r.value
		case r.field == mvtLayerExtent && r.wire == wireVarint:
			extent = r.value
		case r.field == mvtLayerKey && r.wire == wireBytes:
			switch string(r.bytes) {
			case mvtWidth:
				head.keys[KindLine] = keys
			case mvtRadius:
				head.keys[KindDisc] = keys
			}
			keys++
		case r.field == mvtLayerValue && r.wire == wireBytes:
			value, err := readUintValue(r.bytes)
			if err != nil {
				return head, err
			}
			d.values = append(d.values, value)
		}
	}
	switch {
	case r.err != nil || !head.known:
		return head, r.err
	case version == 0 || version > 2:
		return head, fmt.Errorf("%w: vector tile version %d", ErrVersion, version)
	case extent != Extent:
		return head, fmt.Errorf("%w: layer %v has extent %d, not %d", ErrCorrupt, head.layer, extent, Extent)
	}
	return head, nil
}

// readUintValue returns what a Value message holds, notUint unless that is an unsigned integer.
func readUintValue(b []byte) (uint64, error) {
	value := notUint
	r := wireReader{rest: b}
	for r.next() {
		if r.field == mvtValueUint && r.wire == wireVarint {
			value = r.value
		}
	}
	return value, r.err
}

// decodeFeatures emits the features of a layer.
func (d *TileDecoder) decodeFeatures(b []byte, head layerHead, emit func(*Part)) error {
	d.part = Part{Layer: head.layer}
	r := wireReader{rest: b}
	for r.next() {
		if r.field != mvtLayerFeature || r.wire != wireBytes {
			continue
		}
		var tags, geometry []byte
		kind := uint64(0)
		f := wireReader{rest: r.bytes}
		for f.next() {
			switch {
			case f.field == mvtFeatureTags && f.wire == wireBytes:
				tags = f.bytes
			case f.field == mvtFeatureType && f.wire == wireVarint:
				kind = f.value
			case f.field == mvtFeatureGeometry && f.wire == wireBytes:
				geometry = f.bytes
			}
		}
		if f.err != nil {
			return f.err
		}
		if kind < uint64(KindDisc) || kind > uint64(KindArea) {
			continue
		}
		d.part.Kind = Kind(kind)
		var err error
		if d.part.Size, err = d.readSize(tags, head.keys[kind]); err != nil {
			return err
		}
		if err := d.decodeGeometry(geometry, emit); err != nil {
			return err
		}
	}
	return r.err
}

// readSize returns the value of the attribute number key among a feature's tags, 0 when it is not
// there.
func (d *TileDecoder) readSize(tags []byte, key int) (uint16, error) {
	size := uint16(0)
	for len(tags) > 0 {
		k, n := uvarint32(tags)
		v, m := uvarint32(tags[n:])
		if n == 0 || m == 0 || uint64(v) >= uint64(len(d.values)) {
			return 0, fmt.Errorf("%w: tags of a feature", ErrCorrupt)
		}
		tags = tags[n+m:]
		if int(k) != key {
			continue
		}
		if d.values[v] > 0xffff {
			return 0, fmt.Errorf("%w: the size of a feature is not a small number", ErrCorrupt)
		}
		size = uint16(d.values[v])
	}
	return size, nil
}

// decodeGeometry emits the parts of a feature.
func (d *TileDecoder) decodeGeometry(b []byte, emit func(*Part)) error {
	var cursor TilePoint
	for len(b) > 0 {
		if d.part.Kind == KindDisc {
			return d.decodePoints(b, emit)
		}
		d.points = d.points[:0]
		rest, ok := d.appendPoints(b, 1<<3|mvtMoveTo, &cursor)
		if !ok {
			return fmt.Errorf("%w: a %v does not begin with one point", ErrCorrupt, d.part.Kind)
		}
		command, n := uvarint32(rest)
		if n == 0 || command&7 != mvtLineTo || command>>3 < uint32(d.part.Kind)-1 {
			return fmt.Errorf("%w: a %v has too few points", ErrCorrupt, d.part.Kind)
		}
		if rest, ok = d.appendPoints(rest, command, &cursor); !ok {
			return fmt.Errorf("%w: coordinates of a %v", ErrCorrupt, d.part.Kind)
		}
		if d.part.Kind == KindArea {
			if len(rest) == 0 || rest[0] != 1<<3|mvtClosePath {
				return fmt.Errorf("%w: a ring is not closed", ErrCorrupt)
			}
			rest = rest[1:]
		}
		d.part.Points = d.points
		emit(&d.part)
		b = rest
	}
	return nil
}

// decodePoints emits the centres of a feature of discs.
func (d *TileDecoder) decodePoints(b []byte, emit func(*Part)) error {
	command, _ := uvarint32(b)
	d.points = d.points[:0]
	var cursor TilePoint
	rest, ok := d.appendPoints(b, command, &cursor)
	if !ok || len(rest) > 0 || command&7 != mvtMoveTo || command>>3 == 0 {
		return fmt.Errorf("%w: coordinates of a %v", ErrCorrupt, d.part.Kind)
	}
	for i := range d.points {
		d.part.Points = d.points[i : i+1 : i+1]
		emit(&d.part)
	}
	return nil
}

// appendPoints reads a command that must be the one given, and its points, which it appends to
// d.points. It moves the cursor along and returns what follows.
func (d *TileDecoder) appendPoints(b []byte, command uint32, cursor *TilePoint) ([]byte, bool) {
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
			return nil, false
		}
		d.points[i] = TilePoint{X: int32(x), Y: int32(y)}
	}
	*cursor = TilePoint{X: int32(x), Y: int32(y)}
	return b, true
}

// shortStep reads two variable-length numbers of up to three bytes and returns how many bytes they
// took together, 0 when they are longer or fewer than eight bytes are left. It has no branch that
// depends on how long the numbers are, which a processor could only guess.
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

// parseLayerBytes is ParseLayer without making a string.
func parseLayerBytes(name []byte) (Layer, bool) {
	for l, n := range layerNames() {
		if n == string(name) {
			return Layer(l), true
		}
	}
	return 0, false
}

// wireReader goes through the fields of a protocol buffer message.
type wireReader struct {
	rest  []byte
	field uint64
	wire  int
	value uint64 // of a varint
	bytes []byte // of a length-delimited field
	err   error  // why next returned false; nil at the end
}

// next reads the next field. Fixed-size numbers are skipped over, as nothing here uses them.
func (r *wireReader) next() bool {
	if len(r.rest) == 0 {
		return false
	}
	tag, ok := r.uvarint()
	if !ok {
		return false
	}
	r.field, r.wire = tag>>3, int(tag&7)
	skip := uint64(0)
	switch r.wire {
	case wireVarint:
		r.value, ok = r.uvarint()
		return ok
	case wireBytes:
		if skip, ok = r.uvarint(); !ok {
			return false
		}
	case wire64:
		skip = 8
	case wire32:
		skip = 4
	default:
		r.err = fmt.Errorf("%w: field of wire type %d", ErrCorrupt, r.wire)
		return false
	}
	if skip > uint64(len(r.rest)) {
		r.err = fmt.Errorf("%w: a field is longer than its message", ErrCorrupt)
		return false
	}
	r.bytes, r.rest = r.rest[:skip:skip], r.rest[skip:]
	return true
}

func (r *wireReader) uvarint() (uint64, bool) {
	var v uint64
	for i, c := range r.rest {
		if i == 9 && c > 1 { // the tenth byte holds the 64th bit
			break
		}
		v |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			r.rest = r.rest[i+1:]
			return v, true
		}
	}
	r.err = fmt.Errorf("%w: a number is cut off or too long", ErrCorrupt)
	return 0, false
}

// uvarint32 reads a variable-length number of at most 32 bits and returns how many bytes it took,
// 0 when there is no such number.
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
