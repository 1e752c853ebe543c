package loc2vec

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
)

// maxTileBytes bounds a tile, packed as well as unpacked. The densest city tiles take a few
// hundred kilobytes.
const maxTileBytes = 16 << 20

// PackWriter writes a region pack. Not safe for concurrent use. What it writes follows from what it
// is given alone: the same metadata and tiles make the same bytes.
type PackWriter struct {
	dst      io.Writer
	spool    io.ReadWriteSeeker
	metadata PackMetadata
	encoder  TileEncoder
	entries  []packEntry
	seen     map[[sha256.Size]byte]packEntry
	content  hash.Hash
	offset   uint64 // of the next tile's data
	err      error  // the first error, which all later calls return
}

// NewPackWriter starts a pack. Tile data is spooled until Close because the directory stands
// first; the spool is an empty file or buffer, which the caller disposes of. The metadata's Area
// must not be empty.
func NewPackWriter(dst io.Writer, spool io.ReadWriteSeeker, meta PackMetadata) *PackWriter {
	meta.FormatVersion = PackFormat
	meta.Tiles, meta.Entries, meta.Contents = 0, 0, 0
	meta.Features = make(map[string]int, NumLayers)
	meta.ContentSHA256 = ""
	w := &PackWriter{
		dst: dst, spool: spool, metadata: meta,
		seen: make(map[[sha256.Size]byte]packEntry), content: sha256.New(),
	}
	if err := meta.checkArea(); err != nil {
		w.err = fmt.Errorf("writing pack %q: %w", meta.Name, err)
	}
	return w
}

// WriteTile adds a tile of the covered area, empty when it has no features. Tiles come in
// ascending order of Tile.ID. See TileEncoder.Encode for what becomes of the features.
func (w *PackWriter) WriteTile(t Tile, features []Feature) error {
	if w.err != nil {
		return w.err
	}
	encoded, err := w.encoder.Encode(features)
	if err != nil {
		return w.fail(fmt.Errorf("tile %v: %w", t, err))
	}
	return w.WriteEncodedTile(t, encoded)
}

// WriteEncodedTile is WriteTile for a tile that a TileEncoder has already encoded, perhaps in
// another goroutine. The writer does not keep the tile's data.
func (w *PackWriter) WriteEncodedTile(t Tile, encoded EncodedTile) error {
	if w.err != nil {
		return w.err
	}
	id := t.ID()
	var last *packEntry
	if n := len(w.entries); n > 0 {
		last = &w.entries[n-1]
	}
	if !t.Valid() || last != nil && id < last.end() {
		return w.fail(fmt.Errorf("tile %v does not follow the one before it", t))
	}
	if len(encoded.Data) == 0 || len(encoded.Data) > maxTileBytes {
		return w.fail(fmt.Errorf("tile %v has %d bytes", t, len(encoded.Data)))
	}
	sum := sha256.Sum256(encoded.Data)
	entry, ok := w.seen[sum]
	if !ok {
		if _, err := w.spool.Write(encoded.Data); err != nil {
			return w.fail(fmt.Errorf("spooling tile %v: %w", t, err))
		}
		w.content.Write(encoded.Data)
		entry = packEntry{offset: w.offset, length: uint32(len(encoded.Data))}
		w.offset += uint64(len(encoded.Data))
		w.seen[sum] = entry
	}
	if last != nil && id == last.end() && entry.offset == last.offset {
		last.run++
	} else {
		entry.id, entry.run = id, 1
		w.entries = append(w.entries, entry)
	}
	w.metadata.Tiles++
	for l, n := range encoded.Shapes {
		if n > 0 {
			w.metadata.Features[Layer(l).String()] += n
		}
	}
	return nil
}

// Close writes the archive. It closes neither the destination nor the spool.
func (w *PackWriter) Close() error {
	if w.err != nil {
		return w.err
	}
	if len(w.entries) == 0 {
		return w.fail(errors.New("it has no tiles"))
	}
	root, leaves, err := packDirectories(w.entries)
	if err != nil {
		return w.fail(err)
	}
	w.content.Write(root)
	w.content.Write(leaves)
	w.metadata.ContentSHA256 = hex.EncodeToString(w.content.Sum(nil))
	w.metadata.Entries, w.metadata.Contents = len(w.entries), len(w.seen)

	text, err := w.metadata.MarshalJSON()
	if err != nil {
		return w.fail(fmt.Errorf("metadata: %w", err))
	}
	if len(text) > maxMetadataBytes {
		return w.fail(fmt.Errorf("metadata of %d bytes, more than %d", len(text), maxMetadataBytes))
	}
	metadata, err := w.encoder.deflater.append(nil, text)
	if err != nil {
		return w.fail(fmt.Errorf("metadata: %w", err))
	}
	sections := packSections{
		root: uint64(len(root)), metadata: uint64(len(metadata)), leaves: uint64(len(leaves)), tiles: w.offset,
	}
	header := packHeader(sections, &w.metadata)
	for _, section := range [][]byte{header[:], root, metadata, leaves} {
		if _, err := w.dst.Write(section); err != nil {
			return w.fail(err)
		}
	}
	if _, err := w.spool.Seek(0, io.SeekStart); err != nil {
		return w.fail(fmt.Errorf("rewinding the spool: %w", err))
	}
	if n, err := io.Copy(w.dst, w.spool); err != nil {
		return w.fail(err)
	} else if uint64(n) != w.offset {
		return w.fail(fmt.Errorf("the spool holds %d bytes, not the %d written to it", n, w.offset))
	}
	w.err = errors.New("the pack is already closed")
	return nil
}

// Metadata returns the pack's description; it is complete once Close has returned.
func (w *PackWriter) Metadata() PackMetadata {
	m := w.metadata
	m.Features = maps.Clone(m.Features)
	return m
}

// fail remembers the error as the writer's.
func (w *PackWriter) fail(err error) error {
	w.err = fmt.Errorf("writing pack %q: %w", w.metadata.Name, err)
	return w.err
}
