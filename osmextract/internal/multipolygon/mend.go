package multipolygon

import (
	"math"
	"slices"

	"github.com/loc2vec/loc2vec/osmextract/internal/grid"
)

// mend repairs outlines that are closed only in the eyes of a reader, one connected part after the other:
//
//   - of lines that repeat an outline, or a part of it, one counts;
//   - a line that two outer rings share, but that is there once, is no edge;
//   - a short gap is closed, if no line is missing.
//
// It reports whether it has changed anything.
func (a *assembly) mend(complete bool) bool {
	m := mender{assembly: a}
	m.divide()
	changed := false
	for _, part := range m.parts {
		changed = m.mendPart(part) || changed
	}
	if complete {
		changed = m.closeGaps() || changed
	}
	if !changed {
		return false
	}
	a.segments = a.segments[:0]
	for _, part := range m.parts {
		a.segments = append(a.segments, part.kept...)
	}
	a.sortSegments()
	return true
}

// outlinePart is a connected part of the segments.
type outlinePart struct {
	kept      []segment
	cancelled []segment // one of each pair
}

type mender struct {
	*assembly
	parts  []*outlinePart
	degree []int32 // of the nodes
}

// divide divides the segments into connected parts.
func (m *mender) divide() {
	m.degree = make([]int32, len(m.at))
	parent := make([]int32, len(m.at))
	for i := range parent {
		parent[i] = int32(i)
	}
	for _, segments := range [...][]segment{m.segments, m.cancelled} {
		for _, s := range segments {
			join(parent, s.a, s.b)
		}
	}
	partOf := map[int32]*outlinePart{}
	part := func(s segment) *outlinePart {
		root := rootOf(parent, s.a)
		p := partOf[root]
		if p == nil {
			p = new(outlinePart)
			partOf[root] = p
			m.parts = append(m.parts, p)
		}
		return p
	}
	for _, s := range m.segments {
		p := part(s)
		p.kept = append(p.kept, s)
	}
	for _, s := range m.cancelled {
		p := part(s)
		p.cancelled = append(p.cancelled, s)
	}
}

// rootOf returns the representative of a set of nodes.
func rootOf(parent []int32, n int32) int32 {
	for parent[n] != n {
		parent[n] = parent[parent[n]]
		n = parent[n]
	}
	return n
}

func join(parent []int32, a, b int32) {
	parent[rootOf(parent, a)] = rootOf(parent, b)
}

// mendPart drops a repetition or a shared line.
func (m *mender) mendPart(p *outlinePart) bool {
	if len(p.cancelled) > 0 && (len(p.kept) == 0 || !m.isEven(p.kept)) {
		// A repeated ring, or two lines that overlap.
		union := slices.Concat(p.kept, p.cancelled)
		if m.isEven(union) {
			p.kept = union
			return true
		}
	}
	if m.isEven(p.kept) {
		return false
	}
	if kept := m.withoutShared(p.kept); kept != nil {
		p.kept = kept
		return true
	}
	return false
}

// isEven reports whether an even number of segments meet in every node.
func (m *mender) isEven(segments []segment) bool {
	m.count(segments)
	even := true
	for _, s := range segments {
		even = even && m.degree[s.a]%2 == 0 && m.degree[s.b]%2 == 0
	}
	return even
}

// count counts the segments at each of their nodes.
func (m *mender) count(segments []segment) {
	for _, s := range segments {
		m.degree[s.a], m.degree[s.b] = 0, 0
	}
	for _, s := range segments {
		m.degree[s.a]++
		m.degree[s.b]++
	}
}

// withoutShared returns the segments of an odd part without those inside its outermost line, apart from
// those of inner lines. It returns nil if that leaves an odd node.
func (m *mender) withoutShared(segments []segment) []segment {
	lines := m.alone(segments)
	lines.list()
	lines.prune()
	var kept, pruned []segment
	for i, s := range segments {
		if !lines.pruned(int32(i)) {
			kept = append(kept, s)
		}
	}
	if m.isEven(kept) {
		return nil
	}
	kept = nil
	outermost := lines.outermost()
	for i, s := range segments {
		switch {
		case lines.pruned(int32(i)):
			pruned = append(pruned, s)
		case outermost[int32(i)] || m.isInner(s.way):
			kept = append(kept, s)
		}
	}
	if len(kept) == 0 || len(kept)+len(pruned) == len(segments) || !m.isEven(kept) {
		return nil
	}
	return append(kept, pruned...)
}

// alone returns an assembly of some segments and their nodes, in the same order of segments.
func (m *mender) alone(segments []segment) *assembly {
	lines := &assembly{index: map[grid.Location]int32{}}
	for _, s := range segments {
		lines.segments = append(lines.segments, segment{lines.node(m.at[s.a]), lines.node(m.at[s.b]), s.way})
	}
	return lines
}

// pruned reports whether a segment is a dead end.
func (a *assembly) pruned(s int32) bool {
	return !slices.Contains(a.endsAt(a.segments[s].a), 2*s)
}

// outermost returns the segments on the outside of a connected part. It walks around it with the outside on
// the right, from its southernmost node.
func (a *assembly) outermost() map[int32]bool {
	start := int32(-1)
	for n := range a.at {
		if len(a.endsAt(int32(n))) == 0 {
			continue
		}
		if p := a.at[n]; start < 0 || p.Lat < a.at[start].Lat || p.Lat == a.at[start].Lat && p.Lon < a.at[start].Lon {
			start = int32(n)
		}
	}
	outside := map[int32]bool{}
	if start < 0 {
		return outside
	}
	first := a.turn(start, -math.Pi/2)
	for end, steps := first, 0; steps <= 2*len(a.segments); steps++ {
		outside[end/2] = true
		end = a.turn(a.nodeAt(end^1), a.angle(end^1))
		if end == first {
			break
		}
	}
	return outside
}

// turn returns the end at a node whose segment is the first one counter-clockwise from a direction.
func (a *assembly) turn(node int32, from float64) int32 {
	best, turn := int32(-1), math.Inf(1)
	for _, e := range a.endsAt(node) {
		t := a.angle(e) - from
		for t <= 0 {
			t += 2 * math.Pi
		}
		if t < turn {
			best, turn = e, t
		}
	}
	return best
}

// maxGap is the longest gap that closeGaps closes, as a share of the length of either line that ends there.
const maxGap = 1.0 / 6

// looseEnd is an end of an open line.
type looseEnd struct {
	node, part int32
	length     float64 // of the line
}

// closeGaps closes the gaps between open lines by straight lines between their loose ends, the nearest first.
// It closes all of them or, if one is too long or lines branch, none.
func (m *mender) closeGaps() bool {
	var ends []looseEnd
	for i, p := range m.parts {
		of, ok := m.looseEnds(p)
		if !ok {
			return false
		}
		for _, e := range of {
			e.part = int32(i)
			ends = append(ends, e)
		}
	}
	if len(ends) == 0 || len(ends) > 64 {
		return false
	}
	var gaps []segment
	for len(ends) > 0 {
		bi, bk, best := 0, 1, math.Inf(1)
		for i := range ends {
			for k := i + 1; k < len(ends); k++ {
				if d := m.distance(ends[i].node, ends[k].node); d < best {
					bi, bk, best = i, k, d
				}
			}
		}
		p, q := ends[bi], ends[bk]
		if best > maxGap*min(p.length, q.length) {
			return false
		}
		gaps = append(gaps, segment{min(p.node, q.node), max(p.node, q.node), m.parts[p.part].kept[0].way})
		ends = slices.Delete(ends, bk, bk+1)
		ends = slices.Delete(ends, bi, bi+1)
	}
	m.parts = append(m.parts, &outlinePart{kept: gaps})
	return true
}

// looseEnds returns the two ends of a part that is an open line, and false if the part is neither a line nor
// even.
func (m *mender) looseEnds(p *outlinePart) ([]looseEnd, bool) {
	if m.isEven(p.kept) {
		return nil, true
	}
	var ends []looseEnd
	length := 0.0
	for _, s := range p.kept {
		length += m.distance(s.a, s.b)
		for _, n := range [...]int32{s.a, s.b} {
			switch m.degree[n] {
			case 1:
				ends = append(ends, looseEnd{node: n})
			case 2:
			default:
				return nil, false
			}
		}
	}
	for i := range ends {
		ends[i].length = length
	}
	return ends, len(ends) == 2
}

func (m *mender) distance(a, b int32) float64 {
	p, q := m.at[a], m.at[b]
	return math.Hypot(float64(p.Lat)-float64(q.Lat), float64(p.Lon)-float64(q.Lon))
}
