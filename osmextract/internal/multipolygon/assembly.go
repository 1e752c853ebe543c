package multipolygon

import (
	"cmp"
	"math"
	"slices"

	"github.com/loc2vec/loc2vec/osmextract/internal/grid"
)

// Polygon is an outer ring, which comes first, and its inner rings. The first location of a ring is not
// repeated at its end.
type Polygon struct {
	Rings [][]grid.Location
	// Ways are, for each ring, the ascending indices of the lines that its segments belong to.
	Ways [][]int32
}

// assembly builds polygons from segments. The order and direction of the lines do not matter. Lines join
// where they share a node; nodes at the same location count as one, since two of them may close an
// outline. A point is inside if a ray from it crosses an odd number of segments, so rings that touch in
// nodes, or pass a node several times, come out right in whichever order they are walked.
type assembly struct {
	at       []grid.Location // of the distinct nodes
	index    map[grid.Location]int32
	segments []segment
	// cancelled holds one of each pair of equal segments with the same role.
	cancelled []segment
	// also holds the other segment of each of these pairs.
	also  []segment
	inner []bool // the roles of the lines, nil if they are unknown
	// ends lists the segment ends at each node: segment index · 2, plus 1 for the end b. Those at node n are
	// ends[first[n]:first[n+1]].
	ends, first []int32
	// partner is, for each segment end, the end with which the ring continues, or -1.
	partner []int32
	// open is set if some segments belong to no ring.
	open bool

	rings []ring
}

// segment joins two nodes, a < b.
type segment struct {
	a, b int32
	way  int32
}

// ring is a closed sequence of nodes, none of which occurs twice.
type ring struct {
	nodes []int32
	// segments[i] goes from nodes[i] to the next node.
	segments []int32
}

// Outline is what a multipolygon is assembled from.
type Outline struct {
	Lines [][]grid.Location
	// Inner says which lines have the role of inner rings, nil if that is unknown. Where rings cross, the
	// area is that inside the outer and outside of the inner ones; elsewhere roles do not matter.
	Inner []bool
	// Complete says that no line is missing. Only then are short gaps closed.
	Complete bool
}

// Result is what an Assembler makes of an outline.
type Result struct {
	Polygons []Polygon
	// Open is set if segments are left over: then the outline has a gap, and the polygons are its closed
	// parts.
	Open bool
	// Repaired is set if the outline repeats or shares lines, has a short gap, or has rings that cross.
	Repaired bool
}

// Assembler assembles multipolygons. It reuses buffers and is not safe for concurrent use.
type Assembler struct {
	crossings crossingFinder
	lines     []line
}

// Assemble returns the polygons that the segments of the lines enclose.
func (x *Assembler) Assemble(o Outline) Result {
	if slices.ContainsFunc(o.Lines, jumps) {
		return x.assembleOpposite(o)
	}
	return x.assemble(o)
}

// assembleOpposite assembles an outline across the antimeridian on the other side of the Earth.
func (x *Assembler) assembleOpposite(o Outline) Result {
	lines := make([][]grid.Location, len(o.Lines))
	for i, l := range o.Lines {
		lines[i] = opposite(slices.Clone(l))
	}
	o.Lines = lines
	r := x.assemble(o)
	for _, p := range r.Polygons {
		for _, ring := range p.Rings {
			opposite(ring)
		}
	}
	return r
}

func opposite(at []grid.Location) []grid.Location {
	for i, l := range at {
		at[i] = l.Opposite()
	}
	return at
}

// jumps reports whether a line crosses the antimeridian.
func jumps(line []grid.Location) bool {
	for i := 1; i < len(line); i++ {
		if line[i-1].Jumps(line[i]) {
			return true
		}
	}
	return false
}

func (x *Assembler) assemble(o Outline) Result {
	a := assembly{inner: o.Inner}
	a.collect(o.Lines)
	a.connect()
	var r Result
	if a.open || len(a.cancelled) > 0 {
		if r.Repaired = a.mend(o.Complete); r.Repaired {
			a.open = false
			a.connect()
		}
	}
	a.walk()
	r.Open = a.open
	if x.cross(&a) {
		if polygons, ok := x.resolve(&a); ok {
			r.Polygons, r.Repaired = polygons, true
			return r
		}
	}
	r.Polygons = a.nest()
	return r
}

// collect numbers the nodes and lists the segments. Two equal segments enclose nothing and cancel.
func (a *assembly) collect(lines [][]grid.Location) {
	a.index = map[grid.Location]int32{}
	for w, line := range lines {
		last := int32(-1)
		for _, at := range line {
			n := a.node(at)
			if last >= 0 && last != n {
				a.segments = append(a.segments, segment{min(last, n), max(last, n), int32(w)})
			}
			last = n
		}
	}
	a.sortSegments()
	kept := a.segments[:0]
	for _, s := range a.segments {
		if n := len(kept); n > 0 && kept[n-1].a == s.a && kept[n-1].b == s.b {
			if a.isInner(kept[n-1].way) == a.isInner(s.way) {
				a.cancelled = append(a.cancelled, kept[n-1])
				a.also = append(a.also, s)
			}
			kept = kept[:n-1]
			continue
		}
		kept = append(kept, s)
	}
	a.segments = kept
}

func (a *assembly) sortSegments() {
	slices.SortStableFunc(a.segments, func(s, t segment) int { return cmp.Or(cmp.Compare(s.a, t.a), cmp.Compare(s.b, t.b)) })
}

// node returns the number of the node at a location.
func (a *assembly) node(at grid.Location) int32 {
	n, ok := a.index[at]
	if !ok {
		n = int32(len(a.at))
		a.index[at] = n
		a.at = append(a.at, at)
	}
	return n
}

// isInner reports whether a line has the role of an inner ring.
func (a *assembly) isInner(way int32) bool { return a.inner != nil && a.inner[way] }

// connect pairs the segment ends at each node by their angle, neighbour with neighbour, so that rings
// that meet in the node touch but do not cross.
func (a *assembly) connect() {
	a.list()
	a.prune()
	a.partner = make([]int32, 2*len(a.segments))
	for i := range a.partner {
		a.partner[i] = -1
	}
	for n := range a.at {
		ends := a.endsAt(int32(n))
		if len(ends) > 2 {
			slices.SortFunc(ends, func(d, e int32) int { return cmp.Compare(a.angle(d), a.angle(e)) })
		}
		for i := 0; i+1 < len(ends); i += 2 {
			a.partner[ends[i]], a.partner[ends[i+1]] = ends[i+1], ends[i]
		}
		a.open = a.open || len(ends)%2 == 1
	}
}

// list lists the segment ends at each node.
func (a *assembly) list() {
	a.first = make([]int32, len(a.at)+1)
	for _, s := range a.segments {
		a.first[s.a+1]++
		a.first[s.b+1]++
	}
	for i := range a.at {
		a.first[i+1] += a.first[i]
	}
	a.ends = make([]int32, 2*len(a.segments))
	next := slices.Clone(a.first)
	for i, s := range a.segments {
		a.ends[next[s.a]] = int32(2 * i)
		a.ends[next[s.b]] = int32(2*i + 1)
		next[s.a]++
		next[s.b]++
	}
}

// endsAt returns the segment ends at a node, without those of pruned segments.
func (a *assembly) endsAt(n int32) []int32 {
	ends := a.ends[a.first[n]:a.first[n+1]]
	for i, e := range ends {
		if e < 0 {
			return ends[:i]
		}
	}
	return ends
}

// prune removes dead ends, so that a gap in one outline does not spoil the rings that it touches.
func (a *assembly) prune() {
	for n := range a.at {
		for at := int32(n); ; {
			ends := a.endsAt(at)
			if len(ends) != 1 {
				break
			}
			a.open = true
			end := ends[0]
			ends[0] = -1
			at = a.nodeAt(end ^ 1)
			// The last end of the node takes the place of the other end.
			others := a.endsAt(at)
			i, last := slices.Index(others, end^1), len(others)-1
			others[i], others[last] = others[last], -1
		}
	}
}

// nodeAt returns the node of a segment end.
func (a *assembly) nodeAt(end int32) int32 {
	s := a.segments[end/2]
	if end&1 == 0 {
		return s.a
	}
	return s.b
}

// angle returns the direction in which a segment leaves the node of its end.
func (a *assembly) angle(end int32) float64 {
	from, to := a.at[a.nodeAt(end)], a.at[a.nodeAt(end^1)]
	return math.Atan2(float64(to.Lat)-float64(from.Lat), float64(to.Lon)-float64(from.Lon))
}

// walk follows the partners and splits each closed path into rings that pass a node once.
func (a *assembly) walk() {
	used := make([]bool, len(a.segments))
	position := make([]int32, len(a.at)) // of a node in the path, plus 1; 0 if it is not in it
	for s := range a.segments {
		if used[s] {
			continue
		}
		var path ring
		start := int32(2 * s)
		end := start // the end at which the path enters the segment
		closed := true
		for {
			used[end/2] = true
			path.nodes = append(path.nodes, a.nodeAt(end))
			path.segments = append(path.segments, end/2)
			if end = a.partner[end^1]; end < 0 {
				closed = false
				break
			}
			if end == start {
				break
			}
			if used[end/2] { // by a path that was not closed
				closed = false
				break
			}
		}
		if closed {
			a.split(path, position)
		}
	}
}

// split splits a closed path at the nodes that it passes more than once.
func (a *assembly) split(path ring, position []int32) {
	var open ring
	for i, n := range path.nodes {
		if p := position[n]; p > 0 {
			// Since the last visit of the node the path has made a ring.
			at := int(p - 1)
			a.addRing(ring{slices.Clone(open.nodes[at:]), slices.Clone(open.segments[at:])})
			for _, m := range open.nodes[at:] {
				position[m] = 0
			}
			open.nodes, open.segments = open.nodes[:at], open.segments[:at]
		}
		position[n] = int32(len(open.nodes) + 1)
		open.nodes = append(open.nodes, n)
		open.segments = append(open.segments, path.segments[i])
	}
	a.addRing(open)
	for _, n := range open.nodes {
		position[n] = 0
	}
}

func (a *assembly) addRing(r ring) {
	if len(r.nodes) >= 3 {
		a.rings = append(a.rings, r)
	}
}

// DoubleArea returns twice the signed area of a ring in units of 1e-14 square degrees, positive for a
// ring that is counter-clockwise on the map.
func DoubleArea(at []grid.Location) float64 {
	sum := 0.0
	for i := 1; i+1 < len(at); i++ {
		ax, ay := float64(at[i].Lon)-float64(at[0].Lon), float64(at[i].Lat)-float64(at[0].Lat)
		bx, by := float64(at[i+1].Lon)-float64(at[0].Lon), float64(at[i+1].Lat)-float64(at[0].Lat)
		sum += ax*by - bx*ay
	}
	return sum
}
