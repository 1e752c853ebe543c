package raster

import (
	"encoding/binary"

	"github.com/loc2vec/loc2vec"
)

// Union tells which parts of a tile several packs have in common, so that they are drawn once:
// coverage adds up where edges and lines cross a pixel. The zero value is empty.
type Union struct {
	packs map[string]int // the first pack with a part
	key   []byte
}

// Add reports whether a part of the pack of that number is new: no other pack before had it. What one pack has
// twice stays twice.
func (u *Union) Add(p *loc2vec.Part, pack int) bool {
	u.key = append(u.key[:0], byte(p.Layer), byte(p.Kind), byte(p.Size), byte(p.Size>>8))
	for _, q := range p.Points {
		u.key = binary.LittleEndian.AppendUint32(u.key, uint32(q.X))
		u.key = binary.LittleEndian.AppendUint32(u.key, uint32(q.Y))
	}
	if first, there := u.packs[string(u.key)]; there {
		return first == pack
	}
	if u.packs == nil {
		u.packs = map[string]int{}
	}
	u.packs[string(u.key)] = pack
	return true
}
