package osmextract

import (
	"cmp"
	"math"
	"slices"
)

// polygon is an outer ring, which comes first, with its inner rings. First points are not repeated.
type polygon struct {
	rings [][]location
	// ways are the indices of the lines that each ring took segments from.
	ways [][]int32
}

// assembly builds polygons from the segments of member ways. It asks for nothing but the segments:
// not for the ways' order or direction and not for roles. Ways are joined where they have the same
// node; nodes at the same place count as the same, since an outline may well be closed by two of
// them. A point is inside when a line from it to infinity crosses an odd number of segments, so
// rings that touch each other in nodes, or pass through the same node several times, come out right
// whichever way they are walked.
type assembly struct {
	at       []location // of the distinct nodes
	segments []segment
	// ends lists, for each node, the segment ends there: segment index · 2, plus 1 for its end b.
	// Those of node n are ends[first[n]:first[n+1]].
	ends, first []int32
	// partner of a segment end is the one that the ring goes on with, -1 without any.
	partner []int32
	// open is set when segments are left over that do not belong to any ring.
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

// assemble returns the polygons that the lines' segments enclose, and whether segments were left
// over: the outline is not closed then, but what is closed is returned.
func assemble(lines [][]location) (polygons []polygon, open bool) {
	var a assembly
	a.collect(lines)
	a.connect()
	a.walk()
	return a.nest(), a.open
}

// collect numbers the nodes and lists the segments. A segment that occurs twice encloses nothing
// and goes with its twin.
func (a *assembly) collect(lines [][]location) {
	index := map[location]int32{}
	for w, line := range lines {
		last := int32(-1)
		for _, at := range line {
			n, ok := index[at]
			if !ok {
				n = int32(len(a.at))
				index[at] = n
				a.at = append(a.at, at)
			}
			if last >= 0 && last != n {
				a.segments = append(a.segments, segment{min(last, n), max(last, n), int32(w)})
			}
			last = n
		}
	}
	slices.SortStableFunc(a.segments, func(s, t segment) int { return cmp.Or(cmp.Compare(s.a, t.a), cmp.Compare(s.b, t.b)) })
	kept := a.segments[:0]
	for _, s := range a.segments {
		if n := len(kept); n > 0 && kept[n-1].a == s.a && kept[n-1].b == s.b {
			kept = kept[:n-1]
			continue
		}
		kept = append(kept, s)
	}
	a.segments = kept
}

// connect pairs the segment ends at each node: neighbours in angle, so that rings meeting in the
// node touch there but do not cross.
func (a *assembly) connect() {
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

// endsAt returns the segment ends at a node, those of pruned segments left out.
func (a *assembly) endsAt(n int32) []int32 {
	ends := a.ends[a.first[n]:a.first[n+1]]
	for i, e := range ends {
		if e < 0 {
			return ends[:i]
		}
	}
	return ends
}

// prune takes away dead ends, so that a gap in one outline does not spoil the rings that it touches.
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
			// The other end goes as well: the last of its node takes its place.
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
	return math.Atan2(float64(to.lat)-float64(from.lat), float64(to.lon)-float64(from.lon))
}

// walk follows the partners around and cuts what it finds into rings that pass each node once.
func (a *assembly) walk() {
	used := make([]bool, len(a.segments))
	seen := make([]int32, len(a.at)) // position in the path + 1
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
			if used[end/2] { // only where a path that was not closed has passed
				closed = false
				break
			}
		}
		if closed {
			a.split(path, seen)
		}
	}
}

// split cuts a closed path at the nodes that it passes more than once.
func (a *assembly) split(path ring, seen []int32) {
	var open ring
	for i, n := range path.nodes {
		if p := seen[n]; p > 0 {
			// Back at a node: what lies since then is a ring of its own.
			at := int(p - 1)
			a.addRing(ring{slices.Clone(open.nodes[at:]), slices.Clone(open.segments[at:])})
			for _, m := range open.nodes[at:] {
				seen[m] = 0
			}
			open.nodes, open.segments = open.nodes[:at], open.segments[:at]
		}
		seen[n] = int32(len(open.nodes) + 1)
		open.nodes = append(open.nodes, n)
		open.segments = append(open.segments, path.segments[i])
	}
	a.addRing(open)
	for _, n := range open.nodes {
		seen[n] = 0
	}
}

func (a *assembly) addRing(r ring) {
	if len(r.nodes) >= 3 {
		a.rings = append(a.rings, r)
	}
}

// doubleAreaOf returns twice the signed area of a ring, positive when counter-clockwise with north
// up, in units of 1e-14 square degrees.
func doubleAreaOf(at []location) float64 {
	sum := 0.0
	for i := 1; i+1 < len(at); i++ {
		ax, ay := float64(at[i].lon)-float64(at[0].lon), float64(at[i].lat)-float64(at[0].lat)
		bx, by := float64(at[i+1].lon)-float64(at[0].lon), float64(at[i+1].lat)-float64(at[0].lat)
		sum += ax*by - bx*ay
	}
	return sum
}
