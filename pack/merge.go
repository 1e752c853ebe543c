package pack

import (
	"encoding/binary"

	"github.com/loc2vec/loc2vec"
)

// merger merges the parts that several packs have of a tile, so that features that they share appear once:
// drawn twice, the pixels along their edges would count twice. Packs cut lines at the edge of their area and
// join them differently, so the merger compares single segments. When work has an error, it adds nothing more.
type merger struct {
	work *meter
	// For each piece, the index of the first pack that has it.
	segments map[segment]int32
	rings    map[string]int32
	// For each point of a shore, the number of the ring that first had it, and the pack of each ring.
	shores    map[loc2vec.TilePoint]int32
	shorePack []int

	key       []byte
	points    []loc2vec.TilePoint // of the new part that is being collected
	duplicate bool                // the last outer ring is a duplicate, and so are its inner rings
}

// segment is a line segment, its lesser end first, or a disc, whose ends are equal.
type segment struct {
	layer loc2vec.Layer
	kind  loc2vec.Kind
	size  uint16
	a, b  loc2vec.TilePoint
}

// add calls emit with the pieces of a part that no earlier pack has. Packs are numbered in the order in
// which they are added. Duplicates within one pack stay. Emitted parts are valid until emit returns.
func (m *merger) add(p *loc2vec.Part, pack int, emit func(*loc2vec.Part)) {
	if m.segments == nil {
		m.segments, m.rings, m.shores = map[segment]int32{}, map[string]int32{}, map[loc2vec.TilePoint]int32{}
	}
	if m.work.take(len(p.Points)) != nil {
		return
	}
	switch p.Kind {
	case loc2vec.KindArea:
		if p.Outer() {
			m.duplicate = !m.newRing(p, pack)
		}
		if !m.duplicate {
			emit(p)
		}
	case loc2vec.KindLine:
		m.addLine(p, pack, emit)
	default:
		for _, q := range p.Points {
			if m.newSegment(p, q, q, pack) {
				m.points = append(m.points, q)
			}
		}
		m.flush(p, emit)
	}
}

// addLine emits each run of new segments.
func (m *merger) addLine(p *loc2vec.Part, pack int, emit func(*loc2vec.Part)) {
	for i := 1; i < len(p.Points); i++ {
		a, b := p.Points[i-1], p.Points[i]
		if m.work.take(1) != nil {
			return
		}
		if !m.newSegment(p, a, b, pack) {
			m.flush(p, emit)
			continue
		}
		if len(m.points) == 0 {
			m.points = append(m.points, a)
		}
		m.points = append(m.points, b)
	}
	m.flush(p, emit)
}

// flush emits the collected points, if there are any, as a part like p.
func (m *merger) flush(p *loc2vec.Part, emit func(*loc2vec.Part)) {
	if len(m.points) > 0 {
		part := *p
		part.Points = m.points
		emit(&part)
	}
	m.points = m.points[:0]
}

func (m *merger) newSegment(p *loc2vec.Part, a, b loc2vec.TilePoint, pack int) bool {
	if comparePoints(b, a) < 0 {
		a, b = b, a
	}
	return isNew(m.segments, segment{p.Layer, p.Kind, p.Size, a, b}, pack)
}

// newRing reports whether an outer ring is new. It ignores which point of a ring is the first.
func (m *merger) newRing(p *loc2vec.Part, pack int) bool {
	if p.Layer == loc2vec.Water && !m.newShore(p, pack) {
		return false
	}
	first := 0
	for i, q := range p.Points {
		if comparePoints(q, p.Points[first]) < 0 {
			first = i
		}
	}
	m.key = append(m.key[:0], byte(p.Layer))
	for i := range p.Points {
		q := p.Points[(first+i)%len(p.Points)]
		m.key = binary.LittleEndian.AppendUint32(m.key, uint32(q.X))
		m.key = binary.LittleEndian.AppendUint32(m.key, uint32(q.Y))
	}
	return isNew(m.rings, string(m.key), pack)
}

// newShore reports whether water that reaches the tile's edge is another one than that of earlier packs. Where a
// coast leaves the data of a pack, the pack ends the sea there and an earlier one goes on: the waters are
// the same if most of one's points inside the tile are those of a ring of the other. Water that fills the tile
// is new only in the first pack, which has most features in the tile.
func (m *merger) newShore(p *loc2vec.Part, pack int) bool {
	var inside []loc2vec.TilePoint
	for _, q := range p.Points {
		if m.work.take(1) != nil {
			return false
		}
		if q.X > 0 && q.X < loc2vec.Extent && q.Y > 0 && q.Y < loc2vec.Extent {
			inside = append(inside, q)
		}
	}
	if len(inside) == len(p.Points) {
		return true
	}
	if len(inside) == 0 {
		return pack == 0
	}
	shared := map[int32]int{} // points by ring
	for _, q := range inside {
		if m.work.take(1) != nil {
			return false
		}
		if ring, found := m.shores[q]; found && m.shorePack[ring] != pack {
			shared[ring]++
			if 2*shared[ring] > len(inside) {
				return false
			}
		}
	}
	for _, q := range inside {
		if m.work.take(1) != nil {
			return false
		}
		if _, found := m.shores[q]; !found {
			m.shores[q] = int32(len(m.shorePack))
		}
	}
	m.shorePack = append(m.shorePack, pack)
	return true
}

// isNew reports whether no other pack has the piece, and records the first pack that has it.
func isNew[K comparable](pieces map[K]int32, piece K, pack int) bool {
	first, found := pieces[piece]
	if !found {
		pieces[piece] = int32(pack)
	}
	return !found || int(first) == pack
}
