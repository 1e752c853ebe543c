// Package postgis reads OpenStreetMap objects from a PostGIS database that osm2pgsql has loaded, as a
// source for package osmextract.
//
// # Loading a database
//
// A database needs the extension PostGIS, and hstore for osm2pgsql's option -k:
//
//	createdb osm
//	psql osm -c 'CREATE EXTENSION postgis; CREATE EXTENSION hstore'
//
// The style loc2vec.lua beside this file makes three small tables, and packs that are the same as
// from the file itself (osm2pgsql 1.7 or newer):
//
//	osm2pgsql -d osm -O flex -S loc2vec.lua region.osm.pbf
//
// A database in osm2pgsql's default schema, as for many map servers, will do as well:
//
//	osm2pgsql -d osm -k --keep-coastlines region.osm.pbf
//
// To be kept up to date either takes the options -s and, for updates, -a, which change nothing here;
// -G, -l and -x change nothing either. -k (or -j) keeps all tags. Without it there are columns for
// some keys only, and what is known by others, say craft or building:part, is missing.
// --keep-coastlines keeps natural=coastline, which osm2pgsql's default schema leaves out otherwise:
// without it the sea is either missing or has to come from a file, osmextract.Options.WaterPolygons.
//
// # Tables
//
// The tables are planet_osm_point, planet_osm_line and planet_osm_polygon, or points, lines and
// polygons, wherever the search path leads; Options.Tables names others. Views are as good. Each has
//
//	a number   osm_id or id, or node_id, way_id or area_id: that of the object, negative for a
//	           relation. Only nodes are taken from the points, only ways from the lines; polygons are
//	           closed ways and relations
//	geometry   one column, in EPSG:3857 or EPSG:4326
//	tags       one column of type hstore, jsonb or json, or columns named for keys, or both
//
// A closed way may be among the lines or the polygons: what it is follows from its tags in either
// case. A role with the right to SELECT from the three tables is enough to read them. An index on the
// geometry makes a box out of a large database quick.
//
// # What differs from a file
//
// OpenStreetMap has degrees with seven decimals. EPSG:4326 keeps them; from the metres of EPSG:3857
// they come back by rounding. So shapes are the same to the last point, but
//
//   - areas that osm2pgsql does not build are missing: those of relations that reach out of the extract
//     or whose rings cross, and in the default schema those of ways that cross themselves;
//   - old-style multipolygons, which have their tags on their outer ways and were gone from
//     OpenStreetMap by 2018, are made from loc2vec.lua's tables only: the default schema leaves them
//     out, and their holes are filled;
//   - a way that ends where it starts, but in another node, counts as closed: geometry has no nodes;
//   - lines of more than 100 km, which the default schema splits, may lie 0.3 m aside;
//   - a file says what area it covers. A database does not: give a box that lies inside what it was
//     loaded from, or let it be made out from where the objects are, as for a file without a box.
package postgis
