package mvttest

import (
	"encoding/binary"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/mvt"
	"github.com/loc2vec/loc2vec/internal/wire"
)

// stepBytes is the length of one step of a program of Tile.
const stepBytes = 12

// Tile returns the vector tile of a program: bytes, of which a fuzzer can change any and still gets a tile that decodes or
// nearly does. Each step draws a feature of up to 65,535 points that lie along a line or a zigzag, and may repeat it; so a
// few bytes reach the limits of a tile. An encoder would clean such features. Tile ends with the step that brings it beyond
// most bytes.
//
// A step has the bytes layer, kind and flags, size (2), points (2), x (2), y (2), dx, dy. Unlike an encoder, Tile
// writes layers and kinds that do not exist, too few points and points outside the tile.
func Tile(program []byte, most int) []byte {
	var features [loc2vec.NumLayers + 2][]byte // the last is a layer that decoders do not know
	sizes := [len(features)][]uint16{}
	total := 0
	for ; len(program) >= stepBytes && total < most; program = program[stepBytes:] {
		s := parseStep(program)
		f := s.feature(uint64(len(sizes[s.layer])))
		sizes[s.layer] = append(sizes[s.layer], s.size)
		for range s.repeat {
			features[s.layer] = wire.AppendBytes(features[s.layer], 2, f)
			if total += len(f) + 4; total >= most {
				break
			}
		}
	}
	var tile []byte
	for l, f := range features {
		if len(f) > 0 {
			tile = wire.AppendBytes(tile, 3, layer(l, sizes[l], f))
		}
	}
	return tile
}

// layer returns the message of a layer.
func layer(l int, sizes []uint16, features []byte) []byte {
	name := "unknown"
	switch l {
	case loc2vec.NumLayers:
		name = "closing"
	default:
		if l < loc2vec.NumLayers {
			name = loc2vec.Layer(l).String()
		}
	}
	b := wire.AppendVarint(wire.AppendBytes(nil, 1, []byte(name)), 15, 2)
	b = wire.AppendVarint(b, 5, loc2vec.Extent)
	for _, key := range []string{mvt.AttributeRadius, mvt.AttributeWidth, mvt.AttributeSea} {
		b = wire.AppendBytes(b, 3, []byte(key))
	}
	for _, size := range sizes {
		b = wire.AppendBytes(b, 4, wire.AppendVarint(nil, 5, uint64(size)))
	}
	return append(b, features...)
}

// step is a step of a program.
type step struct {
	layer  int
	kind   uint64
	bare   bool // without its size
	zigzag bool
	repeat int
	size   uint16
	points int
	x, y   int32
	dx, dy int32
}

func parseStep(b []byte) step {
	le := binary.LittleEndian
	s := step{
		layer: int(b[0]) % (loc2vec.NumLayers + 2), kind: uint64(b[1] & 3), bare: b[1]&4 != 0, zigzag: b[1]&8 != 0, repeat: 1,
		size: le.Uint16(b[2:]), points: int(le.Uint16(b[4:])), x: int32(int16(le.Uint16(b[6:]))), y: int32(int16(le.Uint16(b[8:]))),
		dx: int32(int8(b[10])), dy: int32(int8(b[11])),
	}
	if b[1]&16 != 0 { // many small features in place of a large one
		s.repeat, s.points = s.points, 1+int(b[1]>>5)
	}
	if b[1]&32 != 0 { // long segments
		s.dx, s.dy = s.dx*64, s.dy*64
	}
	return s
}

// feature returns the message of the feature, with the value of that index as its size.
func (s step) feature(value uint64) []byte {
	var f []byte
	if !s.bare && s.kind > 0 {
		f = wire.AppendBytes(f, 2, binary.AppendUvarint([]byte{byte(s.kind - 1)}, value))
	}
	f = wire.AppendVarint(f, 3, s.kind)
	return wire.AppendBytes(f, 4, s.geometry())
}

// geometry returns the commands of the feature.
func (s step) geometry() []byte {
	const moveTo, lineTo, closePath = 1, 2, 1<<3 | 7
	if s.points == 0 {
		return nil
	}
	first := 1
	if s.kind == uint64(loc2vec.KindDisc) {
		first = s.points
	}
	b := binary.AppendUvarint(nil, uint64(first)<<3|moveTo)
	b = binary.AppendVarint(binary.AppendVarint(b, int64(s.x)), int64(s.y))
	dx, dy := s.dx, s.dy
	for i := 1; i < s.points; i++ {
		if i == first {
			b = binary.AppendUvarint(b, uint64(s.points-first)<<3|lineTo)
		}
		b = binary.AppendVarint(binary.AppendVarint(b, int64(dx)), int64(dy))
		if s.zigzag {
			dx, dy = -dx, -dy+int32(i&1)
		} else if i%64 == 0 { // turn, to stay near
			dx, dy = -dy, dx
		}
	}
	if s.kind == uint64(loc2vec.KindArea) {
		b = append(b, closePath)
	}
	return b
}
