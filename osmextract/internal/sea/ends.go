package sea

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/coast"
	"github.com/loc2vec/loc2vec/osmextract/internal/grid"
)

// A coast ends where the extract ends: at the edge of its box, at a polygon that only its maker knows, or
// at a missing way. A chain with a free end inside the covered area does not separate sea from land. So
// free ends are closed first: two ends that face each other get a bridge, and the others an exit, a
// straight line out of the covered area that avoids other coasts where possible.

// coastEnd is a free end of an open chain inside the covered area.
type coastEnd struct {
	chain int
	at    grid.Point
	exit  grid.Point // end of the line out of the area
	cost  float64    // of the exit, in grid steps
	done  bool
}

// coastBox is a box on the grid. Its eastern and southern edges are excluded.
type coastBox struct {
	minX, minY, maxX, maxY int32
}

// newCoastBoxes converts boxes. A box across the antimeridian becomes two.
func newCoastBoxes(bounds []loc2vec.Bounds) []coastBox {
	var boxes []coastBox
	for _, b := range bounds {
		nw := grid.Of(loc2vec.LatLon{Lat: b.Max.Lat, Lon: b.Min.Lon}.Point())
		se := grid.Of(loc2vec.LatLon{Lat: b.Min.Lat, Lon: b.Max.Lon}.Point())
		if nw.X > se.X {
			boxes = append(boxes,
				coastBox{minX: nw.X, minY: nw.Y, maxX: grid.Across, maxY: se.Y},
				coastBox{minX: 0, minY: nw.Y, maxX: se.X, maxY: se.Y})
			continue
		}
		boxes = append(boxes, coastBox{minX: nw.X, minY: nw.Y, maxX: se.X, maxY: se.Y})
	}
	return boxes
}

func (b coastBox) contains(p grid.Point) bool {
	return p.X >= b.minX && p.X < b.maxX && p.Y >= b.minY && p.Y < b.maxY
}

// past returns the point where a line from p, inside the box, in direction d leaves the box.
func (b coastBox) past(p grid.Point, d coast.Side) grid.Point {
	switch d {
	case coast.North:
		p.Y = b.minY - 1
	case coast.East:
		p.X = b.maxX
	case coast.South:
		p.Y = b.maxY
	case coast.West:
		p.X = b.minX - 1
	}
	return p
}

// closeEnds extends the free ends of open chains out of the covered area, or joins them where that needs
// less new coast. There may be no boxes. It returns the lines that it has added, too, and an error only if ctx has ended.
func closeEnds(ctx context.Context, chains []coastChain, cover Cover, boxes []coastBox, stats *Stats) ([]coastChain, closingLines, error) {
	t := coastCloser{cover: cover, boxes: boxes, index: newCoastIndex(chains), stats: stats}
	closing := closingLines{}
	var tails, heads []coastEnd // the ends of chains, and their starts
	for i := range chains {
		if chains[i].closed {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		points := chains[i].points
		if end, ok := t.end(i, points[len(points)-1]); ok {
			tails = append(tails, end)
		}
		if end, ok := t.end(i, points[0]); ok {
			heads = append(heads, end)
		}
	}
	next, err := t.bridge(ctx, tails, heads)
	if err != nil {
		return nil, nil, err
	}
	for i := range tails {
		if tail := &tails[i]; !tail.done {
			closing.add(tail.at, tail.exit)
			chains[tail.chain].points = append(chains[tail.chain].points, tail.exit)
			stats.Extended++
		}
	}
	for i := range heads {
		if head := &heads[i]; !head.done {
			closing.add(head.exit, head.at)
			chains[head.chain].points = slices.Insert(chains[head.chain].points, 0, head.exit)
			stats.Extended++
		}
	}
	for from, to := range next {
		trimEnds(&chains[from], &chains[to], closing)
	}
	return followBridges(chains, next), closing, nil
}

// closingLines is the set of the segments that close a coast but are not coast. Each begins at its lesser end.
type closingLines map[[2]grid.Point]struct{}

func (c closingLines) add(a, b grid.Point) { c[orderedSegment(a, b)] = struct{}{} }

func (c closingLines) has(a, b grid.Point) bool {
	if len(c) == 0 {
		return false
	}
	_, found := c[orderedSegment(a, b)]
	return found
}

func orderedSegment(a, b grid.Point) [2]grid.Point {
	if b.X < a.X || b.X == a.X && b.Y < a.Y {
		a, b = b, a
	}
	return [2]grid.Point{a, b}
}

// coastCloser closes free ends.
type coastCloser struct {
	cover Cover
	boxes []coastBox
	index *coastIndex
	stats *Stats
}

// crossingCost is added to the cost of an exit that crosses a coast. It exceeds the cost of any exit that
// does not.
const crossingCost = 4 * grid.Across

// end finds the exit from p, and returns false if p is outside of the area. If there are boxes, the
// nearest edge of a box decides on the direction, because the extract was cut there; otherwise the nearest
// tile that is not covered decides.
func (t *coastCloser) end(chain int, p grid.Point) (coastEnd, bool) {
	if !coversPoint(t.cover, p) {
		return coastEnd{}, false
	}
	best := coastEnd{chain: chain, at: p, cost: math.Inf(1)}
	for d := coast.North; d <= coast.West; d++ {
		boxEdge, edge := t.exit(p, d)
		if boxEdge == p {
			boxEdge = edge
		}
		cost := p.Distance(boxEdge)
		if cost < best.cost && t.index.crosses(p, edge) {
			cost += crossingCost
		}
		if cost < best.cost {
			best.cost, best.exit = cost, edge
		}
	}
	return best, true
}

// exit walks from p in direction d past every box that it meets, and then past every covered tile. It
// returns both positions.
func (t *coastCloser) exit(p grid.Point, d coast.Side) (pastBoxes, pastTiles grid.Point) {
	for inside := true; inside; {
		inside = false
		for _, b := range t.boxes {
			if b.contains(p) {
				p, inside = b.past(p, d), true
			}
		}
	}
	pastBoxes = p
	for coversPoint(t.cover, p) {
		origin := grid.Point{X: p.X &^ (loc2vec.Extent - 1), Y: p.Y &^ (loc2vec.Extent - 1)}
		tile := coastBox{minX: origin.X, minY: origin.Y, maxX: origin.X + loc2vec.Extent, maxY: origin.Y + loc2vec.Extent}
		p = tile.past(p, d)
	}
	return pastBoxes, p
}

// bridgesOfTail limits the bridges to consider for each tail: the pairs in a file of nothing but ends are
// too many.
const bridgesOfTail = 16

// bridge pairs tails with heads, the nearest first, where the bridge is shorter than the two exits. A
// bridge may cross the coast, as it often does along a ragged river bank, within a tile or so. bridge
// returns the chain that follows each bridged chain.
func (t *coastCloser) bridge(ctx context.Context, tails, heads []coastEnd) (map[int]int, error) {
	type bridge struct {
		tail, head int
		length     float64
	}
	shorter := func(a, b bridge) int { return cmp.Compare(a.length, b.length) }
	var bridges, ofTail []bridge
	for i, tail := range tails {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		ofTail = ofTail[:0]
		for k, head := range heads {
			if length := tail.at.Distance(head.at); length < tail.cost+head.cost {
				ofTail = append(ofTail, bridge{tail: i, head: k, length: length})
			}
		}
		slices.SortStableFunc(ofTail, shorter)
		bridges = append(bridges, ofTail[:min(len(ofTail), bridgesOfTail)]...)
	}
	slices.SortStableFunc(bridges, shorter)
	next := make(map[int]int)
	for _, b := range bridges {
		tail, head := &tails[b.tail], &heads[b.head]
		if tail.done || head.done {
			continue
		}
		tail.done, head.done = true, true
		next[tail.chain] = head.chain
		t.stats.Bridged++
	}
	return next, nil
}

// trimLimit limits the coast to cut off at a bridge, in lengths of the bridge.
const trimLimit = 4

// trimEnds cuts off the ends of two chains beyond the point where the bridge between them crosses the
// chain, as it may along a ragged river bank: beyond the crossing sea and land would change sides. The bridge and
// what is left of the segments that it crosses become closing lines.
func trimEnds(from, to *coastChain, closing closingLines) {
	p, q := from.points[len(from.points)-1], to.points[0]
	limit := trimLimit * p.Distance(q)
	last, at, length := -1, -1.0, 0.0
	for i := len(from.points) - 1; i > 0 && length < limit; i-- {
		a, b := from.points[i-1], from.points[i]
		if t, ok := crossing(p, q, a, b); ok && t > at {
			last, at = i, t
		}
		length += a.Distance(b)
	}
	if last > 0 {
		p = between(p, q, at)
		closing.add(from.points[last-1], p)
		from.points = append(from.points[:last:last], p)
	}
	last, at, length = -1, 2.0, 0.0
	for i := 1; i < len(to.points) && length < limit; i++ {
		a, b := to.points[i-1], to.points[i]
		if t, ok := crossing(p, q, a, b); ok && t < at {
			last, at = i, t
		}
		length += a.Distance(b)
	}
	if last > 0 {
		q = between(p, q, at)
		closing.add(q, to.points[last])
		to.points = append([]grid.Point{q}, to.points[last:]...)
	}
	closing.add(p, q)
}

// between returns the point at a fraction of the line from p to q.
func between(p, q grid.Point, part float64) grid.Point {
	return grid.Point{
		X: p.X + int32(math.Round(part*float64(q.X-p.X))),
		Y: p.Y + int32(math.Round(part*float64(q.Y-p.Y))),
	}
}

// followBridges joins each chain with the one that next names.
func followBridges(chains []coastChain, next map[int]int) []coastChain {
	if len(next) == 0 {
		return chains
	}
	follows := make(map[int]bool, len(next))
	for _, i := range next {
		follows[i] = true
	}
	var joined []coastChain
	used := make([]bool, len(chains))
	follow := func(first int) {
		chain := coastChain{closed: chains[first].closed}
		for i := first; ; {
			used[i] = true
			for _, p := range chains[i].points {
				chain.append(p)
			}
			following, ok := next[i]
			if !ok {
				break
			}
			if following == first {
				chain.closed = true
				break
			}
			i = following
		}
		joined = append(joined, chain)
	}
	for i := range chains {
		if !follows[i] {
			follow(i)
		}
	}
	for i := range chains {
		if !used[i] {
			follow(i)
		}
	}
	return joined
}
