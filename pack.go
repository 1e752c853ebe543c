package loc2vec

import (
	"errors"
	"io"
	"iter"
)

// PackFormat is the version of the region pack format that this build writes and reads.
const PackFormat = 1

// PackMetadata describes a region pack: the JSON metadata of the PMTiles archive.
type PackMetadata struct {
	Name          string         // what the region is called
	FormatVersion int            // PackFormat
	SchemaHash    string         // Schema hash of the rules that made it
	Attribution   string         // "© OpenStreetMap contributors, ODbL 1.0"
	Sources       []PackSource   // the extracts it was made from
	Area          []Bounds       // covered area: places outside all of these are unknown, not empty
	Tiles         int            // tiles in the covered area, empty ones included
	Features      map[string]int // features per layer name, counted once per tile they reach
	ContentSHA256 string         // hex, over everything in the file that no other field implies
}

// PackSource names one input of a pack.
type PackSource struct {
	Name   string // base name of the file, or "postgis"
	SHA256 string // hex, empty for a database
	Date   string // replication timestamp or newest object, RFC 3339, empty when unknown
	Bytes  int64
}

// PackWriter writes a region pack. Not safe for concurrent use.
type PackWriter struct{}

// NewPackWriter starts a pack. Tile data is spooled until Close because the directory stands first.
func NewPackWriter(dst io.Writer, spool io.ReadWriteSeeker, meta PackMetadata) *PackWriter {
	return nil
}

// WriteTile adds a tile of the covered area, empty when it has no features. Tiles come in
// ascending order of Tile.ID.
func (w *PackWriter) WriteTile(t Tile, features []Feature) error {
	return errors.New("not implemented")
}

// Close writes the archive.
func (w *PackWriter) Close() error { return errors.New("not implemented") }

// Pack reads a region pack. Safe for concurrent use.
type Pack struct{}

// OpenPack reads header, directory and metadata.
func OpenPack(r io.ReaderAt, size int64) (*Pack, error) { return nil, errors.New("not implemented") }

// OpenPackFile opens the pack at path; Close releases it.
func OpenPackFile(path string) (*Pack, error) { return nil, errors.New("not implemented") }

// Close releases the file of OpenPackFile.
func (p *Pack) Close() error { return nil }

// Metadata returns the pack's description. The caller must not change it.
func (p *Pack) Metadata() *PackMetadata { return nil }

// Covers reports whether the tile belongs to the covered area: mapped, or known to be empty.
func (p *Pack) Covers(t Tile) bool { return false }

// Contains reports whether the place belongs to the covered area.
func (p *Pack) Contains(ll LatLon) bool { return false }

// ReadTile appends the tile's uncompressed vector tile to dst. A covered tile with nothing in it
// appends nothing; a tile outside the covered area is ErrNoCoverage.
func (p *Pack) ReadTile(dst []byte, t Tile) ([]byte, error) {
	return nil, errors.New("not implemented")
}

// Tiles yields the covered tiles in ascending order of Tile.ID.
func (p *Pack) Tiles() iter.Seq2[Tile, error] { return nil }

// Verify reads the whole pack and checks everything that can be checked.
func (p *Pack) Verify() error { return errors.New("not implemented") }

// ID returns the tile's number in PMTiles order: its place on the Hilbert curve, after all tiles
// of lower zooms.
func (t Tile) ID() uint64 { return 0 }

// TileFromID is the inverse of Tile.ID.
func TileFromID(id uint64) (Tile, error) { return Tile{}, errors.New("not implemented") }

// TileDecoder reads vector tiles without building a tree of objects. The zero value is ready; a
// decoder keeps its buffers between tiles and is not safe for concurrent use.
type TileDecoder struct{}

// Decode calls emit for every part of every feature in the uncompressed vector tile, in file
// order. The Part and its points are valid until emit returns.
func (d *TileDecoder) Decode(mvt []byte, emit func(*Part)) error {
	return errors.New("not implemented")
}
