package osmextract

import (
	"math"

	"github.com/loc2vec/loc2vec"
)

// The grid divides each zoom 14 tile into Extent steps a side, so that the whole Mercator square
// has 2^27.
const (
	tilesAcross = 1 << loc2vec.Zoom
	gridAcross  = tilesAcross * loc2vec.Extent
)

// gridPoint is a place on the grid, both coordinates within 0..gridAcross.
type gridPoint struct {
	x, y int32
}

// gridOf rounds a place of the Mercator square to the grid.
func gridOf(p loc2vec.Point) gridPoint {
	return gridPoint{x: int32(math.Round(p.X * gridAcross)), y: int32(math.Round(p.Y * gridAcross))}
}

func (l location) grid() gridPoint { return gridOf(l.latLon().Point()) }

// tileIndex returns the column or row of a grid coordinate. A tile owns its western and northern
// edge; the edge of the world belongs to the last tile.
func tileIndex(v int32) int32 { return min(v/loc2vec.Extent, tilesAcross-1) }

// tileRange is a box of tiles, both ends included.
type tileRange struct {
	x0, y0, x1, y1 int32
}

// tilesUnder returns the tiles that the points' box touches with more than its eastern or southern
// edge.
func tilesUnder(parts [][]gridPoint) tileRange {
	lo, hi := gridPoint{math.MaxInt32, math.MaxInt32}, gridPoint{math.MinInt32, math.MinInt32}
	for _, part := range parts {
		for _, p := range part {
			lo = gridPoint{min(lo.x, p.x), min(lo.y, p.y)}
			hi = gridPoint{max(hi.x, p.x), max(hi.y, p.y)}
		}
	}
	r := tileRange{x0: tileIndex(lo.x), y0: tileIndex(lo.y)}
	// A vertical line on an edge belongs to the tile east of it, a box ends west of its eastern edge.
	r.x1 = max(r.x0, tileIndex(hi.x-1))
	r.y1 = max(r.y0, tileIndex(hi.y-1))
	return r
}

// doubleArea returns twice the signed area of a ring: positive for an outer ring of a vector tile,
// that is clockwise on a map with Y pointing down.
func doubleArea(ring []gridPoint) int64 {
	if len(ring) < 3 {
		return 0
	}
	// Relative to the first point, so that products stay within 2^55.
	sum, o := int64(0), ring[0]
	for i := 1; i+1 < len(ring); i++ {
		ax, ay := int64(ring[i].x-o.x), int64(ring[i].y-o.y)
		bx, by := int64(ring[i+1].x-o.x), int64(ring[i+1].y-o.y)
		sum += ax*by - bx*ay
	}
	return sum
}
