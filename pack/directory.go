package pack

import (
	"encoding/binary"
	"fmt"
	"math"
	"sort"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/deflate"
	"github.com/loc2vec/loc2vec/internal/wire"
)

const (
	// maxDirectoryEntries bounds the entries of one directory. Leaf directories have 4096 unless
	// the root directory would grow too long.
	maxDirectoryEntries = 1 << 17
	// maxEntryBytes bounds an entry of an uncompressed directory: four numbers, of which real entries take five bytes.
	maxEntryBytes = 32
	// maxDirectoryBytes bounds an uncompressed directory.
	maxDirectoryBytes = maxEntryBytes * maxDirectoryEntries
	// leafEntries is the number of entries in a leaf directory, doubled until the root directory fits.
	leafEntries = 4096
)

// maxEntries returns how many entries a pack may have, so that the work of reading its directories is bounded by its size:
// one for each four bytes of tiles, where 76 real packs have at least 208 bytes an entry, and 65,536 more, which is enough
// for any rectangle of tiles that are all empty.
func maxEntries(tileBytes uint64) uint64 { return 1<<16 + tileBytes/4 }

// entry is an entry of a directory: a run of tiles with the same contents, or, with run 0, a
// leaf directory. It applies to tile numbers from id on.
type entry struct {
	id     uint64
	offset uint64 // from the start of the tile data, or of the leaf directories
	length uint32
	run    uint32
}

// end returns the number after the entry's last tile.
func (e entry) end() uint64 { return e.id + uint64(e.run) }

// appendDirectory appends the uncompressed directory of the entries as PMTiles v3 specifies it: their
// number, then one column for each field.
func appendDirectory(dst []byte, entries []entry) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(entries)))
	last := uint64(0)
	for _, e := range entries {
		dst = binary.AppendUvarint(dst, e.id-last)
		last = e.id
	}
	for _, e := range entries {
		dst = binary.AppendUvarint(dst, uint64(e.run))
	}
	for _, e := range entries {
		dst = binary.AppendUvarint(dst, uint64(e.length))
	}
	for i, e := range entries {
		// 0 means: directly after the previous entry's data.
		if i > 0 && e.offset == entries[i-1].offset+uint64(entries[i-1].length) {
			dst = append(dst, 0)
		} else {
			dst = binary.AppendUvarint(dst, e.offset+1)
		}
	}
	return dst
}

// parseDirectory is the inverse of appendDirectory, for at most so many entries. The entries it returns are of zoom 14, ascend and
// do not overlap.
func parseDirectory(b []byte, most int) ([]entry, error) {
	r := wire.NewReader(b)
	count, ok := r.Uvarint()
	if !ok {
		return nil, r.Err()
	}
	if count == 0 || count > uint64(most) || count > uint64(len(b))/4 {
		return nil, fmt.Errorf("%w: directory of %d entries in %d bytes", loc2vec.ErrCorrupt, count, len(b))
	}
	entries := make([]entry, count)
	id := uint64(0)
	for i := range entries {
		delta, _ := r.Uvarint()
		id += delta
		if delta > loc2vec.EndTileID || id < loc2vec.FirstTileID || id >= loc2vec.EndTileID || i > 0 && delta == 0 {
			return nil, fmt.Errorf("%w: tile numbers of a directory", loc2vec.ErrCorrupt)
		}
		entries[i].id = id
	}
	for i := range entries {
		run, _ := r.Uvarint()
		limit := uint64(loc2vec.EndTileID)
		if i+1 < len(entries) {
			limit = entries[i+1].id
		}
		if run > limit-entries[i].id {
			return nil, fmt.Errorf("%w: runs of a directory", loc2vec.ErrCorrupt)
		}
		entries[i].run = uint32(run)
	}
	for i := range entries {
		length, _ := r.Uvarint()
		if length == 0 || length > math.MaxUint32 {
			return nil, fmt.Errorf("%w: lengths of a directory", loc2vec.ErrCorrupt)
		}
		entries[i].length = uint32(length)
	}
	for i := range entries {
		offset, _ := r.Uvarint()
		switch {
		case offset > 0:
			entries[i].offset = offset - 1
		case i > 0:
			entries[i].offset = entries[i-1].offset + uint64(entries[i-1].length)
		default:
			return nil, fmt.Errorf("%w: first offset of a directory", loc2vec.ErrCorrupt)
		}
	}
	if r.Err() != nil || len(r.Rest()) > 0 {
		return nil, fmt.Errorf("%w: directory of the wrong length", loc2vec.ErrCorrupt)
	}
	return entries, nil
}

// findEntry returns the last entry that starts at or before the tile number.
func findEntry(entries []entry, id uint64) (entry, bool) {
	i := sort.Search(len(entries), func(i int) bool { return entries[i].id > id })
	if i == 0 {
		return entry{}, false
	}
	return entries[i-1], true
}

// encodeDirectories returns the compressed root directory and leaf directories of an archive. It makes
// leaves only when the entries do not fit a root directory.
func encodeDirectories(entries []entry) (root, leaves []byte, err error) {
	var d deflate.Compressor
	if root, err = d.AppendGzip(nil, appendDirectory(nil, entries)); err != nil {
		return nil, nil, err
	}
	if len(root) <= maxRootEnd-headerLength && len(entries) <= maxDirectoryEntries {
		return root, nil, nil
	}
	for size := leafEntries; size <= maxDirectoryEntries; size *= 2 {
		leaves = leaves[:0]
		var pointers []entry
		for i := 0; i < len(entries); i += size {
			start := len(leaves)
			leaf := entries[i:min(i+size, len(entries))]
			if leaves, err = d.AppendGzip(leaves, appendDirectory(nil, leaf)); err != nil {
				return nil, nil, err
			}
			pointers = append(pointers, entry{
				id: leaf[0].id, offset: uint64(start), length: uint32(len(leaves) - start),
			})
		}
		if root, err = d.AppendGzip(root[:0], appendDirectory(nil, pointers)); err != nil {
			return nil, nil, err
		}
		if len(root) <= maxRootEnd-headerLength {
			return root, leaves, nil
		}
	}
	return nil, nil, fmt.Errorf("%d tiles are too many for a pack", len(entries))
}
