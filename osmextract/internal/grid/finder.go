package grid

import (
	"cmp"
	"math"
	"slices"

	"github.com/loc2vec/loc2vec"
)

// TileFinder finds the tile of a location in an area without projecting it. It is not safe for
// concurrent use.
type TileFinder struct {
	area *Area
	rows *rowFinder
}

// NewTileFinder returns a finder for an area.
func NewTileFinder(area *Area) *TileFinder {
	return &TileFinder{area: area, rows: newRowFinder(area)}
}

// Find returns the tile of a location, and false if it is not in the area.
func (f *TileFinder) Find(at Location) (TileKey, bool) {
	x := min(int32((int64(at.Lon)+180e7)*TilesAcross/360e7), TilesAcross-1)
	y := f.rows.find(at.Lat)
	if y < 0 || !f.area.Contains(x, y) {
		return 0, false
	}
	return KeyOf(x, y), true
}

// rowFinder finds the row of tiles at a latitude.
type rowFinder struct {
	top   int32
	north []int32 // latitudes times 1e7 of the northern edges of the rows, and of the southern edge of the last row
	last  int
}

func newRowFinder(area *Area) *rowFinder {
	f := &rowFinder{top: area.top}
	for i := range len(area.rows) + 1 {
		edge := loc2vec.Point{Y: float64(area.top+int32(i)) / TilesAcross}
		f.north = append(f.north, int32(math.Round(edge.LatLon().Lat*1e7)))
	}
	return f
}

// find returns the row, or -1 if the area has no such row.
func (f *rowFinder) find(lat int32) int32 {
	if lat > f.north[f.last] || lat <= f.north[f.last+1] {
		// The first edge south of the latitude is the southern edge of its row.
		i, _ := slices.BinarySearchFunc(f.north, lat, func(edge, lat int32) int { return cmp.Compare(lat, edge+1) })
		if i == 0 || i == len(f.north) {
			return -1
		}
		f.last = i - 1
	}
	return f.top + int32(f.last)
}
