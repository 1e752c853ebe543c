package sea

import (
	"iter"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/osmextract/internal/grid"
)

// A coast may cross the antimeridian, the edge of the Mercator square. The sea is computed on a globe turned
// so that the edge meets no coast.

// turn is the number of columns by which tiles move west, those at the western edge to the eastern one.
type turn uint32

const columns = 1 << loc2vec.Zoom

// turnFor returns the turn for coastlines of an area: 0 unless a coast crosses the antimeridian, or the area
// lies on both sides of it.
func turnFor(ways []Way, cover Cover) turn {
	crossing := false
	for i := range ways {
		points := ways[i].Points
		for k := 1; k < len(points) && !crossing; k++ {
			d := points[k].X - points[k-1].X
			crossing = d > 0.5 || d < -0.5
		}
	}
	var occupied [columns]bool
	for t := range cover.Tiles() {
		occupied[t.X] = true
	}
	if !crossing && !(occupied[0] && occupied[columns-1]) {
		return 0
	}
	covered := occupied
	occupied = [columns]bool{}
	for i := range ways {
		points := ways[i].Points
		for k := 1; k < len(points); k++ {
			occupy(&occupied, points[k-1].X, points[k].X)
		}
	}
	// An edge beside which nothing is covered is best; one that meets no coast will do.
	for _, taken := range [...]*[columns]bool{&covered, &occupied} {
		for i := range uint32(columns) {
			if c := (columns/2 + i) % columns; !occupied[c] && !taken[c] && !taken[(c+columns-1)%columns] {
				return turn(c)
			}
		}
	}
	return 0 // the coast reaches around the Earth
}

// occupy marks the columns under a segment, on its shorter way around the Earth.
func occupy(occupied *[columns]bool, x0, x1 float64) {
	c0, c1 := columnOf(x0), columnOf(x1)
	if eastward := x1 >= x0; eastward != (x1-x0 <= 0.5 && x0-x1 <= 0.5) {
		c0, c1 = c1, c0
	}
	for c := c0; ; c = (c + 1) % columns {
		occupied[c] = true
		if c == c1 {
			return
		}
	}
}

func columnOf(x float64) uint32 { return min(uint32(max(x, 0)*columns), columns-1) }

// point moves a point of the grid.
func (t turn) point(p grid.Point) grid.Point {
	if t == 0 {
		return p
	}
	p.X = (p.X - int32(t)*loc2vec.Extent + grid.Across) % grid.Across
	return p
}

// tile moves a tile.
func (t turn) tile(tile loc2vec.Tile) loc2vec.Tile {
	tile.X = (tile.X + columns - uint32(t)) % columns
	return tile
}

// back moves a tile back.
func (t turn) back(tile loc2vec.Tile) loc2vec.Tile {
	tile.X = (tile.X + uint32(t)) % columns
	return tile
}

// boxes moves boxes. One across the new edge becomes two.
func (t turn) boxes(boxes []coastBox) []coastBox {
	if t == 0 {
		return boxes
	}
	var turned []coastBox
	for _, b := range boxes {
		width := b.maxX - b.minX
		b.minX = t.point(grid.Point{X: b.minX}).X
		if b.maxX = b.minX + width; b.maxX > grid.Across {
			rest := b
			rest.minX, rest.maxX = 0, b.maxX-grid.Across
			b.maxX = grid.Across
			turned = append(turned, rest)
		}
		turned = append(turned, b)
	}
	return turned
}

// turnedCover is an area on the turned globe.
type turnedCover struct {
	Cover
	by turn
}

func (c turnedCover) Covers(t loc2vec.Tile) bool { return c.Cover.Covers(c.by.back(t)) }

func (c turnedCover) Tiles() iter.Seq[loc2vec.Tile] {
	return func(yield func(loc2vec.Tile) bool) {
		for t := range c.Cover.Tiles() {
			if !yield(c.by.tile(t)) {
				return
			}
		}
	}
}

// land is CoastOptions.Land on the turned globe.
func (t turn) land(land func(loc2vec.Tile) bool) func(loc2vec.Tile) bool {
	if t == 0 || land == nil {
		return land
	}
	return func(tile loc2vec.Tile) bool { return land(t.back(tile)) }
}
