package osmextract

import (
	"cmp"
	"encoding/binary"
	"iter"
	"math"
	"slices"
	"sort"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/osmextract/internal/grid"
)

// groupNodes is the number of nodes that are packed together.
const groupNodes = 16

// nodeChunk holds nodes in ascending order of id, packed in about seven bytes each instead of twelve. A
// country has a hundred million nodes, and each way looks up its own.
type nodeChunk struct {
	first, last int64 // ids
	lastAt      grid.Location
	nodes       int
	groups      []groupStart
	// packed holds the other nodes of each group as varints: the differences of id, latitude and longitude
	// to the node before.
	packed []byte
}

// groupStart is the first node of a group.
type groupStart struct {
	id   uint32 // minus the first id of the chunk
	next uint32 // offset in packed of the second node of the group
	at   grid.Location
}

// appendNode adds a node to the last chunk, or to a new chunk if the id is not greater than the last one.
func appendNode(chunks []nodeChunk, id int64, at grid.Location) []nodeChunk {
	if n := len(chunks); n > 0 {
		if c := &chunks[n-1]; id > c.last && uint64(id-c.first) <= math.MaxUint32 {
			c.append(id, at)
			return chunks
		}
	}
	return append(chunks, newNodeChunk(id, at))
}

func newNodeChunk(id int64, at grid.Location) nodeChunk {
	c := nodeChunk{first: id}
	c.append(id, at)
	return c
}

// append adds a node with a greater id than the last one.
func (c *nodeChunk) append(id int64, at grid.Location) {
	if c.nodes%groupNodes == 0 {
		c.groups = append(c.groups, groupStart{uint32(id - c.first), uint32(len(c.packed)), at})
	} else {
		c.packed = binary.AppendUvarint(c.packed, uint64(id-c.last))
		c.packed = binary.AppendVarint(c.packed, int64(at.Lat)-int64(c.lastAt.Lat))
		c.packed = binary.AppendVarint(c.packed, int64(at.Lon)-int64(c.lastAt.Lon))
	}
	c.last, c.lastAt = id, at
	c.nodes++
}

// trim frees unused capacity.
func (c *nodeChunk) trim() {
	c.packed, c.groups = slices.Clone(c.packed), slices.Clone(c.groups)
}

// nodeGroup is an unpacked group.
type nodeGroup struct {
	of    *nodeChunk
	index int
	n     int
	ids   [groupNodes]int64
	at    [groupNodes]grid.Location
}

// unpack unpacks the group of an index.
func (g *nodeGroup) unpack(c *nodeChunk, index int) {
	g.of, g.index, g.n = c, index, min(groupNodes, c.nodes-index*groupNodes)
	start := &c.groups[index]
	id, at, steps := c.first+int64(start.id), start.at, stepReader{packed: c.packed, next: int(start.next)}
	g.ids[0], g.at[0] = id, at
	for i := 1; i < g.n; i++ {
		id += int64(steps.uvarint())
		at.Lat += steps.varint()
		at.Lon += steps.varint()
		g.ids[i], g.at[i] = id, at
	}
}

// stepReader reads the varints that nodeChunk.append has written.
type stepReader struct {
	packed []byte
	next   int
}

func (r *stepReader) uvarint() uint64 {
	v := uint64(0)
	for shift := 0; ; shift += 7 {
		b := r.packed[r.next]
		r.next++
		v |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return v
		}
	}
}

func (r *stepReader) varint() int32 {
	v := r.uvarint()
	return int32(v>>1) ^ -int32(v&1)
}

// find returns the location of a node of the group.
func (g *nodeGroup) find(id int64) (grid.Location, bool) {
	for k, known := range g.ids[:g.n] {
		if known == id {
			return g.at[k], true
		}
	}
	return grid.Location{}, false
}

// nodeTable holds the locations of the nodes of one source.
type nodeTable struct {
	chunks []nodeChunk
}

// newNodeTable takes over chunks in any order. In a file sorted by id, as nearly all are, chunks do not
// overlap; newNodeTable sorts those of other files. It keeps one of several nodes with the same id.
func newNodeTable(chunks []nodeChunk) *nodeTable {
	slices.SortFunc(chunks, func(a, b nodeChunk) int { return cmp.Compare(a.first, b.first) })
	for i := 1; i < len(chunks); i++ {
		if chunks[i].first <= chunks[i-1].last {
			return &nodeTable{chunks: sortChunks(chunks)}
		}
	}
	return &nodeTable{chunks: chunks}
}

// sortChunks merges overlapping chunks. Meanwhile it holds all nodes unpacked.
func sortChunks(chunks []nodeChunk) []nodeChunk {
	unsorted := nodeTable{chunks: chunks}
	all := make([]placedNode, 0, unsorted.len())
	for id, at := range unsorted.nodes() {
		all = append(all, placedNode{id, at})
	}
	return appendSorted(nil, all)
}

// placedNode is a node with its location.
type placedNode struct {
	id int64
	at grid.Location
}

// appendSorted sorts nodes and adds them to the chunks. Of nodes with the same id it adds the
// southernmost, of those the westernmost: which one does not depend on their order.
func appendSorted(chunks []nodeChunk, nodes []placedNode) []nodeChunk {
	slices.SortFunc(nodes, func(a, b placedNode) int {
		return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(a.at.Lat, b.at.Lat), cmp.Compare(a.at.Lon, b.at.Lon))
	})
	for i, n := range nodes {
		if i > 0 && n.id == nodes[i-1].id {
			continue
		}
		// Chunks of moderate length keep the growth of slices cheap.
		if k := len(chunks); k > 0 && chunks[k-1].nodes >= 1<<13 {
			chunks = append(chunks, newNodeChunk(n.id, n.at))
			continue
		}
		chunks = appendNode(chunks, n.id, n.at)
	}
	return chunks
}

// len returns the number of nodes.
func (t *nodeTable) len() int {
	n := 0
	for i := range t.chunks {
		n += t.chunks[i].nodes
	}
	return n
}

// countInBox returns the number of nodes in a box.
func (t *nodeTable) countInBox(box loc2vec.Bounds) int {
	n := 0
	for _, at := range t.nodes() {
		if box.Contains(at.LatLon()) {
			n++
		}
	}
	return n
}

// nodes yields all nodes in the order of the chunks.
func (t *nodeTable) nodes() iter.Seq2[int64, grid.Location] {
	return func(yield func(int64, grid.Location) bool) {
		var g nodeGroup
		for i := range t.chunks {
			c := &t.chunks[i]
			for k := range c.groups {
				g.unpack(c, k)
				for n, id := range g.ids[:g.n] {
					if !yield(id, g.at[n]) {
						return
					}
				}
			}
		}
	}
}

// foundGroups is the number of groups that a finder keeps, a power of two. The nodes of a way tend to have
// ids close to each other, and those of its neighbours are in few other groups.
const foundGroups = 1 << 8

// nodeFinder looks up nodes in the tables of several sources, in their order. The first table that holds a
// node decides, whatever has been looked up before. It is not safe for concurrent use.
type nodeFinder []tableFinder

func newNodeFinder(tables ...*nodeTable) nodeFinder {
	f := make(nodeFinder, len(tables))
	for i, t := range tables {
		f[i].table = t
	}
	return f
}

// find returns the location of a node, and false if no table holds it.
func (f nodeFinder) find(id int64) (grid.Location, bool) {
	for i := range f {
		if at, ok := f[i].find(id); ok {
			return at, true
		}
	}
	return grid.Location{}, false
}

// tableFinder looks up nodes in one table. It keeps the groups in which it has found nodes, a quarter of a
// kilobyte each.
type tableFinder struct {
	table  *nodeTable
	groups [foundGroups]*nodeGroup
	last   *nodeGroup // nil before the first find
}

func (f *tableFinder) find(id int64) (grid.Location, bool) {
	if f.last != nil && id >= f.last.ids[0] {
		if at, ok := f.findNear(id); ok {
			return at, true
		}
	}
	chunks := f.table.chunks
	i := sort.Search(len(chunks), func(i int) bool { return chunks[i].first > id }) - 1
	if i < 0 || id > chunks[i].last {
		return grid.Location{}, false
	}
	g := f.groupOf(&chunks[i], id)
	at, ok := g.find(id)
	if ok {
		f.last = g
	}
	return at, ok
}

// findNear looks up a node in the group of the last one and in the next group.
func (f *tableFinder) findNear(id int64) (grid.Location, bool) {
	g := f.last
	if id > g.ids[g.n-1] {
		c, next := g.of, g.index+1
		if next == len(c.groups) || id > c.last || next+1 < len(c.groups) && id >= c.first+int64(c.groups[next+1].id) {
			return grid.Location{}, false
		}
		g = f.group(c, next)
	}
	at, ok := g.find(id)
	if ok {
		f.last = g
	}
	return at, ok
}

// groupOf returns the group of a chunk that may hold an id between its first and last one.
func (f *tableFinder) groupOf(c *nodeChunk, id int64) *nodeGroup {
	above := uint32(id - c.first)
	return f.group(c, sort.Search(len(c.groups), func(i int) bool { return c.groups[i].id > above })-1)
}

// group returns an unpacked group.
func (f *tableFinder) group(c *nodeChunk, index int) *nodeGroup {
	id := uint64(c.first + int64(c.groups[index].id))
	slot := &f.groups[id*0x9E3779B97F4A7C15>>56] // Fibonacci hashing
	if *slot == nil {
		*slot = new(nodeGroup)
	}
	if g := *slot; g.of != c || g.index != index {
		g.unpack(c, index)
	}
	return *slot
}
