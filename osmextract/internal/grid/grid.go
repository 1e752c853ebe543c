package grid

import (
	"math"

	"github.com/loc2vec/loc2vec"
)

// The grid divides each side of a zoom 14 tile into Extent steps.
const (
	// TilesAcross is the number of tiles along a side of the Mercator square.
	TilesAcross = 1 << loc2vec.Zoom
	// Across is the number of steps along a side of the Mercator square, 2^27.
	Across = TilesAcross * loc2vec.Extent
	// ExtentBits is the number of bits of a position inside a tile.
	ExtentBits = 13
)

var _ [loc2vec.Extent]struct{} = [1 << ExtentBits]struct{}{}

// Point is a position on the grid. Positions on Earth have coordinates within 0..Across.
type Point struct {
	X, Y int32
}

// Of rounds a position in the Mercator square to the grid.
func Of(p loc2vec.Point) Point {
	return Point{X: int32(math.Round(p.X * Across)), Y: int32(math.Round(p.Y * Across))}
}

// TileIndex returns the column or row of a coordinate. A tile owns its western and northern edges; the
// edge of the world belongs to the last tile.
func TileIndex(v int32) int32 { return min(v/loc2vec.Extent, TilesAcross-1) }

// TileRange is a rectangle of tiles from column X0 to X1 and from row Y0 to Y1, both included.
type TileRange struct {
	X0, Y0, X1, Y1 int32
}

// TilesUnder returns the tiles that the bounding box of the points overlaps. A tile that the box only
// touches with its eastern or southern edge is not among them.
func TilesUnder(parts [][]Point) TileRange {
	lo, hi := Point{math.MaxInt32, math.MaxInt32}, Point{math.MinInt32, math.MinInt32}
	for _, part := range parts {
		for _, p := range part {
			lo = Point{min(lo.X, p.X), min(lo.Y, p.Y)}
			hi = Point{max(hi.X, p.X), max(hi.Y, p.Y)}
		}
	}
	r := TileRange{X0: TileIndex(lo.X), Y0: TileIndex(lo.Y)}
	// A box ends west of its eastern edge; a vertical line on an edge belongs to the tile east of it.
	r.X1 = max(r.X0, TileIndex(hi.X-1))
	r.Y1 = max(r.Y0, TileIndex(hi.Y-1))
	return r
}

// DoubleArea returns twice the signed area of a ring. It is positive for an outer ring of a vector tile,
// which is clockwise on the map.
func DoubleArea(ring []Point) int64 {
	if len(ring) < 3 {
		return 0
	}
	// Relative to the first point, products stay within 2^55.
	sum, o := int64(0), ring[0]
	for i := 1; i+1 < len(ring); i++ {
		ax, ay := int64(ring[i].X-o.X), int64(ring[i].Y-o.Y)
		bx, by := int64(ring[i+1].X-o.X), int64(ring[i+1].Y-o.Y)
		sum += ax*by - bx*ay
	}
	return sum
}

// Tile returns the tile of a position inside the Mercator square, its southern and eastern edges
// excluded.
func (p Point) Tile() loc2vec.Tile {
	return loc2vec.Tile{X: uint32(p.X / loc2vec.Extent), Y: uint32(p.Y / loc2vec.Extent)}
}

// Distance returns the distance in steps.
func (p Point) Distance(q Point) float64 {
	return math.Hypot(float64(q.X)-float64(p.X), float64(q.Y)-float64(p.Y))
}
