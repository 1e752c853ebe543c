// Package osmextract turns a map extract into a region pack.
//
// A Source hands out osm elements: files in PBF or XML (Open), or any osm.Scanner (Scan). A
// FeatureSource hands out features with orb geometry: a PostGIS database (package postgis). Extract
// classifies both by their tags (package schema), builds polygons from the segments of
// multipolygons, clips the geometry to tiles, and adds the sea, which it makes from coastlines once
// everything else is read.
//
// # Coordinates
//
// Degrees are rounded to multiples of 1e-7, the precision of OpenStreetMap, and then to 1/Extent of a
// zoom 14 tile, before shapes are clipped exactly and without a buffer. Integers, rather than the
// float64 of orb, make seams exact: two tiles share the points where an outline crosses their common
// edge, so areas summed over tiles equal the whole.
package osmextract
