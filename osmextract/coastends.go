package osmextract

import (
	"cmp"
	"math"
	"slices"

	"github.com/loc2vec/loc2vec"
)

// An extract ends somewhere, and with it the coast: at the edge of its box, at a polygon that only
// its maker knows, or at a way that is missing. A chain with a free end inside the covered area
// does not part sea from land, so free ends are tied up first: two that face each other are
// bridged, the others are led straight out of the covered area.

// coastEnd is a free end of an open chain inside the covered area.
type coastEnd struct {
	chain  int
	at     coastPoint
	escape []coastPoint // the way out, from the first point after at
	cost   float64      // grid steps that count for the way out
	done   bool
}

// coastBox is a box of the covered area on the grid, its eastern and southern edges excluded.
type coastBox struct {
	minX, minY, maxX, maxY int32
}

// newCoastBoxes converts boxes; one that crosses the antimeridian becomes two.
func newCoastBoxes(bounds []loc2vec.Bounds) []coastBox {
	var boxes []coastBox
	for _, b := range bounds {
		nw := newCoastPoint(loc2vec.LatLon{Lat: b.Max.Lat, Lon: b.Min.Lon}.Point())
		se := newCoastPoint(loc2vec.LatLon{Lat: b.Min.Lat, Lon: b.Max.Lon}.Point())
		if nw.X > se.X {
			boxes = append(boxes,
				coastBox{minX: nw.X, minY: nw.Y, maxX: coastGrid, maxY: se.Y},
				coastBox{minX: 0, minY: nw.Y, maxX: se.X, maxY: se.Y})
			continue
		}
		boxes = append(boxes, coastBox{minX: nw.X, minY: nw.Y, maxX: se.X, maxY: se.Y})
	}
	return boxes
}

func (b coastBox) contains(p coastPoint) bool {
	return p.X >= b.minX && p.X < b.maxX && p.Y >= b.minY && p.Y < b.maxY
}

// past returns where a line from p, inside the box, leaves it in direction d.
func (b coastBox) past(p coastPoint, d tileSide) coastPoint {
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

// tieEnds leads the free ends of open chains out of the covered area, or joins them where that
// takes less new coast. The boxes of the area may be missing.
func tieEnds(chains []coastChain, cover tileCover, boxes []coastBox, stats *SeaStats) []coastChain {
	var tails, heads []coastEnd // where chains end, and where they start
	for i := range chains {
		if chains[i].closed {
			continue
		}
		points := chains[i].points
		if end, ok := newCoastEnd(i, points[len(points)-1], cover, boxes); ok {
			tails = append(tails, end)
		}
		if end, ok := newCoastEnd(i, points[0], cover, boxes); ok {
			heads = append(heads, end)
		}
	}
	next := bridgeEnds(tails, heads, stats)
	for i := range tails {
		if tail := &tails[i]; !tail.done {
			chains[tail.chain].points = append(chains[tail.chain].points, tail.escape...)
			stats.Extended++
		}
	}
	for i := range heads {
		if head := &heads[i]; !head.done {
			out := slices.Clone(head.escape)
			slices.Reverse(out)
			chains[head.chain].points = append(out, chains[head.chain].points...)
			stats.Extended++
		}
	}
	return followBridges(chains, next)
}

// newCoastEnd finds the way out from p, unless p is outside already. With boxes, the nearest edge
// of a box decides on the direction, because there the extract was cut; without, the nearest tile
// that is not covered.
func newCoastEnd(chain int, p coastPoint, cover tileCover, boxes []coastBox) (coastEnd, bool) {
	if !coversPoint(cover, p) {
		return coastEnd{}, false
	}
	best := coastEnd{chain: chain, at: p, cost: math.Inf(1)}
	for d := north; d <= west; d++ {
		boxEdge, edge := escape(p, d, cover, boxes)
		if boxEdge == p {
			boxEdge = edge
		}
		if cost := p.distance(boxEdge); cost < best.cost {
			best.cost, best.escape = cost, []coastPoint{edge}
		}
	}
	return best, true
}

// escape goes from p in direction d: first past every box that it meets, then past every covered
// tile. It returns both places.
func escape(p coastPoint, d tileSide, cover tileCover, boxes []coastBox) (pastBoxes, pastTiles coastPoint) {
	for inside := true; inside; {
		inside = false
		for _, b := range boxes {
			if b.contains(p) {
				p, inside = b.past(p, d), true
			}
		}
	}
	pastBoxes = p
	for coversPoint(cover, p) {
		origin := coastPoint{X: p.X &^ (loc2vec.Extent - 1), Y: p.Y &^ (loc2vec.Extent - 1)}
		tile := coastBox{minX: origin.X, minY: origin.Y, maxX: origin.X + loc2vec.Extent, maxY: origin.Y + loc2vec.Extent}
		p = tile.past(p, d)
	}
	return pastBoxes, p
}

// bridgeEnds pairs tails with heads, nearest first, where the bridge is shorter than the two ways
// out. It returns, for the chains that are bridged, the chain that follows each.
func bridgeEnds(tails, heads []coastEnd, stats *SeaStats) map[int]int {
	type bridge struct {
		tail, head int
		length     float64
	}
	var bridges []bridge
	for t := range tails {
		for h := range heads {
			if length := tails[t].at.distance(heads[h].at); length < tails[t].cost+heads[h].cost {
				bridges = append(bridges, bridge{tail: t, head: h, length: length})
			}
		}
	}
	slices.SortStableFunc(bridges, func(a, b bridge) int { return cmp.Compare(a.length, b.length) })
	next := make(map[int]int)
	for _, b := range bridges {
		tail, head := &tails[b.tail], &heads[b.head]
		if tail.done || head.done {
			continue
		}
		tail.done, head.done = true, true
		next[tail.chain] = head.chain
		stats.Bridged++
	}
	return next
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

// distance in grid steps.
func (p coastPoint) distance(q coastPoint) float64 {
	return math.Hypot(float64(q.X)-float64(p.X), float64(q.Y)-float64(p.Y))
}
