package coast

import (
	"cmp"
	"math"
	"slices"

	"github.com/loc2vec/loc2vec"
)

// Ground is what a tile, or a side of it, is where no coast crosses it.
type Ground uint8

// The kinds of ground.
const (
	Unknown Ground = iota
	Land
	Sea
)

// Tile is the coast inside one tile. Points are tile coordinates within 0..Extent, as in a loc2vec.Feature.
type Tile struct {
	Pieces []Piece
	Closed []Closed // coasts that lie completely in the tile
	// Step, unless nil, is called before so many points are looked at. When it returns false, Events and Rings return
	// soon, with a result that is not complete.
	Step func(points int) bool
}

func (t *Tile) step(points int) bool { return t.Step == nil || t.Step(points) }

// Piece is a part of a coast inside a tile, with water on its right, from the edge where it enters to the edge
// where it exits. Its end points lie on these edges.
type Piece struct {
	Points      []loc2vec.TilePoint
	Entry, Exit Cut
	Chain       int // number of its coast, for the caller
}

// Closed is a closed coast inside a tile, with water on its right. Its first point is not repeated at its end.
type Closed struct {
	Points []loc2vec.TilePoint
	Chain  int // its number, for the caller
}

// Event is an end of a piece on the walk around the tile: an exit, from land to sea, or an entry,
// from sea to land.
type Event struct {
	Cut
	Piece int  // index of its piece
	Exit  bool // from land to sea
}

// Events returns the ends of the pieces in the order of the walk around the tile, in which exits and
// entries alternate. Where the coast is inconsistent, such as two coasts in the same direction with
// nothing in between, it leaves out the shorter piece of each conflict. The second result is the number of
// pieces left out.
func (t *Tile) Events() ([]Event, int) {
	events := make([]Event, 0, 2*len(t.Pieces))
	for i := range t.Pieces {
		events = append(events,
			Event{Cut: t.Pieces[i].Entry, Piece: i},
			Event{Cut: t.Pieces[i].Exit, Piece: i, Exit: true})
	}
	slices.SortStableFunc(events, func(a, b Event) int { return a.Compare(b.Cut) })
	dropped := 0
	for t.step(len(events)) {
		alternate(events)
		i := conflict(events)
		if i < 0 {
			break
		}
		piece, other := events[i].Piece, events[(i+1)%len(events)].Piece
		if !t.step(len(t.Pieces[piece].Points) + len(t.Pieces[other].Points)) {
			break
		}
		if polylineLength(t.Pieces[other].Points) < polylineLength(t.Pieces[piece].Points) {
			piece = other
		}
		events = slices.DeleteFunc(events, func(e Event) bool { return e.Piece == piece })
		dropped++
	}
	return events, dropped
}

// alternate swaps events at the same position, whose order is free, so that exits and entries alternate
// where possible.
func alternate(events []Event) {
	for i := range events {
		a, b, c := &events[i], &events[(i+1)%len(events)], &events[(i+2)%len(events)]
		if a.Exit == b.Exit && b.Exit != c.Exit && b.Compare(c.Cut) == 0 {
			*b, *c = *c, *b
		}
	}
}

// conflict returns the index of an event that is an exit or entry like the next one, or -1.
func conflict(events []Event) int {
	for i := range events {
		if events[i].Exit == events[(i+1)%len(events)].Exit {
			return i
		}
	}
	return -1
}

func polylineLength(points []loc2vec.TilePoint) float64 {
	length := 0.0
	for i := 1; i < len(points); i++ {
		length += math.Hypot(float64(points[i].X-points[i-1].X), float64(points[i].Y-points[i-1].Y))
	}
	return length
}

// Sides returns the ground along each side of a tile with these events, Unknown if the coast crosses the
// side.
func Sides(events []Event) [4]Ground {
	var grounds [4]Ground
	if len(events) == 0 {
		return grounds
	}
	now := Sea
	if events[0].Exit {
		now = Land
	}
	i := 0
	for s := range grounds {
		crossed := false
		for ; i < len(events) && int(events[i].Side) == s; i++ {
			crossed = true
			now = Land
			if events[i].Exit {
				now = Sea
			}
		}
		if !crossed {
			grounds[s] = now
		}
	}
	return grounds
}

// ring is a ring in tile coordinates with twice its area: positive around sea, negative around land.
type ring struct {
	points []loc2vec.TilePoint
	area   int64
}

// Area is twice the area of a tile.
const Area = 2 * loc2vec.Extent * loc2vec.Extent

// Rings returns the outlines of the sea in a tile, oriented and ordered like the parts of a
// loc2vec.Feature. If the tile has no events, its edge lies in background. The second result counts rings
// that contradict the rings around them and were left out or reversed.
func (t *Tile) Rings(events []Event, background Ground) ([][]loc2vec.TilePoint, int) {
	n := nesting{step: t.step}
	switch {
	case len(events) > 0:
		t.trace(events, &n)
	case background == Sea:
		n.outers = append(n.outers, outerRing{ring: ring{points: Square(), area: Area}})
	}
	for _, r := range t.islands() {
		if !n.add(r) {
			break
		}
	}
	return n.flatten(), n.conflicts
}

// Background returns the ground around the rings of a tile that no piece crosses. The largest ring
// decides.
func (t *Tile) Background() Ground {
	rings := t.islands()
	switch {
	case len(rings) == 0:
		return Unknown
	case rings[0].area < 0:
		return Sea
	}
	return Land
}

// islands returns the closed chains of the tile, the largest first.
func (t *Tile) islands() []ring {
	var rings []ring
	for _, c := range t.Closed {
		if r := newRing(c.Points); r.area != 0 {
			rings = append(rings, r)
		}
	}
	slices.SortStableFunc(rings, func(a, b ring) int { return cmp.Compare(abs(b.area), abs(a.area)) })
	return rings
}

// trace follows the pieces and, from each exit to the next entry, the edge of the tile.
func (t *Tile) trace(events []Event, n *nesting) {
	exits := make(map[int]int, len(events)/2) // events by piece
	for i, e := range events {
		if e.Exit {
			exits[e.Piece] = i
		}
	}
	done := make(map[int]bool, len(events)/2)
	for _, start := range events {
		if start.Exit || done[start.Piece] {
			continue
		}
		var outline []loc2vec.TilePoint
		for piece := start.Piece; !done[piece]; {
			done[piece] = true
			outline = append(outline, t.Pieces[piece].Points...)
			exit := exits[piece]
			entry := (exit + 1) % len(events)
			outline = appendCorners(outline, events[exit].Side, events[entry].Side, entry < exit)
			piece = events[entry].Piece
		}
		n.addOuter(newRing(outline))
	}
}

// appendCorners appends the corners between two cuts on the walk around the tile. The walk passes the
// north-western corner if it wraps.
func appendCorners(outline []loc2vec.TilePoint, from, to Side, wraps bool) []loc2vec.TilePoint {
	corners := int(to) - int(from)
	if wraps {
		corners += 4
	}
	square := Square()
	for k := 1; k <= corners; k++ {
		outline = append(outline, square[(int(from)+k)%4])
	}
	return outline
}

// Square returns the outline of a tile from its north-western corner.
func Square() []loc2vec.TilePoint {
	return []loc2vec.TilePoint{{X: 0, Y: 0}, {X: loc2vec.Extent, Y: 0}, {X: loc2vec.Extent, Y: loc2vec.Extent}, {X: 0, Y: loc2vec.Extent}}
}

// newRing makes a ring of a closed line, without repeated points.
func newRing(outline []loc2vec.TilePoint) ring {
	points := slices.Compact(slices.Clone(outline))
	for len(points) > 1 && points[0] == points[len(points)-1] {
		points = points[:len(points)-1]
	}
	return ring{points: points, area: loc2vec.DoubleArea(points)}
}
