// Package pbf decodes OpenStreetMap PBF files block by block into elements of package osm.
//
// Open walks a file once to find its blobs; Decoders decode them in any order, each on its own goroutine,
// and reuse the elements. The format is that of the OpenStreetMap wiki, "PBF Format" (fileformat.proto,
// osmformat.proto).
//
// The decoder is our own because damaged bytes must not stop the process. paulmach/osm decodes on
// goroutines of its own and panics there on plain (not dense) nodes, on a negative blob size and on a
// string index out of range, where no caller can recover, and inflates a blob without a limit. It serves
// as the oracle in the tests of this package.
package pbf
