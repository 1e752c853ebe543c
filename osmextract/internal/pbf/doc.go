// Package pbf reads OpenStreetMap PBF files block by block.
//
// A File is walked once to find its blobs; Decoders then decode them in any order, each in its own
// goroutine and without a tree of objects. The format is the one of the OpenStreetMap wiki,
// "PBF Format" (fileformat.proto, osmformat.proto).
//
// The decoder is our own because bytes from outside must not stop the process: paulmach/osm
// decodes in goroutines of its own and panics there on plain (not dense) nodes, on a negative blob
// size and on a string index out of range, where no caller can recover, and inflates a blob
// without a limit. It serves as the oracle in this package's tests.
package pbf
