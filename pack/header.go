package pack

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/format"
)

const (
	specVersion  = 3 // version of the PMTiles specification
	headerLength = 127
	// maxRootEnd is the size of a PMTiles reader's first request, which header and root directory
	// must fit.
	maxRootEnd = 16384
	// maxMetadataBytes bounds the metadata, compressed as well as uncompressed.
	maxMetadataBytes = 1 << 20
)

// Values of header fields.
const (
	pmtilesGzip = 2 // compression
	pmtilesMVT  = 1 // tile type
)

// sections are the lengths in bytes of what follows the header, in file order.
type sections struct {
	root, metadata, leaves, tiles uint64
}

// size returns the size of the file, and false if it overflows.
func (s sections) size() (int64, bool) {
	total := uint64(headerLength)
	for _, n := range []uint64{s.root, s.metadata, s.leaves, s.tiles} {
		if n > math.MaxInt64 || total+n > math.MaxInt64 {
			return 0, false
		}
		total += n
	}
	return int64(total), true
}

func (s sections) metadataStart() int64 { return headerLength + int64(s.root) }
func (s sections) leavesStart() int64   { return s.metadataStart() + int64(s.metadata) }
func (s sections) tilesStart() int64    { return s.leavesStart() + int64(s.leaves) }

// encodeHeader returns the header of an archive. Every byte follows from the lengths of the sections
// and the metadata, so a reader recognises a damaged header.
func encodeHeader(s sections, m *Metadata) [headerLength]byte {
	var h [headerLength]byte
	le := binary.LittleEndian
	copy(h[0:], format.PackMagic)
	h[7] = specVersion
	le.PutUint64(h[8:], headerLength)
	le.PutUint64(h[16:], s.root)
	le.PutUint64(h[24:], uint64(s.metadataStart()))
	le.PutUint64(h[32:], s.metadata)
	le.PutUint64(h[40:], uint64(s.leavesStart()))
	le.PutUint64(h[48:], s.leaves)
	le.PutUint64(h[56:], uint64(s.tilesStart()))
	le.PutUint64(h[64:], s.tiles)
	le.PutUint64(h[72:], uint64(m.Tiles))
	le.PutUint64(h[80:], uint64(m.Entries))
	le.PutUint64(h[88:], uint64(m.Contents))
	h[96] = 1 // clustered
	h[97] = pmtilesGzip
	h[98] = pmtilesGzip
	h[99] = pmtilesMVT
	h[100], h[101] = loc2vec.Zoom, loc2vec.Zoom

	b := m.bounds()
	west, south, east, north := e7(b.Min.Lon), e7(b.Min.Lat), e7(b.Max.Lon), e7(b.Max.Lat)
	putPosition := func(at int, lon, lat int64) {
		le.PutUint32(h[at:], uint32(int32(lon)))
		le.PutUint32(h[at+4:], uint32(int32(lat)))
	}
	putPosition(102, west, south)
	putPosition(110, east, north)
	h[118] = loc2vec.Zoom
	putPosition(119, (west+east)/2, (south+north)/2)
	return h
}

// e7 returns degrees in units of 10^-7 degrees.
func e7(degrees float64) int64 { return int64(math.Round(degrees * 1e7)) }

// parseHeader returns the lengths of the sections of an archive of the given size. The rest of
// the header is checked after the metadata has been read.
func parseHeader(h []byte, size int64) (sections, error) {
	switch format.Sniff(h) {
	case format.Bundle:
		return sections{}, fmt.Errorf("%w: this is a zip archive, such as a bundle, not a region pack", loc2vec.ErrCorrupt)
	case format.Unknown:
		return sections{}, fmt.Errorf("%w: not a PMTiles archive", loc2vec.ErrCorrupt)
	}
	if h[7] != specVersion {
		return sections{}, fmt.Errorf("%w: PMTiles version %d, not %d", loc2vec.ErrVersion, h[7], specVersion)
	}
	if err := checkKind(h); err != nil {
		return sections{}, err
	}
	le := binary.LittleEndian
	s := sections{
		root:     le.Uint64(h[16:]),
		metadata: le.Uint64(h[32:]),
		leaves:   le.Uint64(h[48:]),
		tiles:    le.Uint64(h[64:]),
	}
	if want, ok := s.size(); !ok || want != size {
		return sections{}, fmt.Errorf("%w: the file has %d bytes, its header states another size", loc2vec.ErrCorrupt, size)
	}
	if s.root > maxRootEnd-headerLength || s.metadata > maxMetadataBytes {
		return sections{}, fmt.Errorf("%w: root directory of %d bytes, metadata of %d", loc2vec.ErrCorrupt, s.root, s.metadata)
	}
	return s, nil
}

// checkKind returns an error that says what an archive holds, unless it may be a region pack: gzip-compressed vector
// tiles of one zoom.
func checkKind(h []byte) error {
	if h[99] != pmtilesMVT || h[100] != loc2vec.Zoom || h[101] != loc2vec.Zoom {
		return fmt.Errorf("%w: a PMTiles archive, but not a region pack: zoom %d to %d, tile type %s",
			loc2vec.ErrCorrupt, h[100], h[101], nameOf(h[99], "unknown", "vector tiles", "PNG", "JPEG", "WebP", "AVIF", "MapLibre tiles"))
	}
	for _, compression := range h[97:99] {
		if compression != pmtilesGzip {
			return fmt.Errorf("%w: a PMTiles archive, but not a region pack: compression %s",
				loc2vec.ErrCorrupt, nameOf(compression, "unknown", "none", "gzip", "Brotli", "Zstandard"))
		}
	}
	return nil
}

// nameOf returns the name of a value that PMTiles counts from 0.
func nameOf(value byte, names ...string) string {
	if int(value) < len(names) {
		return names[value]
	}
	return fmt.Sprint(value)
}

// contradiction says how a header differs from the one that its metadata asks for.
func contradiction(got, want [headerLength]byte) error {
	counts, bounds := 72, 102 // where they begin in the header
	if [72]byte(got[:counts]) == [72]byte(want[:counts]) && [6]byte(got[96:bounds]) == [6]byte(want[96:bounds]) {
		return fmt.Errorf("%w: its bounds and counts are not those of the metadata. If it is a part of a pack, made with pmtiles extract: "+
			"the metadata still describes the whole. Cut the map with osmium extract, and make a pack of the part", loc2vec.ErrCorrupt)
	}
	return fmt.Errorf("%w: it contradicts the metadata", loc2vec.ErrCorrupt)
}
