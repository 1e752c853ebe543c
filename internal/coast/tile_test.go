package coast_test

import (
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/coast"
)

// TestStep: tracing ends when Step says so, whatever takes long: coasts in one direction that contradict each other, many
// islands, and coasts of which each point lies on another one.
func TestStep(t *testing.T) {
	var islands, pieces, zigzag coast.Tile
	for i := range int32(300) {
		at := loc2vec.TilePoint{X: 1 + 3*i, Y: 5}
		islands.Closed = append(islands.Closed, coast.Closed{Points: []loc2vec.TilePoint{at, {X: at.X + 1, Y: 5}, {X: at.X + 1, Y: 6}}})
		entry, exit := coast.Cut{Side: coast.North, Whole: 2 * i, Over: 1}, coast.Cut{Side: coast.South, Whole: 2*i + 1, Over: 1}
		pieces.Pieces = append(pieces.Pieces, coast.Piece{Entry: entry, Exit: exit, Points: []loc2vec.TilePoint{{X: 2 * i}, {X: 2 * i, Y: loc2vec.Extent}}})
	}
	var there, back []loc2vec.TilePoint
	for i := range int32(300) {
		there = append(there, loc2vec.TilePoint{X: 1 + 10*i, Y: 100 + 50*(i%2)})
		back = append(back, there[i])
	}
	back[10], back[12] = back[12], back[10]
	zigzag.Closed = []coast.Closed{{Points: append(there, loc2vec.TilePoint{X: 3000, Y: 400})}, {Points: append(back, loc2vec.TilePoint{X: 3000, Y: 400})}}
	for name, tile := range map[string]*coast.Tile{"islands": &islands, "pieces": &pieces, "zigzag": &zigzag} {
		looks, left := 0, 1<<30
		tile.Step = func(points int) bool {
			looks++
			left -= points
			return left >= 0
		}
		trace := func() {
			events, _ := tile.Events()
			tile.Rings(events, coast.Land)
		}
		trace()
		if most := 1<<30 - left; most < 10_000 {
			t.Errorf("%s: %d points looked at: the test is too small", name, most)
		}
		all := looks
		looks, left = 0, 5_000
		if trace(); looks > all/2+3 || left < -1_000 {
			t.Errorf("%s: %d of %d steps, %d more than were left", name, looks, all, -left)
		}
	}
}
