package tiler

import (
	"cmp"
	"slices"

	"github.com/loc2vec/loc2vec/osmextract/internal/grid"
)

// normalise makes a ring begin at its least point and run clockwise on the map, so that the pack does not
// depend on how the source writes the ring.
func normalise(ring []grid.Point) {
	if grid.DoubleArea(ring) < 0 {
		slices.Reverse(ring)
	}
	least := 0
	for i, p := range ring {
		if q := ring[least]; cmp.Or(cmp.Compare(p.X, q.X), cmp.Compare(p.Y, q.Y)) < 0 {
			least = i
		}
	}
	// Rotate in place: reverse both parts, then the whole.
	slices.Reverse(ring[:least])
	slices.Reverse(ring[least:])
	slices.Reverse(ring)
}
