// Package grid holds integer coordinates and sets of tiles.
//
// Coordinates are integers because seams between tiles must be exact: shapes that share a segment are
// cut at the same point, and the areas of the pieces add up to the area of the whole. The float64 of
// orb cannot promise that, and orb.Bound cannot cross the antimeridian.
//
// # Coordinate frames
//
//	Location  WGS84 degrees times 1e7, the precision of OpenStreetMap
//	Point     1/Extent of a zoom 14 tile, X east and Y south from the north-west corner of the
//	          Mercator square
//	TileKey   column and row of a zoom 14 tile
package grid
