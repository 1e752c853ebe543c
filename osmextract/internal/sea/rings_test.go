package sea

import (
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/osmextract/internal/grid"
)

// rectangle returns a coast around a rectangle: an island, or water if it is clockwise.
func rectangle(tile loc2vec.Tile, west, north, east, south float64, clockwise bool) Way {
	if clockwise {
		return coastline(tile, west, north, east, north, east, south, west, south, west, north)
	}
	return coastline(tile, west, north, west, south, east, south, east, north, west, north)
}

// Signs of land around a ring decide whether it is an island in the sea.
func TestRingsAgainstTheirSurroundings(t *testing.T) {
	tile := middle()
	cover := tileRect{tile: tile, columns: 9, rows: 9}
	at := func(x, y float64) grid.Point {
		return grid.Point{
			X: int32(tile.X)<<grid.ExtentBits + int32(x*loc2vec.Extent), Y: int32(tile.Y)<<grid.ExtentBits + int32(y*loc2vec.Extent),
		}
	}
	town := func(t loc2vec.Tile) bool { return (t.X+t.Y)%2 == 0 }
	bridge := func(t loc2vec.Tile) bool { return t.Y == tile.Y+4 }
	small := rectangle(tile, 4.3, 4.3, 4.6, 4.6, false)
	onEdge := rectangle(tile, 2.8, 4.3, 3.2, 4.6, false)
	tests := []struct {
		name      string
		ways      []Way
		land      func(loc2vec.Tile) bool
		sea, dry  []grid.Point
		seaTiles  int // whole and mixed ones
		wrong     int
		conflicts int
	}{
		{"an islet in the river of a town", []Way{small}, town, nil, []grid.Point{at(4.1, 4.1), at(4.4, 4.4), at(1, 1)}, 0, 1, 0},
		{"two of them, across tiles", []Way{small, onEdge}, town, nil, []grid.Point{at(2.5, 4.4), at(4.4, 4.4), at(1, 1)}, 0, 2, 0},
		{"an islet in the sea", []Way{small}, func(loc2vec.Tile) bool { return false }, []grid.Point{at(4.1, 4.1), at(1, 1)}, []grid.Point{at(4.4, 4.4)}, 81, 0, 0},
		{"islets in the sea, and a bridge", []Way{small, onEdge}, bridge, []grid.Point{at(4.1, 4.1), at(1, 1)}, []grid.Point{at(4.4, 4.4), at(3, 4.4)}, 81, 0, 0},
		{"an islet in a town by the sea", []Way{onEdge, coastline(tile, 8.5, 9.5, 8.5, -0.5)}, town, []grid.Point{at(8.7, 4.4)}, []grid.Point{at(2.5, 4.4), at(8.2, 4.4)}, 9, 1, 0},
		{"an island that is mapped clockwise", []Way{rectangle(tile, 0.5, 0.5, 3.5, 3.5, false), rectangle(tile, 5.5, 5.5, 7.5, 7.5, true)},
			func(t loc2vec.Tile) bool { return t.X == tile.X+6 && t.Y == tile.Y+6 },
			[]grid.Point{at(5.2, 6.5), at(8.5, 8.5)}, []grid.Point{at(6.5, 6.5), at(2, 2)}, 81 - 4 - 1, 1, 0},
		{"an inland sea", []Way{rectangle(tile, 2.5, 2.5, 6.5, 6.5, true)}, town, []grid.Point{at(4.4, 4.4)}, []grid.Point{at(1, 1)}, 25, 0, 0},
	}
	for _, test := range tests {
		s, stats := coastSea(test.ways, CoastOptions{Cover: cover, Land: test.land})
		if got := stats.Whole + stats.Mixed; got != test.seaTiles || stats.WrongRings != test.wrong || stats.Conflicts != test.conflicts {
			t.Errorf("%s: %+v, want %d tiles with sea, %d wrong rings, %d conflicts", test.name, stats, test.seaTiles, test.wrong, test.conflicts)
		}
		for _, p := range test.sea {
			if !s.inSea(p) {
				t.Errorf("%s: %v is no sea", test.name, p)
			}
		}
		for _, p := range test.dry {
			if s.inSea(p) {
				t.Errorf("%s: %v is sea", test.name, p)
			}
		}
	}
}
