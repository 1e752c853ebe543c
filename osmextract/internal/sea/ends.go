package sea

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/osmextract/internal/grid"
)

// An extract ends somewhere, and with it the coast: at the edge of its box, at a polygon that only
// its maker knows, or at a way that is missing. A chain with a free end inside the covered area
// does not part sea from land, so free ends are tied up first: two that face each other are
// bridged, the others are led straight out of the covered area, where possible without crossing
// the coast.

// coastEnd is a free end of an open chain inside the covered area.
type coastEnd struct {
	chain int
	at    grid.Point
	exit  grid.Point // where the way out ends
	cost  float64    // of the way out, in grid steps
	done  bool
}

// coastBox is a box of the covered area on the grid, its eastern and southern edges excluded.
type coastBox struct {
	minX, minY, maxX, maxY int32
}

// newCoastBoxes converts boxes; one that crosses the antimeridian becomes two.
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

// past returns where a line from p, inside the box, leaves it in direction d.
func (b coastBox) past(p grid.Point, d tileSide) grid.Point {
	switch d {
	case north:
		p.Y = b.minY - 1
	case east:
		p.X = b.maxX
	case south:
		p.Y = b.maxY
	case west:
		p.X = b.minX - 1
	}
	return p
}

// closeEnds leads the free ends of open chains out of the covered area, or joins them where that
// takes less new coast. The boxes of the area may be missing. The only error is that ctx has ended.
func closeEnds(ctx context.Context, chains []coastChain, cover Cover, boxes []coastBox, stats *Stats) ([]coastChain, error) {
	t := coastCloser{cover: cover, boxes: boxes, index: newCoastIndex(chains), stats: stats}
	var tails, heads []coastEnd // where chains end, and where they start
	for i := range chains {
		if chains[i].closed {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
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
		return nil, err
	}
	for i := range tails {
		if tail := &tails[i]; !tail.done {
			chains[tail.chain].points = append(chains[tail.chain].points, tail.exit)
			stats.Extended++
		}
	}
	for i := range heads {
		if head := &heads[i]; !head.done {
			chains[head.chain].points = slices.Insert(chains[head.chain].points, 0, head.exit)
			stats.Extended++
		}
	}
	for from, to := range next {
		trimEnds(&chains[from], &chains[to])
	}
	return followBridges(chains, next), nil
}

// coastCloser ties up free ends.
type coastCloser struct {
	cover Cover
	boxes []coastBox
	index *coastIndex
	stats *Stats
}

// crossingCost is added for a way out that crosses the coast: more than any way without.
const crossingCost = 4 * grid.Across

// end finds the way out from p, unless p is outside already. With boxes, the nearest edge of a box
// decides on the direction, because there the extract was cut; without, the nearest tile that is
// not covered.
func (t *coastCloser) end(chain int, p grid.Point) (coastEnd, bool) {
	if !coversPoint(t.cover, p) {
		return coastEnd{}, false
	}
	best := coastEnd{chain: chain, at: p, cost: math.Inf(1)}
	for d := north; d <= west; d++ {
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

// exit goes from p in direction d: first past every box that it meets, then past every covered
// tile. It returns both places.
func (t *coastCloser) exit(p grid.Point, d tileSide) (pastBoxes, pastTiles grid.Point) {
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

// bridgesOfTail is how many bridges are thought of from each tail: a file of nothing but ends has pairs
// of them without number.
const bridgesOfTail = 16

// bridge pairs tails with heads, nearest first, where the bridge is shorter than the two ways out. A
// bridge may cross the coast: along a ragged river bank it often does, within a tile or so. It returns,
// for the chains that are bridged, the chain that follows each.
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

// trimLimit is how much coast may be cut off before a bridge, in lengths of the bridge.
const trimLimit = 4

// trimEnds cuts off what lies beyond the bridge from the end of one chain to the start of another
// where the bridge crosses them, as it does along a ragged river bank: sea and land would change
// sides behind the crossing.
func trimEnds(from, to *coastChain) {
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
		to.points = append([]grid.Point{between(p, q, at)}, to.points[last:]...)
	}
}

// between returns the point that lies the given part of the way from p to q.
func between(p, q grid.Point, part float64) grid.Point {
	return grid.Point{
		X: p.X + int32(math.Round(part*float64(q.X-p.X))),
		Y: p.Y + int32(math.Round(part*float64(q.Y-p.Y))),
	}
}

// followBridges joins the chains as next tells.
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
