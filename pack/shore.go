package pack

import (
	"cmp"
	"maps"
	"slices"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/coast"
)

// shore merges the seas that several packs have in a tile. Each pack knows a part of the coast, and closes its sea
// with lines of its own where its coast ends. The shore takes the coast of all packs, and traces the sea anew. It
// keeps a closing line only where no pack has the coast that goes on there. The zero value is ready.
type shore struct {
	packs  []packSea // in the order of Set.Sources
	points int       // of all outlines and closing lines
}

// maxShorePoints limits the points of the seas of a tile that are merged, for the time and memory that it takes: 35 times the
// most in a tile of the Bahamas, 1,845 points. Beyond it, and beyond maxTracingWork, the sea is that of one pack.
const maxShorePoints = 1 << 16

// large reports whether the seas have too many points to be merged.
func (s *shore) large() bool { return s.points > maxShorePoints }

// packSea is the sea of one pack.
type packSea struct {
	rings   [][]loc2vec.TilePoint // as in a loc2vec.Feature
	closing map[directed]bool     // closing lines, in both directions
}

// directed is a segment of an outline of the sea, which lies on its right.
type directed struct {
	from, to loc2vec.TilePoint
}

func (d directed) reversed() directed { return directed{d.to, d.from} }

// alongEdge reports whether the segment is a part of the tile's edge.
func (d directed) alongEdge() bool {
	const last = loc2vec.Extent
	return d.from.X == d.to.X && (d.from.X == 0 || d.from.X == last) || d.from.Y == d.to.Y && (d.from.Y == 0 || d.from.Y == last)
}

// begin starts the next pack.
func (s *shore) begin() { s.packs = append(s.packs, packSea{closing: map[directed]bool{}}) }

func (s *shore) addRing(points []loc2vec.TilePoint) {
	s.points += len(points)
	p := &s.packs[len(s.packs)-1]
	p.rings = append(p.rings, slices.Clone(points))
}

func (s *shore) addClosing(points []loc2vec.TilePoint) {
	s.points += len(points)
	p := &s.packs[len(s.packs)-1]
	if s.large() {
		points = points[:min(len(points), 2)] // surest asks whether there are any
	}
	for i := 1; i < len(points); i++ {
		d := directed{points[i-1], points[i]}
		p.closing[d], p.closing[d.reversed()] = true, true
	}
}

// rings returns the outlines of the sea of all packs, or the error of work.
func (s *shore) rings(work *meter) ([][]loc2vec.TilePoint, error) {
	if !slices.ContainsFunc(s.packs, func(p packSea) bool { return len(p.rings) > 0 }) {
		return nil, nil
	}
	if s.large() {
		return s.surest().rings, nil
	}
	lines := s.coast(work)
	if len(lines.next) == 0 {
		return s.surest().rings, work.err
	}
	s.close(lines, work)
	tile, whole := lines.tile(work)
	if !whole {
		return s.surest().rings, work.err
	}
	left := maxTracingWork
	tile.Step = func(points int) bool {
		left -= points
		return left >= 0 && work.take(points) == nil
	}
	events, _ := tile.Events()
	rings, _ := tile.Rings(events, tile.Background())
	if left < 0 {
		rings = s.surest().rings
	}
	return rings, work.err
}

// maxTracingWork limits the work of tracing the sea of a tile, in points that are looked at: some tenths of a second. It grows
// with the product of lines and points. The most in a tile of the Bahamas, with 65 coasts, is 25,546.
const maxTracingWork = 1 << 24

// surest returns the sea of the first pack without closing lines, or of the first one.
func (s *shore) surest() *packSea {
	if i := slices.IndexFunc(s.packs, func(p packSea) bool { return len(p.closing) == 0 }); i >= 0 {
		return &s.packs[i]
	}
	return &s.packs[0]
}

// segments yields the segments of the outlines that do not run along the edge of the tile.
func (p *packSea) segments(yield func(directed) bool) {
	for _, ring := range p.rings {
		for i, q := range ring {
			d := directed{q, ring[(i+1)%len(ring)]}
			if !d.alongEdge() && !yield(d) {
				return
			}
		}
	}
}

// coast returns the coast of all packs. Segments in both directions contradict each other and are left out. What it returns
// is incomplete if work has an error, as are the results of close and tile.
func (s *shore) coast(work *meter) *coastLines {
	all := map[directed]bool{}
	for i := range s.packs {
		p := &s.packs[i]
		for d := range p.segments {
			if work.take(1) != nil {
				break
			}
			if !p.closing[d] {
				all[d] = true
			}
		}
	}
	lines := coastLines{next: map[loc2vec.TilePoint][]loc2vec.TilePoint{}, ends: map[loc2vec.TilePoint]int{}}
	for d := range all {
		if work.take(1) != nil {
			break
		}
		if !all[d.reversed()] {
			lines.add(d)
		}
	}
	return &lines
}

// close continues coast that ends inside the tile along the closing lines of the packs.
func (s *shore) close(lines *coastLines, work *meter) {
	after, before := map[loc2vec.TilePoint]directed{}, map[loc2vec.TilePoint]directed{}
	for i := range s.packs {
		p := &s.packs[i]
		for d := range p.segments {
			if work.take(1) != nil {
				return
			}
			if !p.closing[d] {
				continue
			}
			if _, known := after[d.from]; !known {
				after[d.from] = d
			}
			if _, known := before[d.to]; !known {
				before[d.to] = d
			}
		}
	}
	for _, p := range slices.SortedFunc(maps.Keys(lines.ends), comparePoints) {
		if work.take(1) != nil {
			return
		}
		for d, found := after[p]; found && lines.ends[d.from] < 0; d, found = after[d.to] {
			lines.add(d)
			delete(after, d.from)
		}
		for d, found := before[p]; found && lines.ends[d.to] > 0; d, found = before[d.from] {
			lines.add(d)
			delete(before, d.to)
		}
	}
}

// coastLines are lines of coast in a tile, by segment.
type coastLines struct {
	next map[loc2vec.TilePoint][]loc2vec.TilePoint // the ends of the segments from a point
	ends map[loc2vec.TilePoint]int                 // segments from a point inside the tile, less those to it
}

func (c *coastLines) add(d directed) {
	c.next[d.from] = append(c.next[d.from], d.to)
	if !onEdge(d.from) {
		c.ends[d.from]++
	}
	if !onEdge(d.to) {
		c.ends[d.to]--
	}
}

// tile joins the segments to pieces and closed coasts, and takes them out. It reports whether no line ends inside
// the tile. Where lines touch, any way to go on encloses the same sea.
func (c *coastLines) tile(work *meter) (t coast.Tile, whole bool) {
	for _, n := range c.ends {
		if n != 0 {
			return t, false
		}
	}
	var edge, inside []loc2vec.TilePoint // pieces begin on the edge; what is left are closed coasts
	for _, p := range slices.SortedFunc(maps.Keys(c.next), comparePoints) {
		if work.take(len(c.next[p])) != nil {
			return t, false
		}
		slices.SortFunc(c.next[p], comparePoints)
		if onEdge(p) {
			edge = append(edge, p)
		} else {
			inside = append(inside, p)
		}
	}
	for _, start := range append(edge, inside...) {
		for len(c.next[start]) > 0 {
			points := c.follow(start)
			if work.take(len(points)) != nil {
				return t, false
			}
			last := points[len(points)-1]
			if last == start {
				t.Closed = append(t.Closed, coast.Closed{Points: points[:len(points)-1]})
				continue
			}
			t.Pieces = append(t.Pieces, coast.Piece{Points: points, Entry: cutAt(start), Exit: cutAt(last)})
		}
	}
	return t, true
}

// follow takes out the line from a point to the edge of the tile or back to the point.
func (c *coastLines) follow(start loc2vec.TilePoint) []loc2vec.TilePoint {
	points := []loc2vec.TilePoint{start}
	for at := start; ; {
		next := c.next[at]
		at, c.next[at] = next[0], next[1:]
		points = append(points, at)
		if at == start || onEdge(at) {
			return points
		}
	}
}

func comparePoints(a, b loc2vec.TilePoint) int {
	return cmp.Or(cmp.Compare(a.X, b.X), cmp.Compare(a.Y, b.Y))
}

func onEdge(p loc2vec.TilePoint) bool {
	return p.X <= 0 || p.Y <= 0 || p.X >= loc2vec.Extent || p.Y >= loc2vec.Extent
}

// cutAt returns the position of a point on the edge of the tile. A corner begins a side.
func cutAt(p loc2vec.TilePoint) coast.Cut {
	switch {
	case p.Y == 0 && p.X < loc2vec.Extent:
		return coast.Cut{Side: coast.North, Whole: p.X, Over: 1}
	case p.X == loc2vec.Extent && p.Y < loc2vec.Extent:
		return coast.Cut{Side: coast.East, Whole: p.Y, Over: 1}
	case p.Y == loc2vec.Extent && p.X > 0:
		return coast.Cut{Side: coast.South, Whole: loc2vec.Extent - p.X, Over: 1}
	}
	return coast.Cut{Side: coast.West, Whole: loc2vec.Extent - p.Y, Over: 1}
}
