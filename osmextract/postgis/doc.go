// Package postgis streams features from a PostGIS database that osm2pgsql has loaded. A Database is an
// osmextract.FeatureSource.
//
// # Loading a database
//
// The database needs the extension PostGIS, and the extension hstore for the option -k of osm2pgsql:
//
//	createdb osm
//	psql osm -c 'CREATE EXTENSION postgis; CREATE EXTENSION hstore'
//
// The style loc2vec.lua in this directory makes three small tables, from which a pack is the same as
// from the file itself (osm2pgsql 1.7 or newer):
//
//	osm2pgsql -d osm -O flex -S loc2vec.lua region.osm.pbf
//
// The default schema of osm2pgsql, which many map servers use, is supported as well:
//
//	osm2pgsql -d osm -k --keep-coastlines region.osm.pbf
//
// The options -s and -a keep either database up to date. They change nothing here, and neither do -G,
// -l and -x. The option -k (or -j) keeps all tags. Without it the tables have columns for some keys
// only, and elements known by others, such as craft or building:part, are missing.
// --keep-coastlines keeps natural=coastline, which the default schema drops: without coastlines the sea
// is missing, unless osmextract.Options.WaterPolygons names a file of it.
//
// # Tables
//
// The tables are planet_osm_point, planet_osm_line and planet_osm_polygon, or points, lines and
// polygons, in the search path; Options.Tables names others. Views are supported. Each table has
//
//	an id      osm_id or id, or node_id, way_id, area_id or relation_id: that of the element, negative
//	           for a relation. The points hold nodes, the lines ways, the polygons closed ways and
//	           relations; other rows are ignored
//	geometry   one column, in EPSG:3857 or EPSG:4326
//	tags       one column of type hstore, jsonb or json, or columns named for keys, or both
//
// The tags of a closed way decide whether it is a line or an area, in whichever table it is. A role
// needs SELECT on the three tables. An index on the geometry makes a box out of a large database fast.
//
// # Differences from a file
//
// Degrees of OpenStreetMap have seven decimals. EPSG:4326 keeps them; rounding recovers them from the
// metres of EPSG:3857. So shapes are the same to the last point, except that
//
//   - areas that osm2pgsql does not build are missing: relations that reach out of the extract or whose
//     rings cross, and in the default schema ways that cross themselves;
//   - old-style multipolygons, whose outer ways carry the tags and which were gone from OpenStreetMap
//     by 2018, need the tables of loc2vec.lua: the default schema drops them and fills their holes;
//   - lines of more than 100 km, which the default schema splits, may be off by 0.3 m;
//   - the default schema splits lines that cross the antimeridian too, into pieces around the world: load them
//     with loc2vec.lua;
//   - a database does not say what area it covers. Give a box that lies inside the loaded data, or let
//     Extract find out from the features, as for a file without a box.
package postgis
