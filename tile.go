package loc2vec

import (
	"fmt"

	"github.com/loc2vec/loc2vec/internal/hilbert"
)

const (
	// Zoom is the one zoom level of a region pack. A tile is about 2.4 km wide at the equator.
	Zoom = 14
	// Extent is the number of TilePoint steps along a tile's edge: 0.30 m at the equator, a fifth
	// of a raster pixel.
	Extent = 8192
	// tilesAcross is the number of tiles along the unit square's edge.
	tilesAcross = 1 << Zoom
)

const (
	// FirstTileID is the least Tile.ID: the number of tiles of all lower zooms, 1 + 4 + … + 4^13.
	FirstTileID = (1<<(2*Zoom) - 1) / 3
	// EndTileID follows the greatest Tile.ID.
	EndTileID = FirstTileID + 1<<(2*Zoom)
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

// TileFromID is the inverse of Tile.ID. It returns an error wrapping ErrCorrupt for a number of another zoom.
func TileFromID(id uint64) (Tile, error) {
	if id < FirstTileID || id >= EndTileID {
		return Tile{}, fmt.Errorf("%w: tile number %d is not of zoom %d", ErrCorrupt, id, Zoom)
	}
	x, y := hilbert.Point(Zoom, id-FirstTileID)
	return Tile{X: x, Y: y}, nil
}

// ID returns the tile's number in PMTiles order: its place on the Hilbert curve, after all tiles
// of lower zooms. Both coordinates must be below 2^14.
func (t Tile) ID() uint64 { return tileID(Zoom, t.X, t.Y) }

// Valid reports whether both coordinates are below 2^14.
func (t Tile) Valid() bool { return t.X < tilesAcross && t.Y < tilesAcross }

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

// tileID numbers the tile x, y of any zoom up to 31 as PMTiles does.
func tileID(zoom, x, y uint32) uint64 {
	return (1<<(2*zoom)-1)/3 + hilbert.Index(zoom, x, y)
}
