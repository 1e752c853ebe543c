package sea

import (
	"cmp"
	"slices"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/osmextract/internal/grid"
)

// ground is what a tile or side without coast is.
type ground uint8

const (
	unknown ground = iota
	land
	sea
)

// coastEvent is an end of a piece on the walk around the tile: an exit, from land to sea, or an entry,
// from sea to land.
type coastEvent struct {
	coastCut
	piece int
	exit  bool
}

// events returns the ends of the pieces in the order of the walk around the tile, in which exits and
// entries alternate. Where the coast is inconsistent, such as two coasts in the same direction with
// nothing in between, it leaves out the shorter piece of each conflict. The second result is the number of
// pieces left out.
func (t *tileCoast) events() ([]coastEvent, int) {
	events := make([]coastEvent, 0, 2*len(t.pieces))
	for i := range t.pieces {
		events = append(events,
			coastEvent{coastCut: t.pieces[i].entry, piece: i},
			coastEvent{coastCut: t.pieces[i].exit, piece: i, exit: true})
	}
	slices.SortStableFunc(events, func(a, b coastEvent) int { return a.compare(b.coastCut) })
	dropped := 0
	for {
		alternate(events)
		i := conflict(events)
		if i < 0 {
			return events, dropped
		}
		piece, other := events[i].piece, events[(i+1)%len(events)].piece
		if polylineLength(t.pieces[other].points) < polylineLength(t.pieces[piece].points) {
			piece = other
		}
		events = slices.DeleteFunc(events, func(e coastEvent) bool { return e.piece == piece })
		dropped++
	}
}

// alternate swaps events at the same position, whose order is free, so that exits and entries alternate
// where possible.
func alternate(events []coastEvent) {
	for i := range events {
		a, b, c := &events[i], &events[(i+1)%len(events)], &events[(i+2)%len(events)]
		if a.exit == b.exit && b.exit != c.exit && b.compare(c.coastCut) == 0 {
			*b, *c = *c, *b
		}
	}
}

// conflict returns the index of an event that is an exit or entry like the next one, or -1.
func conflict(events []coastEvent) int {
	for i := range events {
		if events[i].exit == events[(i+1)%len(events)].exit {
			return i
		}
	}
	return -1
}

func polylineLength(points []grid.Point) float64 {
	length := 0.0
	for i := 1; i < len(points); i++ {
		length += points[i-1].Distance(points[i])
	}
	return length
}

// sides returns the ground along each side of a tile with these events, unknown if the coast crosses the
// side.
func sides(events []coastEvent) [4]ground {
	var grounds [4]ground
	if len(events) == 0 {
		return grounds
	}
	now := sea
	if events[0].exit {
		now = land
	}
	i := 0
	for s := range grounds {
		crossed := false
		for ; i < len(events) && int(events[i].side) == s; i++ {
			crossed = true
			now = land
			if events[i].exit {
				now = sea
			}
		}
		if !crossed {
			grounds[s] = now
		}
	}
	return grounds
}

// seaRing is a ring in tile coordinates with twice its area: positive around sea, negative around land.
type seaRing struct {
	points []loc2vec.TilePoint
	area   int64
}

// tileArea is twice the area of a tile.
const tileArea = 2 * loc2vec.Extent * loc2vec.Extent

// rings returns the outlines of the sea in a tile, oriented and ordered like the parts of a
// loc2vec.Feature. If the tile has no events, its edge lies in background. The second result counts rings
// that contradict the rings around them and were left out or reversed.
func (t *tileCoast) rings(tile loc2vec.Tile, events []coastEvent, background ground) ([][]loc2vec.TilePoint, int) {
	n := nesting{}
	switch {
	case len(events) > 0:
		t.trace(tile, events, &n)
	case background == sea:
		n.outers = append(n.outers, seaOuter{seaRing: seaRing{points: seaSquare(), area: tileArea}})
	}
	for _, ring := range t.islands(tile) {
		n.add(ring)
	}
	return n.flatten(), n.conflicts
}

// background returns the ground around the rings of a tile that no piece crosses. The largest ring
// decides.
func (t *tileCoast) background(tile loc2vec.Tile) ground {
	rings := t.islands(tile)
	switch {
	case len(rings) == 0:
		return unknown
	case rings[0].area < 0:
		return sea
	}
	return land
}

// islands returns the closed chains of the tile, the largest first.
func (t *tileCoast) islands(tile loc2vec.Tile) []seaRing {
	var rings []seaRing
	for _, c := range t.closed {
		if ring := newSeaRing(tile, c.points); ring.area != 0 {
			rings = append(rings, ring)
		}
	}
	slices.SortStableFunc(rings, func(a, b seaRing) int { return cmp.Compare(abs(b.area), abs(a.area)) })
	return rings
}

// trace follows the pieces and, from each exit to the next entry, the edge of the tile.
func (t *tileCoast) trace(tile loc2vec.Tile, events []coastEvent, n *nesting) {
	exits := make(map[int]int, len(events)/2) // events by piece
	for i, e := range events {
		if e.exit {
			exits[e.piece] = i
		}
	}
	done := make(map[int]bool, len(events)/2)
	for _, start := range events {
		if start.exit || done[start.piece] {
			continue
		}
		var outline []grid.Point
		for piece := start.piece; !done[piece]; {
			done[piece] = true
			outline = append(outline, t.pieces[piece].points...)
			exit := exits[piece]
			entry := (exit + 1) % len(events)
			outline = appendCorners(outline, tile, events[exit].side, events[entry].side, entry < exit)
			piece = events[entry].piece
		}
		n.addOuter(newSeaRing(tile, outline))
	}
}

// appendCorners appends the corners between two cuts on the walk around the tile. The walk passes the
// north-western corner if it wraps.
func appendCorners(outline []grid.Point, tile loc2vec.Tile, from, to tileSide, wraps bool) []grid.Point {
	corners := int(to) - int(from)
	if wraps {
		corners += 4
	}
	square := seaSquare()
	for k := 1; k <= corners; k++ {
		corner := square[(int(from)+k)%4]
		outline = append(outline, grid.Point{
			X: int32(tile.X)<<grid.ExtentBits + corner.X,
			Y: int32(tile.Y)<<grid.ExtentBits + corner.Y,
		})
	}
	return outline
}

// seaSquare returns the outline of a tile from its north-western corner.
func seaSquare() []loc2vec.TilePoint {
	return []loc2vec.TilePoint{{X: 0, Y: 0}, {X: loc2vec.Extent, Y: 0}, {X: loc2vec.Extent, Y: loc2vec.Extent}, {X: 0, Y: loc2vec.Extent}}
}

// newSeaRing converts a closed line to tile coordinates, without repeated points.
func newSeaRing(tile loc2vec.Tile, outline []grid.Point) seaRing {
	points := make([]loc2vec.TilePoint, 0, len(outline))
	for _, p := range outline {
		q := loc2vec.TilePoint{X: p.X - int32(tile.X)<<grid.ExtentBits, Y: p.Y - int32(tile.Y)<<grid.ExtentBits}
		if n := len(points); n == 0 || points[n-1] != q {
			points = append(points, q)
		}
	}
	for len(points) > 1 && points[0] == points[len(points)-1] {
		points = points[:len(points)-1]
	}
	return seaRing{points: points, area: loc2vec.DoubleArea(points)}
}
