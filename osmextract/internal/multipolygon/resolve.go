package multipolygon

import (
	"cmp"
	"math"
	"slices"

	"github.com/loc2vec/loc2vec/osmextract/internal/grid"
)

// cross reports whether segments of the rings meet away from their ends.
func (x *Assembler) cross(a *assembly) bool {
	x.lines = x.lines[:0]
	for _, r := range a.rings {
		for _, s := range r.segments {
			x.lines = append(x.lines, line{a.at[a.segments[s].a], a.at[a.segments[s].b]})
		}
	}
	return x.anyCross(false)
}

// Crosses reports whether a ring, whose first location is not repeated at its end, crosses or touches itself
// away from its locations.
func (x *Assembler) Crosses(ring []grid.Location) bool {
	x.lines = x.lines[:0]
	last := ring[len(ring)-1]
	across := false
	for _, at := range ring {
		x.lines = append(x.lines, line{last, at})
		across = across || last.Jumps(at)
		last = at
	}
	if across {
		for i, l := range x.lines {
			x.lines[i] = line{l.a.Opposite(), l.b.Opposite()}
		}
	}
	return x.anyCross(false)
}

func (x *Assembler) anyCross(ends bool) bool {
	found := false
	if len(x.lines) > 0 {
		x.crossings.find(x.lines, ends, func(_, _ int32) bool {
			found = true
			return false
		})
	}
	return found
}

// resolver makes polygons of rings that cross: it cuts the segments where they meet, decides for each piece
// whether it separates the inside from the outside, and assembles the pieces that do.
type resolver struct {
	*assembly
	pieces []piece
	// parent groups the rings that meet.
	parent []int32
	fresh  bool // whether cutting has made nodes
	// allInner has the rings of which all lines are inner ones.
	allInner []bool
}

// piece is a part of a segment of a ring, without direction.
type piece struct {
	a, b    int32
	segment int32
	ring    int32
}

const (
	// maxRounds limits the rounds of cutting: rounding the cuts may make pieces cross others.
	maxRounds = 6
	// maxCuts limits the cuts of an outline of nothing but crossings, in pieces.
	maxCuts = 4
	// maxComparisons limits the work of an outline.
	maxComparisons = 1 << 25
)

// resolve returns the polygons of rings that meet, and false if the polygons of nest are right already, or
// if the rings cross too often.
func (x *Assembler) resolve(a *assembly) ([]Polygon, bool) {
	r := resolver{assembly: a, parent: make([]int32, len(a.rings))}
	for i, ring := range a.rings {
		r.parent[i] = int32(i)
		r.allInner = append(r.allInner, !slices.ContainsFunc(ring.segments, func(s int32) bool { return !a.isInner(a.segments[s].way) }))
		for _, s := range ring.segments {
			r.pieces = append(r.pieces, piece{a.segments[s].a, a.segments[s].b, s, int32(i)})
		}
	}
	limit := maxCuts*len(r.pieces) + 1000
	for range maxRounds {
		cuts, ok := r.findCuts(x, limit)
		if !ok {
			return nil, false
		}
		if len(cuts) == 0 {
			break
		}
		r.cut(cuts)
	}
	edges, ok := r.edges()
	if !ok {
		return nil, false
	}
	b := assembly{at: a.at, inner: a.inner, also: a.also}
	var original []int32
	for _, e := range edges {
		b.segments = append(b.segments, segment{e.a, e.b, a.segments[e.segment].way})
		original = append(original, e.segment)
	}
	b.connect()
	b.walk()
	for i := range b.rings {
		b.rings[i] = b.rings[i].straightened(original)
	}
	polygons := b.nest()
	if !r.fresh {
		// Rings that only touch are right as they are, if they are nested right.
		if before, now := area(a.nest()), area(polygons); math.Abs(before-now) <= 1e-9*now {
			return nil, false
		}
	}
	return polygons, true
}

// cutAt is a place where a piece is to be cut.
type cutAt struct {
	piece int32
	at    grid.Location
}

// findCuts finds where pieces meet, and groups their rings.
func (r *resolver) findCuts(x *Assembler, limit int) (cuts []cutAt, ok bool) {
	x.lines = x.lines[:0]
	for _, p := range r.pieces {
		x.lines = append(x.lines, line{r.at[p.a], r.at[p.b]})
	}
	x.crossings.find(x.lines, true, func(i, k int32) bool {
		join(r.parent, r.pieces[i].ring, r.pieces[k].ring)
		l, m := x.lines[i], x.lines[k]
		if at, ok := l.cross(m); ok {
			cuts = append(cuts, cutAt{i, at}, cutAt{k, at})
			if _, known := r.index[at]; !known {
				r.fresh = true
			}
			return len(cuts) <= limit
		}
		for _, end := range [...]grid.Location{m.a, m.b} {
			if l.passes(end) {
				cuts = append(cuts, cutAt{i, end})
			}
		}
		for _, end := range [...]grid.Location{l.a, l.b} {
			if m.passes(end) {
				cuts = append(cuts, cutAt{k, end})
			}
		}
		return len(cuts) <= limit
	})
	return cuts, len(cuts) <= limit
}

// cut cuts the pieces.
func (r *resolver) cut(cuts []cutAt) {
	distance := func(c cutAt) float64 {
		from := r.at[r.pieces[c.piece].a]
		return math.Hypot(float64(c.at.Lat)-float64(from.Lat), float64(c.at.Lon)-float64(from.Lon))
	}
	slices.SortFunc(cuts, func(c, d cutAt) int {
		return cmp.Or(cmp.Compare(c.piece, d.piece), cmp.Compare(distance(c), distance(d)),
			cmp.Compare(c.at.Lat, d.at.Lat), cmp.Compare(c.at.Lon, d.at.Lon))
	})
	whole := r.pieces
	r.pieces = nil
	for i, p := range whole {
		last := p.a
		add := func(n int32) {
			if n != last {
				r.pieces = append(r.pieces, piece{min(last, n), max(last, n), p.segment, p.ring})
			}
			last = n
		}
		for len(cuts) > 0 && cuts[0].piece == int32(i) {
			add(r.node(cuts[0].at))
			cuts = cuts[1:]
		}
		add(p.b)
	}
}

// edge is a piece with all rings that it belongs to.
type edge struct {
	piece
	rings []int32 // ascending
	// beside lists the rings around one side of the edge: those around its other side are these, with and
	// without its own rings.
	beside []int32
}

// edges returns the pieces that separate the inside from the outside.
func (r *resolver) edges() (kept []edge, ok bool) {
	groups := map[int32][]piece{}
	var roots []int32
	for _, p := range r.pieces {
		root := rootOf(r.parent, p.ring)
		if groups[root] == nil {
			roots = append(roots, root)
		}
		groups[root] = append(groups[root], p)
	}
	work := 0
	for _, root := range roots {
		pieces := groups[root]
		if r.isWhole(pieces) {
			for _, p := range pieces {
				kept = append(kept, edge{piece: p})
			}
			continue
		}
		group := mergeEqual(pieces)
		if !r.look(group, &work) {
			return nil, false
		}
		kept = append(kept, r.borders(group)...)
	}
	return kept, true
}

// isWhole reports whether pieces are a single ring that meets nothing.
func (r *resolver) isWhole(pieces []piece) bool {
	ring := pieces[0].ring
	return len(pieces) == len(r.rings[ring].segments) && !slices.ContainsFunc(pieces, func(p piece) bool { return p.ring != ring })
}

// mergeEqual makes an edge of all equal pieces. A ring that passes a piece twice cancels itself there.
func mergeEqual(pieces []piece) []edge {
	slices.SortFunc(pieces, func(p, q piece) int {
		return cmp.Or(cmp.Compare(p.a, q.a), cmp.Compare(p.b, q.b), cmp.Compare(p.ring, q.ring), cmp.Compare(p.segment, q.segment))
	})
	var edges []edge
	for _, p := range pieces {
		n := len(edges)
		if n == 0 || edges[n-1].a != p.a || edges[n-1].b != p.b {
			edges = append(edges, edge{piece: p, rings: []int32{p.ring}})
			continue
		}
		rings := &edges[n-1].rings
		if k := len(*rings); k > 0 && (*rings)[k-1] == p.ring {
			*rings = (*rings)[:k-1]
		} else {
			*rings = append(*rings, p.ring)
		}
	}
	return slices.DeleteFunc(edges, func(e edge) bool { return len(e.rings) == 0 })
}

// look finds the rings beside each edge: west of it, or north of an edge along a latitude. It returns false
// if that takes too long.
func (r *resolver) look(edges []edge, work *int) bool {
	lo, hi := int32(math.MaxInt32), int32(math.MinInt32)
	for _, e := range edges {
		lo, hi = min(lo, r.at[e.a].Lat, r.at[e.b].Lat), max(hi, r.at[e.a].Lat, r.at[e.b].Lat)
	}
	n := 1 + len(edges)/4
	height := (float64(hi) - float64(lo) + 1) / float64(n)
	band := func(lat float64) int { return min(int((lat-float64(lo))/height), n-1) }
	bands := make([][]int32, n)
	for i, e := range edges {
		p, q := r.at[e.a].Lat, r.at[e.b].Lat
		for b := band(float64(min(p, q))); b <= band(float64(max(p, q))); b++ {
			bands[b] = append(bands[b], int32(i))
			*work++
		}
		if *work > maxComparisons {
			return false
		}
	}
	for i := range edges {
		p, q := r.at[edges[i].a], r.at[edges[i].b]
		lat, lon := (float64(p.Lat)+float64(q.Lat))/2, (float64(p.Lon)+float64(q.Lon))/2
		crossed := bands[band(lat)]
		if *work += len(crossed); *work > maxComparisons {
			return false
		}
		var beside []int32
		for _, k := range crossed {
			c, d := r.at[edges[k].a], r.at[edges[k].b]
			if int(k) == i || (float64(c.Lat) > lat) == (float64(d.Lat) > lat) {
				continue
			}
			if at := float64(c.Lon) + (float64(d.Lon)-float64(c.Lon))*(lat-float64(c.Lat))/(float64(d.Lat)-float64(c.Lat)); at < lon {
				beside = append(beside, edges[k].rings...)
			}
		}
		edges[i].beside = oddOf(beside)
		*work += len(edges[i].beside) * len(edges[i].beside)
	}
	return true
}

// oddOf sorts numbers and returns those that occur an odd number of times.
func oddOf(list []int32) []int32 {
	slices.Sort(list)
	odd := list[:0]
	for n := 0; n < len(list); {
		end := n + 1
		for end < len(list) && list[end] == list[n] {
			end++
		}
		if v := list[n]; (end-n)%2 == 1 {
			odd = append(odd, v)
		}
		n = end
	}
	return odd
}

// borders returns the edges between the inside and the outside of a group of rings.
func (r *resolver) borders(edges []edge) []edge {
	clusters := r.clusters(edges)
	return slices.DeleteFunc(edges, func(e edge) bool {
		other := oddOf(slices.Concat(e.beside, e.rings))
		return r.isInside(clusters, e.beside) == r.isInside(clusters, other)
	})
}

// ringClusters says which rings of a group belong together.
type ringClusters struct {
	of       map[int32]int32 // a ring of the cluster, the same for all its rings
	hasOuter map[int32]bool  // by that ring
}

// clusters joins the rings that cross each other, or equal each other, rather than touch.
func (r *resolver) clusters(edges []edge) ringClusters {
	// For ring 0 of a pair: its edges, those inside ring 1, and those that are also edges of ring 1.
	length, within, shared := map[int32]int{}, map[[2]int32]int{}, map[[2]int32]int{}
	for _, e := range edges {
		for _, i := range e.rings {
			length[i]++
			for _, k := range e.rings {
				shared[[2]int32{i, k}]++
			}
			for _, k := range e.beside {
				if !slices.Contains(e.rings, k) {
					within[[2]int32{i, k}]++
				}
			}
		}
	}
	parent := map[int32]int32{}
	root := func(i int32) int32 {
		for parent[i] != i {
			i = parent[i]
		}
		return i
	}
	for i := range length {
		parent[i] = i
	}
	for pair, n := range within {
		if length[pair[0]] > n+shared[pair] {
			parent[root(pair[0])] = root(pair[1])
		}
	}
	for pair, n := range shared {
		if n == length[pair[0]] && n == length[pair[1]] {
			parent[root(pair[0])] = root(pair[1])
		}
	}
	c := ringClusters{of: map[int32]int32{}, hasOuter: map[int32]bool{}}
	for i := range parent {
		c.of[i] = root(i)
		c.hasOuter[root(i)] = c.hasOuter[root(i)] || !r.allInner[i]
	}
	return c
}

// isInside reports whether a place is inside, given the rings around it. Of a cluster that holds outer and
// inner rings, the inside of the outer ones counts that no inner one covers; of another, the inside of any
// ring. Without roles, a place inside an even number of rings is outside.
func (r *resolver) isInside(clusters ringClusters, around []int32) bool {
	const outer, inner = 1, 2
	inside := false
	for at, i := range around {
		root := clusters.of[i]
		if slices.ContainsFunc(around[:at], func(k int32) bool { return clusters.of[k] == root }) {
			continue // counted with the ring before
		}
		roles, n := 0, 0
		for _, k := range around[at:] {
			if clusters.of[k] != root {
				continue
			}
			n++
			if r.allInner[k] {
				roles |= inner
			} else {
				roles |= outer
			}
		}
		covered := roles == outer || roles == inner && !clusters.hasOuter[root]
		if r.inner == nil {
			covered = n%2 == 1
		}
		inside = inside != covered
	}
	return inside
}

// straightened returns a ring without the nodes at which an original segment was cut.
func (r ring) straightened(original []int32) ring {
	var s ring
	n := len(r.nodes)
	for i := range r.nodes {
		if original[r.segments[i]] != original[r.segments[(i+n-1)%n]] {
			s.nodes = append(s.nodes, r.nodes[i])
			s.segments = append(s.segments, r.segments[i])
		}
	}
	if len(s.nodes) < 3 {
		return r
	}
	return s
}

// area returns the sum of the areas of polygons.
func area(polygons []Polygon) float64 {
	sum := 0.0
	for _, p := range polygons {
		for i, ring := range p.Rings {
			if i == 0 {
				sum += math.Abs(DoubleArea(ring))
			} else {
				sum -= math.Abs(DoubleArea(ring))
			}
		}
	}
	return sum
}
