package coast

import "github.com/loc2vec/loc2vec"

// nesting nests the rings of a tile: sea, islands in the sea, lagoons in the islands.
type nesting struct {
	step      func(points int) bool // as Tile.Step
	outers    []outerRing
	conflicts int
}

// outerRing is a ring of sea with its islands.
type outerRing struct {
	ring
	holes []ring
}

// addOuter adds a ring of sea that reaches the edge of the tile.
func (n *nesting) addOuter(r ring) {
	switch {
	case r.area > 0:
		n.outers = append(n.outers, outerRing{ring: r})
	case r.area < 0: // the coast crosses itself
		n.conflicts++
	}
}

// add adds a ring. The caller adds larger rings first, so the ring directly around a new one is present,
// and is the smallest that contains it. A coast of a lake in the sea becomes an island, reversed; a coast
// of an island on land is left out. add returns false if step does.
func (n *nesting) add(r ring) bool {
	outer, onLand, going := -1, true, true
	smallest := int64(0)
	consider := func(around ring, i int, inside Ground) {
		size := abs(around.area)
		if going && (smallest == 0 || size <= smallest) {
			var contains bool
			if contains, going = around.contains(r, n.step); contains {
				smallest, outer, onLand = size, i, inside == Land
			}
		}
	}
	for i := range n.outers {
		consider(n.outers[i].ring, i, Sea)
		for _, hole := range n.outers[i].holes {
			consider(hole, i, Land)
		}
	}
	switch {
	case !going:
	case onLand && r.area > 0:
		n.outers = append(n.outers, outerRing{ring: r})
	case onLand:
		n.conflicts++
	default:
		if r.area > 0 {
			n.conflicts++
			r = r.reversed()
		}
		n.outers[outer].holes = append(n.outers[outer].holes, r)
	}
	return going
}

// flatten returns the rings, holes after their outer ring.
func (n *nesting) flatten() [][]loc2vec.TilePoint {
	var rings [][]loc2vec.TilePoint
	for _, o := range n.outers {
		rings = append(rings, o.points)
		for _, hole := range o.holes {
			rings = append(rings, hole.points)
		}
	}
	return rings
}

func (r ring) reversed() ring {
	points := make([]loc2vec.TilePoint, len(r.points))
	for i, p := range r.points {
		points[len(points)-1-i] = p
	}
	return ring{points: points, area: -r.area}
}

// contains reports whether another ring, which does not cross this one, lies inside. The first point of it
// that is not on the line of this ring decides. going is false if step returned false.
func (r ring) contains(other ring, step func(points int) bool) (contains, going bool) {
	for _, p := range other.points {
		if !step(len(r.points)) {
			return false, false
		}
		if inside, onLine := Contains(r.points, p); !onLine {
			return inside, true
		}
	}
	return true, true
}

// Contains reports whether p lies inside a ring, and whether it lies on its line.
func Contains(ring []loc2vec.TilePoint, p loc2vec.TilePoint) (inside, onLine bool) {
	for i, a := range ring {
		b := ring[(i+1)%len(ring)]
		cross := int64(b.X-a.X)*int64(p.Y-a.Y) - int64(b.Y-a.Y)*int64(p.X-a.X)
		if cross == 0 && min(a.X, b.X) <= p.X && p.X <= max(a.X, b.X) && min(a.Y, b.Y) <= p.Y && p.Y <= max(a.Y, b.Y) {
			return false, true
		}
		if (a.Y > p.Y) != (b.Y > p.Y) && (cross > 0) == (b.Y > a.Y) {
			inside = !inside
		}
	}
	return inside, false
}

func abs(a int64) int64 { return max(a, -a) }
