package sdk

import (
	"encoding/binary"

	"github.com/loc2vec/loc2vec"
)

// partUnion tells which parts of a tile several regions have in common, so that they are drawn once:
// coverage adds up where edges and lines cross a pixel. The zero value is empty.
type partUnion struct {
	regions map[string]int // the first region with a part
	key     []byte
}

// add reports whether a part of a region is new: no other region before had it. What one region has
// twice stays twice.
func (u *partUnion) add(p *loc2vec.Part, region int) bool {
	u.key = append(u.key[:0], byte(p.Layer), byte(p.Kind), byte(p.Size), byte(p.Size>>8))
	for _, q := range p.Points {
		u.key = binary.LittleEndian.AppendUint32(u.key, uint32(q.X))
		u.key = binary.LittleEndian.AppendUint32(u.key, uint32(q.Y))
	}
	if first, there := u.regions[string(u.key)]; there {
		return first == region
	}
	if u.regions == nil {
		u.regions = map[string]int{}
	}
	u.regions[string(u.key)] = region
	return true
}
