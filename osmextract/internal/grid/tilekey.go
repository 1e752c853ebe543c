package grid

import "github.com/loc2vec/loc2vec"

// TileKey is the row and column of a tile in one number. Keys sort row by row.
type TileKey uint32

// KeyOf returns the key of a column and row.
func KeyOf(x, y int32) TileKey { return TileKey(y)<<loc2vec.Zoom | TileKey(x) }

// Column returns the column, counted from the west.
func (k TileKey) Column() int32 { return int32(k & (TilesAcross - 1)) }

// Row returns the row, counted from the north.
func (k TileKey) Row() int32 { return int32(k >> loc2vec.Zoom) }

// Tile returns the tile.
func (k TileKey) Tile() loc2vec.Tile {
	return loc2vec.Tile{X: uint32(k.Column()), Y: uint32(k.Row())}
}

// KeyOfTile returns the key of a tile.
func KeyOfTile(t loc2vec.Tile) TileKey { return KeyOf(int32(t.X), int32(t.Y)) }
