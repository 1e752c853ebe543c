// Package osmextract turns OpenStreetMap extracts into a region pack.
//
// A source reads map objects, classifies them (schema.Classifier) and builds their geometry in
// degrees; multipolygons are assembled from their segments. What lies behind the shaper knows
// nothing of where a shape came from: it rounds it to the grid, cuts it into tiles and writes the
// pack. The sea is made from coastlines once all shapes are there.
//
// # Coordinate frames
//
//	location   WGS84 degrees times 1e7 as integers: the precision of OpenStreetMap itself
//	gridPoint  1/Extent of a zoom 14 tile as integers, X east and Y south from the Mercator
//	           square's north-west corner: everything is rounded to it before it is cut
//
// Shapes are cut at the edges of tiles exactly and without a buffer: two tiles share the points
// where an outline crosses their common edge, so areas summed over tiles equal the whole.
package osmextract
