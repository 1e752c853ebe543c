package osmextract

import (
	"cmp"
	"slices"

	"github.com/loc2vec/loc2vec"
)

// location is a place in WGS84 degrees times 1e7.
type location struct {
	lat, lon int32
}

func (l location) latLon() loc2vec.LatLon {
	return loc2vec.LatLon{Lat: float64(l.lat) / 1e7, Lon: float64(l.lon) / 1e7}
}

// nodeChunk holds nodes in ascending order of id: 12 bytes each.
type nodeChunk struct {
	first int64
	ids   []uint32 // above first
	at    []location
}

func (c *nodeChunk) last() int64 { return c.first + int64(c.ids[len(c.ids)-1]) }

// appendNode adds a node to the last of the chunks, or to a new one when the id does not follow.
func appendNode(chunks []nodeChunk, id int64, at location) []nodeChunk {
	if n := len(chunks); n > 0 {
		if c := &chunks[n-1]; id > c.last() && id-c.first <= 1<<32-1 {
			c.ids = append(c.ids, uint32(id-c.first))
			c.at = append(c.at, at)
			return chunks
		}
	}
	return append(chunks, newNodeChunk(id, at))
}

// newNodeChunk starts a chunk with room for as many nodes as writers of PBF files put into a block.
func newNodeChunk(id int64, at location) nodeChunk {
	const room = 8000
	c := nodeChunk{first: id, ids: make([]uint32, 1, room), at: make([]location, 1, room)}
	c.at[0] = at
	return c
}

// trim gives back the room that is not used, which matters where ids are not in order.
func (c *nodeChunk) trim() {
	if len(c.ids) < cap(c.ids)/2 {
		c.ids, c.at = slices.Clone(c.ids), slices.Clone(c.at)
	}
}

// nodeTable is where the nodes of one file are.
type nodeTable struct {
	chunks []nodeChunk
}

// newNodeTable takes over chunks in any order. Files sorted by id, as nearly all are, have chunks
// that do not overlap; others are sorted here. Of nodes with the same id one is kept.
func newNodeTable(chunks []nodeChunk) *nodeTable {
	slices.SortFunc(chunks, func(a, b nodeChunk) int { return cmp.Compare(a.first, b.first) })
	for i := 1; i < len(chunks); i++ {
		if chunks[i].first <= chunks[i-1].last() {
			return &nodeTable{chunks: sortChunks(chunks)}
		}
	}
	return &nodeTable{chunks: chunks}
}

// sortChunks merges overlapping chunks.
func sortChunks(chunks []nodeChunk) []nodeChunk {
	type node struct {
		id int64
		at location
	}
	var all []node
	for _, c := range chunks {
		for i, id := range c.ids {
			all = append(all, node{c.first + int64(id), c.at[i]})
		}
	}
	slices.SortStableFunc(all, func(a, b node) int { return cmp.Compare(a.id, b.id) })
	var sorted []nodeChunk
	for i, n := range all {
		if i > 0 && n.id == all[i-1].id {
			continue
		}
		// Chunks of moderate length keep the growth of their slices cheap.
		if k := len(sorted); k > 0 && len(sorted[k-1].ids) >= 1<<16 {
			sorted = append(sorted, newNodeChunk(n.id, n.at))
			continue
		}
		sorted = appendNode(sorted, n.id, n.at)
	}
	return sorted
}

// len returns the number of nodes.
func (t *nodeTable) len() int {
	n := 0
	for i := range t.chunks {
		n += len(t.chunks[i].ids)
	}
	return n
}

// nodeFinder looks nodes up in the tables of all files, the file at hand first. It remembers where
// it found the last one, since the nodes of a way tend to have ids close to each other. Not safe
// for concurrent use.
type nodeFinder struct {
	tables []*nodeTable
	chunk  *nodeChunk
	index  int
}

// find returns the place of a node and whether it is known.
func (f *nodeFinder) find(id int64) (location, bool) {
	if c := f.chunk; c != nil && id >= c.first && id <= c.last() {
		if at, ok := f.searchNear(uint32(id - c.first)); ok {
			return at, true
		}
	}
	for _, t := range f.tables {
		i, exact := slices.BinarySearchFunc(t.chunks, id, func(c nodeChunk, id int64) int { return cmp.Compare(c.first, id) })
		if !exact {
			i--
		}
		if i < 0 || id > t.chunks[i].last() {
			continue
		}
		c := &t.chunks[i]
		if k, ok := slices.BinarySearch(c.ids, uint32(id-c.first)); ok {
			f.chunk, f.index = c, k
			return c.at[k], true
		}
	}
	return location{}, false
}

// searchNear looks in the chunk of the last node, in strides that double away from it.
func (f *nodeFinder) searchNear(id uint32) (location, bool) {
	ids, lo, hi := f.chunk.ids, f.index, f.index
	if ids[f.index] <= id {
		for stride := 1; hi < len(ids) && ids[hi] <= id; stride *= 2 {
			lo, hi = hi, hi+stride
		}
		hi = min(hi, len(ids))
	} else {
		for stride := 1; lo > 0 && ids[lo] > id; stride *= 2 {
			lo, hi = max(lo-stride, 0), lo
		}
	}
	k, ok := slices.BinarySearch(ids[lo:hi], id)
	if !ok {
		return location{}, false
	}
	f.index = lo + k
	return f.chunk.at[f.index], true
}
