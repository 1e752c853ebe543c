package mvt

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"slices"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/deflate"
	"github.com/loc2vec/loc2vec/internal/hilbert"
	"github.com/loc2vec/loc2vec/internal/wire"
)

// EncodedTile is an encoded and compressed tile.
type EncodedTile struct {
	// Data is the vector tile as one gzip member.
	Data []byte
	// Shapes counts the points, lines and outer rings of each layer.
	Shapes [loc2vec.NumLayers]int
}

// Encoder turns features into vector tiles. The zero value is ready. An encoder keeps its
// buffers between tiles and is not safe for concurrent use: give each goroutine its own.
//
// The result does not depend on the order of the features. Features of the same layer, kind and
// size become one feature whose parts follow the Hilbert curve. Lines of the same layer and size that
// meet end to end at less than a right angle are joined, unless more than 64 ends meet.
type Encoder struct {
	gzip deflate.Compressor
	tile []byte

	points   []loc2vec.TilePoint // of all shapes
	ends     []int               // where each part ends in points
	shapes   []shape
	unjoined []shape

	joiner lineJoiner

	layer, feature, geometry []byte
}

// placeOrder is the order of a Hilbert curve with a cell for each TilePoint, including Extent.
const placeOrder = 14

// shape is a point, a line, or an outer ring with its inner rings.
type shape struct {
	class class
	place uint32 // position of its first point on the Hilbert curve
	// Its parts are ends[first:end].
	first, end int
}

// newShape returns a shape of one part.
func newShape(c class, at loc2vec.TilePoint, part int) shape {
	return shape{
		class: c,
		place: uint32(hilbert.Index(placeOrder, uint32(at.X), uint32(at.Y))),
		first: part,
		end:   part + 1,
	}
}

// class combines the layer, kind and size that the shapes of one vector tile feature share. Classes sort
// in that order.
type class uint32

func classOf(f *loc2vec.Feature) class { return class(f.Layer)<<24 | class(f.Kind)<<16 | class(f.Size) }

func (c class) layer() loc2vec.Layer { return loc2vec.Layer(c >> 24) }
func (c class) kind() loc2vec.Kind   { return loc2vec.Kind(c >> 16) }
func (c class) size() uint16         { return uint16(c) }

// Encode returns the compressed tile of the features, for pack.Writer.WriteEncodedTile. Its data is newly
// allocated.
//
// Encode drops repeated points, degenerate lines and degenerate rings; a dropped outer ring takes its
// inner rings with it. It returns an error for a point outside 0..Extent, for an area whose first ring is
// an inner one, and for a feature without a size that its kind has: a line or disc has one, an area of water has
// loc2vec.SeaArea or none, and lines of the layer Closing have none. It returns an error for a tile beyond the limits.
func (e *Encoder) Encode(features []loc2vec.Feature) (EncodedTile, error) {
	var err error
	if e.tile, err = e.AppendTile(e.tile[:0], features); err != nil {
		return EncodedTile{}, err
	}
	if err := e.checkLimits(); err != nil {
		return EncodedTile{}, fmt.Errorf("encoding a tile: %w", err)
	}
	var encoded EncodedTile
	for _, s := range e.shapes {
		if layer := s.class.layer(); layer != Closing {
			encoded.Shapes[layer]++
		}
	}
	if encoded.Data, err = e.gzip.AppendGzip(nil, e.tile); err != nil {
		return EncodedTile{}, fmt.Errorf("encoding a tile: %w", err)
	}
	if limit := MaxExpanded(len(encoded.Data)); len(e.tile) > limit {
		return EncodedTile{}, fmt.Errorf("encoding a tile: %d bytes are compressed to %d, from which readers expand %d at most", len(e.tile), len(encoded.Data), limit)
	}
	return encoded, nil
}

// checkLimits returns an error if the tile is beyond the limits of readers.
func (e *Encoder) checkLimits() error {
	parts, points := 0, 0
	for _, s := range e.shapes {
		for i := s.first; i < s.end; i++ {
			parts++
			points += len(e.part(i))
		}
	}
	if len(e.tile) > MaxBytes || parts > MaxParts || points > MaxPoints {
		return fmt.Errorf("%d bytes, %d parts and %d points, where readers allow %d, %d and %d",
			len(e.tile), parts, points, MaxBytes, MaxParts, MaxPoints)
	}
	return nil
}

// AppendTile appends the uncompressed vector tile of the features to dst, nothing for no features. It
// cleans and rejects features like Encode.
func (e *Encoder) AppendTile(dst []byte, features []loc2vec.Feature) ([]byte, error) {
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
		dst = wire.AppendBytes(dst, fieldTileLayer, e.layer)
		rest = rest[n:]
	}
	return dst, nil
}

// add cleans a feature's parts and stores them as shapes.
func (e *Encoder) add(f *loc2vec.Feature) error {
	if f.Layer > Closing {
		return fmt.Errorf("unknown layer %d", f.Layer)
	}
	if f.Kind < loc2vec.KindDisc || f.Kind > loc2vec.KindArea {
		return fmt.Errorf("unknown kind %d", f.Kind)
	}
	if !ValidSize(f.Layer, f.Kind, f.Size) {
		return fmt.Errorf("%v of size %d", f.Kind, f.Size)
	}
	dropped := false // the current outer ring is degenerate
	for i, part := range f.Parts {
		start := len(e.points)
		if err := e.addPoints(part, f.Kind == loc2vec.KindArea); err != nil {
			return err
		}
		points := e.points[start:]
		if len(points) < int(f.Kind) { // a disc needs one point, a line two, a ring three
			e.points = e.points[:start]
			dropped = dropped || i == 0
			continue
		}
		if f.Kind == loc2vec.KindDisc && len(points) > 1 {
			return fmt.Errorf("a disc has %d centres in one part", len(points))
		}
		if f.Kind == loc2vec.KindArea {
			area := loc2vec.DoubleArea(points)
			if area < 0 && i == 0 {
				return fmt.Errorf("the first ring of an area has the orientation of an inner ring")
			}
			dropped = area == 0 && i == 0 || dropped && area <= 0
			if area == 0 || dropped {
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

// ValidSize reports whether features of a layer and kind can have a size: lines and discs have one, areas of water
// can be sea, and closing lines have none.
func ValidSize(l loc2vec.Layer, k loc2vec.Kind, size uint16) bool {
	switch {
	case l == Closing:
		return k == loc2vec.KindLine && size == 0
	case k == loc2vec.KindArea:
		return size == 0 || size == loc2vec.SeaArea && l == loc2vec.Water
	}
	return size > 0
}

// addPoints stores a part's points without repetitions, and without the closing point of a ring.
func (e *Encoder) addPoints(part []loc2vec.TilePoint, ring bool) error {
	start := len(e.points)
	for _, p := range part {
		if p.X < 0 || p.X > loc2vec.Extent || p.Y < 0 || p.Y > loc2vec.Extent {
			return fmt.Errorf("point %d,%d is outside the tile", p.X, p.Y)
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
// sorted, and stay sorted.
func (e *Encoder) joinLines() {
	e.shapes, e.unjoined = e.unjoined[:0], e.shapes
	for rest := e.unjoined; len(rest) > 0; {
		n := sameClass(rest)
		if rest[0].class.kind() == loc2vec.KindLine {
			start := len(e.shapes)
			points := func(i int) []loc2vec.TilePoint { return e.part(rest[i].first) }
			e.joiner.join(n, points, func(chain []int) { e.addChain(rest, chain) })
			slices.SortFunc(e.shapes[start:], e.compare)
		} else {
			e.shapes = append(e.shapes, rest[:n]...)
		}
		rest = rest[n:]
	}
}

// addChain stores the line through the given lines, whose ends are numbered as in lineJoiner.
func (e *Encoder) addChain(lines []shape, chain []int) {
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
		if i > 0 { // the previous line ends with this point
			e.points = slices.Delete(e.points, from, from+1)
		}
	}
	e.ends = append(e.ends, len(e.points))
	e.shapes = append(e.shapes, newShape(lines[0].class, e.points[start], len(e.ends)-1))
}

// sameClass returns the length of the first run of shapes of one class.
func sameClass(shapes []shape) int {
	n := 1
	for n < len(shapes) && shapes[n].class == shapes[0].class {
		n++
	}
	return n
}

// part returns the points of part i.
func (e *Encoder) part(i int) []loc2vec.TilePoint {
	start := 0
	if i > 0 {
		start = e.ends[i-1]
	}
	return e.points[start:e.ends[i]]
}

// compare orders shapes by class, place and points. Shapes that compare equal are equal.
func (e *Encoder) compare(a, b shape) int {
	if c := cmp.Or(cmp.Compare(a.class, b.class), cmp.Compare(a.place, b.place)); c != 0 {
		return c
	}
	for i := range min(a.end-a.first, b.end-b.first) {
		c := slices.CompareFunc(e.part(a.first+i), e.part(b.first+i), func(p, q loc2vec.TilePoint) int {
			return cmp.Or(cmp.Compare(p.X, q.X), cmp.Compare(p.Y, q.Y))
		})
		if c != 0 {
			return c
		}
	}
	return cmp.Compare(a.end-a.first, b.end-b.first)
}

// encodeLayer sets e.layer to the layer message of the sorted shapes. The features come last, after the
// values that they refer to.
func (e *Encoder) encodeLayer(layer loc2vec.Layer, shapes []shape) {
	b := wire.AppendBytes(e.layer[:0], fieldLayerName, []byte(layerName(layer)))
	b = wire.AppendVarint(b, fieldLayerVersion, 2)
	b = wire.AppendVarint(b, fieldLayerExtent, loc2vec.Extent)

	// Keys in the order of the kinds, values in the order of the features.
	var keys [loc2vec.KindArea + 1]uint64
	var lastKind loc2vec.Kind
	var lastClass class
	count := uint64(0)
	for _, s := range shapes {
		if kind := s.class.kind(); kind != lastKind && s.class.size() > 0 {
			b = wire.AppendBytes(b, fieldLayerKey, []byte(attribute(kind)))
			keys[kind] = count
			count++
			lastKind = kind
		}
	}
	for _, s := range shapes {
		if s.class != lastClass && s.class.size() > 0 {
			value := wire.AppendVarint(e.feature[:0], fieldValueUint, uint64(s.class.size()))
			b = wire.AppendBytes(b, fieldLayerValue, value)
			lastClass = s.class
		}
	}

	value := uint64(0)
	for len(shapes) > 0 {
		n := sameClass(shapes)
		f := e.feature[:0]
		if class := shapes[0].class; class.size() > 0 {
			tags := binary.AppendUvarint(e.geometry[:0], keys[class.kind()])
			f = wire.AppendBytes(f, fieldFeatureTags, binary.AppendUvarint(tags, value))
			value++
		}
		f = wire.AppendVarint(f, fieldFeatureType, uint64(shapes[0].class.kind()))
		e.encodeGeometry(shapes[:n])
		e.feature = wire.AppendBytes(f, fieldFeatureGeometry, e.geometry)
		b = wire.AppendBytes(b, fieldLayerFeature, e.feature)
		shapes = shapes[n:]
	}
	e.layer = b
}

// encodeGeometry sets e.geometry to the geometry of the shapes, which are of one class.
func (e *Encoder) encodeGeometry(shapes []shape) {
	b := e.geometry[:0]
	kind := shapes[0].class.kind()
	var cursor loc2vec.TilePoint
	move := func(p loc2vec.TilePoint) {
		b = binary.AppendVarint(b, int64(p.X-cursor.X))
		b = binary.AppendVarint(b, int64(p.Y-cursor.Y))
		cursor = p
	}
	if kind == loc2vec.KindDisc {
		b = binary.AppendUvarint(b, uint64(len(shapes))<<3|commandMoveTo)
	}
	for _, s := range shapes {
		for i := s.first; i < s.end; i++ {
			points := e.part(i)
			if kind == loc2vec.KindDisc {
				move(points[0])
				continue
			}
			beginNear(points, kind, cursor)
			b = append(b, 1<<3|commandMoveTo)
			move(points[0])
			b = binary.AppendUvarint(b, uint64(len(points)-1)<<3|commandLineTo)
			for _, p := range points[1:] {
				move(p)
			}
			if kind == loc2vec.KindArea {
				b = append(b, 1<<3|commandClosePath)
			}
		}
	}
	e.geometry = b
}

// beginNear reverses a line or rotates a ring to save bits. A line begins with the end nearer to the
// cursor. A ring begins with a point near the cursor but far from its predecessor, since the closing step
// of a ring is not written.
func beginNear(points []loc2vec.TilePoint, kind loc2vec.Kind, cursor loc2vec.TilePoint) {
	last := len(points) - 1
	if kind == loc2vec.KindLine {
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

// stepBits estimates the number of bits of a step.
func stepBits(from, to loc2vec.TilePoint) int {
	length := func(d int32) int { return bits.Len32(uint32(max(d, -d))) }
	return length(to.X-from.X) + length(to.Y-from.Y)
}
