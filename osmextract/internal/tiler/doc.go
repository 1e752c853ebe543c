// Package tiler clips the geometry of features to the tiles of a pack and encodes them.
//
// Geometry is rounded to the grid before it is clipped, exactly and without a buffer: two tiles share the
// points where an outline crosses their common edge, so the areas of the pieces add up to the whole.
package tiler
