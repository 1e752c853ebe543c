package raster

import (
	"encoding/binary"

	"github.com/loc2vec/loc2vec"
)

// Union puts together what several packs have of a tile, so that what they have in common is drawn once: coverage
// adds up where edges and lines cross a pixel. Packs cut lines where their area ends and join them in ways of their
// own, so that it looks at stretches between two points. The zero value is empty.
type Union struct {
	// The first pack with a piece.
	stretches map[stretch]int
	rings     map[string]int

	key    []byte
	points []loc2vec.TilePoint // what is new of a part
	hidden bool                // the outer ring before is not new, and with it what lies in it
}

// stretch is a stretch of a line, its lesser point first, or a disc, whose points are the same.
type stretch struct {
	layer loc2vec.Layer
	kind  loc2vec.Kind
	size  uint16
	a, b  loc2vec.TilePoint
}

// Add hands what is new in a part of the pack of that number to add: what no other pack before had. What one pack
// has twice stays twice. The part handed on is valid until add returns.
func (u *Union) Add(p *loc2vec.Part, pack int, add func(*loc2vec.Part)) {
	if u.stretches == nil {
		u.stretches, u.rings = map[stretch]int{}, map[string]int{}
	}
	switch p.Kind {
	case loc2vec.KindArea:
		if p.Outer() {
			u.hidden = !u.newRing(p, pack)
		}
		if !u.hidden {
			add(p)
		}
	case loc2vec.KindLine:
		u.addLine(p, pack, add)
	default:
		for _, q := range p.Points {
			if u.newStretch(p, q, q, pack) {
				u.points = append(u.points, q)
			}
		}
		u.hand(p, add)
	}
}

// addLine hands on each run of stretches that are new.
func (u *Union) addLine(p *loc2vec.Part, pack int, add func(*loc2vec.Part)) {
	for i := 1; i < len(p.Points); i++ {
		a, b := p.Points[i-1], p.Points[i]
		if !u.newStretch(p, a, b, pack) {
			u.hand(p, add)
			continue
		}
		if len(u.points) == 0 {
			u.points = append(u.points, a)
		}
		u.points = append(u.points, b)
	}
	u.hand(p, add)
}

// hand hands on the points collected, if there are any, as a part like p.
func (u *Union) hand(p *loc2vec.Part, add func(*loc2vec.Part)) {
	if len(u.points) > 0 {
		fresh := *p
		fresh.Points = u.points
		add(&fresh)
	}
	u.points = u.points[:0]
}

func (u *Union) newStretch(p *loc2vec.Part, a, b loc2vec.TilePoint, pack int) bool {
	if less(b, a) {
		a, b = b, a
	}
	return isNew(u.stretches, stretch{p.Layer, p.Kind, p.Size, a, b}, pack)
}

// newRing does not mind which point of a ring is the first.
func (u *Union) newRing(p *loc2vec.Part, pack int) bool {
	first := 0
	for i, q := range p.Points {
		if less(q, p.Points[first]) {
			first = i
		}
	}
	u.key = append(u.key[:0], byte(p.Layer))
	for i := range p.Points {
		q := p.Points[(first+i)%len(p.Points)]
		u.key = binary.LittleEndian.AppendUint32(u.key, uint32(q.X))
		u.key = binary.LittleEndian.AppendUint32(u.key, uint32(q.Y))
	}
	return isNew(u.rings, string(u.key), pack)
}

// isNew reports whether no other pack had the piece before, and remembers the first that has it.
func isNew[K comparable](pieces map[K]int, piece K, pack int) bool {
	first, there := pieces[piece]
	if !there {
		pieces[piece] = pack
	}
	return !there || first == pack
}

func less(a, b loc2vec.TilePoint) bool { return a.X < b.X || a.X == b.X && a.Y < b.Y }
