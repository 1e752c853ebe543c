// Package loc2vec defines the plain types that server and phone share: coordinates, the map
// projection, tiles, layers, features and sentinel errors.
//
// # Letters
//
// Tensor shapes are written with these letters throughout the project:
//
//	B  images or vectors in a batch
//	C  layers of a raster (NumLayers = 12)
//	H  rows of a raster, row 0 in the north when it is not rotated
//	W  columns of a raster, column 0 in the west when it is not rotated
//	D  numbers in an embedding (Dimension = 16)
//
// # Coordinate frames
//
//	LatLon     WGS84 degrees, latitude first
//	Point      the Mercator unit square: X grows east from the antimeridian, Y grows south from
//	           85.0511°N, both 0..1
//	TilePoint  1/8192 of a zoom 14 tile, X east and Y south from the tile's north-west corner
//
// Pixels belong to package raster.
package loc2vec

// Dimension is D, the number of coordinates of an embedding.
const Dimension = 16
