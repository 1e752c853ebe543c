package loc2vec

import "fmt"

const (
	// Zoom is the one zoom level of a region pack. A tile is about 2.4 km wide at the equator.
	Zoom = 14
	// Extent is the number of TilePoint steps along a tile's edge: 0.30 m at the equator, a fifth
	// of a raster pixel.
	Extent = 8192
	// tilesAcross is the number of tiles along the unit square's edge.
	tilesAcross = 1 << Zoom
)

// Tile names a zoom 14 tile: X counts columns east from the antimeridian, Y rows south from
// 85.0511°N, both below 2^14.
type Tile struct {
	X, Y uint32
}

// TilePoint is a position inside a tile in steps of 1/Extent, X east and Y south of its
// north-western corner.
type TilePoint struct {
	X, Y int32
}

// Tile returns the tile that holds p. Points on the eastern and southern edge of the unit square
// belong to the last column and row.
func (p Point) Tile() Tile {
	index := func(v float64) uint32 { return uint32(min(max(v*tilesAcross, 0), tilesAcross-1)) }
	return Tile{X: index(p.X), Y: index(p.Y)}
}

// Origin returns the tile's north-western corner.
func (t Tile) Origin() Point {
	return Point{X: float64(t.X) / tilesAcross, Y: float64(t.Y) / tilesAcross}
}

// Bounds returns the tile's box.
func (t Tile) Bounds() Bounds {
	nw, se := t.Origin().LatLon(), Point{X: float64(t.X+1) / tilesAcross, Y: float64(t.Y+1) / tilesAcross}.LatLon()
	return Bounds{Min: LatLon{Lat: se.Lat, Lon: nw.Lon}, Max: LatLon{Lat: nw.Lat, Lon: se.Lon}}
}

// String formats the tile as "14/x/y".
func (t Tile) String() string { return fmt.Sprintf("%d/%d/%d", Zoom, t.X, t.Y) }
