package loc2vec

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"slices"
)

// EncodedTile is a tile as it stands in a pack.
type EncodedTile struct {
	// Data is the vector tile as one gzip member.
	Data []byte
	// Shapes counts the points, lines and outer rings of each layer.
	Shapes [NumLayers]int
}

// TileEncoder turns features into vector tiles. The zero value is ready. An encoder keeps its
// buffers between tiles and is not safe for concurrent use: give each goroutine its own.
//
// The result does not depend on the order of the features. Features of the same layer, kind and
// size become one feature of several parts, which lie in the order of the Hilbert curve. Lines of
// the same layer and size that meet end to end become one line where they go on within a right
// angle, unless more than 64 ends meet.
type TileEncoder struct {
	deflater deflater
	tile     []byte

	points   []TilePoint // of all shapes
	ends     []int       // where each part ends in points
	shapes   []shape
	unjoined []shape

	joiner lineJoiner

	layer, feature, geometry []byte
}

// placeOrder is the order of a Hilbert curve with a cell for each TilePoint, Extent included.
const placeOrder = 14

// shape is a point, a line, or an outer ring with its inner rings.
type shape struct {
	class class
	place uint32 // of its first point on the Hilbert curve
	// Its parts are ends[first:end].
	first, end int
}

// newShape returns a shape of one part.
func newShape(c class, at TilePoint, part int) shape {
	return shape{
		class: c,
		place: uint32(hilbertIndex(placeOrder, uint32(at.X), uint32(at.Y))),
		first: part,
		end:   part + 1,
	}
}

// class is what shapes of one vector tile feature have in common: layer, kind and size, packed so
// that classes sort in that order.
type class uint32

func classOf(f *Feature) class { return class(f.Layer)<<24 | class(f.Kind)<<16 | class(f.Size) }

func (c class) layer() Layer { return Layer(c >> 24) }
func (c class) kind() Kind   { return Kind(c >> 16) }
func (c class) size() uint16 { return uint16(c) }

// Encode returns the tile that holds the features, to be written with PackWriter.WriteEncodedTile.
// Its data is newly allocated.
//
// Points that repeat the one before them are left out, and so are lines and rings that collapse to
// nothing; an outer ring takes its inner rings with it. It is an error when a point lies outside
// 0..Extent, when the first ring of an area is an inner one, when a line or disc has no size, or an
// area has one.
func (e *TileEncoder) Encode(features []Feature) (EncodedTile, error) {
	var err error
	if e.tile, err = e.AppendTile(e.tile[:0], features); err != nil {
		return EncodedTile{}, err
	}
	if len(e.tile) > maxTileBytes {
		return EncodedTile{}, fmt.Errorf("encoding a tile: %d bytes, more than %d", len(e.tile), maxTileBytes)
	}
	var encoded EncodedTile
	for _, s := range e.shapes {
		encoded.Shapes[s.class.layer()]++
	}
	if encoded.Data, err = e.deflater.append(nil, e.tile); err != nil {
		return EncodedTile{}, fmt.Errorf("encoding a tile: %w", err)
	}
	return encoded, nil
}

// AppendTile appends the uncompressed vector tile that holds the features to dst: nothing when
// there are none. It changes and rejects features as Encode does.
func (e *TileEncoder) AppendTile(dst []byte, features []Feature) ([]byte, error) {
	e.points, e.ends, e.shapes = e.points[:0], e.ends[:0], e.shapes[:0]
	for i := range features {
		if err := e.add(&features[i]); err != nil {
			return nil, fmt.Errorf("encoding feature %d: %w", i, err)
		}
	}
	slices.SortFunc(e.shapes, e.compare)
	e.joinLines()
	for rest := e.shapes; len(rest) > 0; {
		layer := rest[0].class.layer()
		n := 1
		for n < len(rest) && rest[n].class.layer() == layer {
			n++
		}
		e.encodeLayer(layer, rest[:n])
		dst = appendBytesField(dst, mvtTileLayer, e.layer)
		rest = rest[n:]
	}
	return dst, nil
}

// add cleans a feature's parts and keeps them as shapes.
func (e *TileEncoder) add(f *Feature) error {
	if f.Layer >= NumLayers {
		return fmt.Errorf("there is no layer %d", f.Layer)
	}
	if f.Kind < KindDisc || f.Kind > KindArea {
		return fmt.Errorf("there is no kind %d", f.Kind)
	}
	if (f.Size == 0) != (f.Kind == KindArea) {
		return fmt.Errorf("%v of size %d", f.Kind, f.Size)
	}
	lost := false // the outer ring that inner rings would belong to has collapsed
	for i, part := range f.Parts {
		start := len(e.points)
		if err := e.addPoints(part, f.Kind == KindArea); err != nil {
			return err
		}
		points := e.points[start:]
		if len(points) < int(f.Kind) { // a disc needs one point, a line two, a ring three
			e.points = e.points[:start]
			lost = lost || i == 0
			continue
		}
		if f.Kind == KindDisc && len(points) > 1 {
			return fmt.Errorf("a disc has %d centres in one part", len(points))
		}
		if f.Kind == KindArea {
			area := doubleArea(points)
			if area < 0 && i == 0 {
				return fmt.Errorf("the first ring of an area turns as an inner ring")
			}
			lost = area == 0 && i == 0 || lost && area <= 0
			if area == 0 || lost {
				e.points = e.points[:start]
				continue
			}
			if area < 0 {
				e.ends = append(e.ends, len(e.points))
				e.shapes[len(e.shapes)-1].end++
				continue
			}
		}
		e.ends = append(e.ends, len(e.points))
		e.shapes = append(e.shapes, newShape(classOf(f), points[0], len(e.ends)-1))
	}
	return nil
}

// addPoints keeps a part's points without repetitions; those of a ring without its closing point.
func (e *TileEncoder) addPoints(part []TilePoint, ring bool) error {
	start := len(e.points)
	for _, p := range part {
		if p.X < 0 || p.X > Extent || p.Y < 0 || p.Y > Extent {
			return fmt.Errorf("point %d,%d lies outside the tile", p.X, p.Y)
		}
		if n := len(e.points); n == start || e.points[n-1] != p {
			e.points = append(e.points, p)
		}
	}
	for n := len(e.points); ring && n > start+1 && e.points[n-1] == e.points[start]; n-- {
		e.points = e.points[:n-1]
	}
	return nil
}

// joinLines replaces lines of one class that meet end to end by longer ones. The shapes must be
// sorted, and are again afterwards.
func (e *TileEncoder) joinLines() {
	e.shapes, e.unjoined = e.unjoined[:0], e.shapes
	for rest := e.unjoined; len(rest) > 0; {
		n := sameClass(rest)
		if rest[0].class.kind() == KindLine {
			start := len(e.shapes)
			points := func(i int) []TilePoint { return e.part(rest[i].first) }
			e.joiner.join(n, points, func(chain []int) { e.addChain(rest, chain) })
			slices.SortFunc(e.shapes[start:], e.compare)
		} else {
			e.shapes = append(e.shapes, rest[:n]...)
		}
		rest = rest[n:]
	}
}

// addChain keeps the line that goes through the given lines, as lineJoiner numbers their ends.
func (e *TileEncoder) addChain(lines []shape, chain []int) {
	if len(chain) == 1 {
		e.shapes = append(e.shapes, lines[chain[0]/2])
		return
	}
	start := len(e.points)
	for i, end := range chain {
		from := len(e.points)
		e.points = append(e.points, e.part(lines[end/2].first)...)
		if end&1 == 1 {
			slices.Reverse(e.points[from:])
		}
		if i > 0 { // the line before ends with this point
			e.points = slices.Delete(e.points, from, from+1)
		}
	}
	e.ends = append(e.ends, len(e.points))
	e.shapes = append(e.shapes, newShape(lines[0].class, e.points[start], len(e.ends)-1))
}

// sameClass returns how many shapes at the beginning are of one class.
func sameClass(shapes []shape) int {
	n := 1
	for n < len(shapes) && shapes[n].class == shapes[0].class {
		n++
	}
	return n
}

// part returns the points of part i.
func (e *TileEncoder) part(i int) []TilePoint {
	start := 0
	if i > 0 {
		start = e.ends[i-1]
	}
	return e.points[start:e.ends[i]]
}

// compare orders shapes by class and place, and by all of their points where those are equal:
// shapes that it finds equal are.
func (e *TileEncoder) compare(a, b shape) int {
	if c := cmp.Or(cmp.Compare(a.class, b.class), cmp.Compare(a.place, b.place)); c != 0 {
		return c
	}
	for i := range min(a.end-a.first, b.end-b.first) {
		c := slices.CompareFunc(e.part(a.first+i), e.part(b.first+i), func(p, q TilePoint) int {
			return cmp.Or(cmp.Compare(p.X, q.X), cmp.Compare(p.Y, q.Y))
		})
		if c != 0 {
			return c
		}
	}
	return cmp.Compare(a.end-a.first, b.end-b.first)
}

// encodeLayer makes e.layer the layer message of the shapes, which are sorted. The features stand
// last, so that a reader knows the values that they refer to.
func (e *TileEncoder) encodeLayer(layer Layer, shapes []shape) {
	b := appendBytesField(e.layer[:0], mvtLayerName, []byte(layer.String()))
	b = appendVarintField(b, mvtLayerVersion, 2)
	b = appendVarintField(b, mvtLayerExtent, Extent)

	// Keys in the order of the kinds, values in the order of the features.
	var keys [KindArea]uint64
	var lastKind Kind
	var lastClass class
	count := uint64(0)
	for _, s := range shapes {
		if kind := s.class.kind(); kind != lastKind && kind != KindArea {
			b = appendBytesField(b, mvtLayerKey, []byte(kind.attribute()))
			keys[kind] = count
			count++
			lastKind = kind
		}
	}
	for _, s := range shapes {
		if s.class != lastClass && s.class.kind() != KindArea {
			value := appendVarintField(e.feature[:0], mvtValueUint, uint64(s.class.size()))
			b = appendBytesField(b, mvtLayerValue, value)
			lastClass = s.class
		}
	}

	value := uint64(0)
	for len(shapes) > 0 {
		n := sameClass(shapes)
		f := e.feature[:0]
		if kind := shapes[0].class.kind(); kind != KindArea {
			tags := binary.AppendUvarint(e.geometry[:0], keys[kind])
			f = appendBytesField(f, mvtFeatureTags, binary.AppendUvarint(tags, value))
			value++
		}
		f = appendVarintField(f, mvtFeatureType, uint64(shapes[0].class.kind()))
		e.encodeGeometry(shapes[:n])
		e.feature = appendBytesField(f, mvtFeatureGeometry, e.geometry)
		b = appendBytesField(b, mvtLayerFeature, e.feature)
		shapes = shapes[n:]
	}
	e.layer = b
}

// encodeGeometry makes e.geometry the geometry of the shapes, which are of one class.
func (e *TileEncoder) encodeGeometry(shapes []shape) {
	b := e.geometry[:0]
	kind := shapes[0].class.kind()
	var cursor TilePoint
	move := func(p TilePoint) {
		b = binary.AppendVarint(b, int64(p.X-cursor.X))
		b = binary.AppendVarint(b, int64(p.Y-cursor.Y))
		cursor = p
	}
	if kind == KindDisc {
		b = binary.AppendUvarint(b, uint64(len(shapes))<<3|mvtMoveTo)
	}
	for _, s := range shapes {
		for i := s.first; i < s.end; i++ {
			points := e.part(i)
			if kind == KindDisc {
				move(points[0])
				continue
			}
			beginNear(points, kind, cursor)
			b = append(b, 1<<3|mvtMoveTo)
			move(points[0])
			b = binary.AppendUvarint(b, uint64(len(points)-1)<<3|mvtLineTo)
			for _, p := range points[1:] {
				move(p)
			}
			if kind == KindArea {
				b = append(b, 1<<3|mvtClosePath)
			}
		}
	}
	e.geometry = b
}

// beginNear reverses a line or rotates a ring so that it takes the fewest bits: a line begins with
// the end nearer to the cursor; a ring with the point that is near to it, but far from the point
// before, as the step that closes a ring is not written.
func beginNear(points []TilePoint, kind Kind, cursor TilePoint) {
	last := len(points) - 1
	if kind == KindLine {
		if stepBits(cursor, points[last]) < stepBits(cursor, points[0]) {
			slices.Reverse(points)
		}
		return
	}
	first, least, previous := 0, math.MaxInt, points[last]
	for i, p := range points {
		if n := stepBits(cursor, p) - stepBits(previous, p); n < least {
			first, least = i, n
		}
		previous = p
	}
	slices.Reverse(points[:first])
	slices.Reverse(points[first:])
	slices.Reverse(points)
}

// stepBits is about how many bits a step takes.
func stepBits(from, to TilePoint) int {
	length := func(d int32) int { return bits.Len32(uint32(max(d, -d))) }
	return length(to.X-from.X) + length(to.Y-from.Y)
}

func appendVarintField(dst []byte, field int, v uint64) []byte {
	dst = binary.AppendUvarint(dst, uint64(field)<<3|wireVarint)
	return binary.AppendUvarint(dst, v)
}

func appendBytesField(dst []byte, field int, v []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(field)<<3|wireBytes)
	dst = binary.AppendUvarint(dst, uint64(len(v)))
	return append(dst, v...)
}
