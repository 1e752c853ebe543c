package osmextract

import (
	"cmp"
	"slices"
)

// turnRing makes a ring begin at its least point and go clockwise on the map, so that the pack does
// not depend on where a source begins it and which way it goes.
func turnRing(ring []gridPoint) {
	if doubleArea(ring) < 0 {
		slices.Reverse(ring)
	}
	least := 0
	for i, p := range ring {
		if q := ring[least]; cmp.Or(cmp.Compare(p.x, q.x), cmp.Compare(p.y, q.y)) < 0 {
			least = i
		}
	}
	// Rotated in place: reversed in two parts, and then as a whole.
	slices.Reverse(ring[:least])
	slices.Reverse(ring[least:])
	slices.Reverse(ring)
}
