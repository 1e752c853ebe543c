package pack

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/deflate"
	"github.com/loc2vec/loc2vec/internal/mvt"
)

// Writer writes a region pack. Not safe for concurrent use. What it writes follows from what it
// is given alone: the same metadata and tiles make the same bytes.
type Writer struct {
	dst      io.Writer
	spool    io.ReadWriteSeeker
	metadata Metadata
	encoder  mvt.Encoder
	entries  []entry
	seen     map[[sha256.Size]byte]entry
	content  hash.Hash
	offset   uint64 // of the next tile's data
	err      error  // the first error, which all later calls return
}

// NewWriter starts a pack. Tile data is spooled until Close because the directory stands
// first; the spool is an empty file or buffer, which the caller disposes of. The metadata's Area
// must not be empty.
func NewWriter(dst io.Writer, spool io.ReadWriteSeeker, meta Metadata) *Writer {
	meta.FormatVersion = FormatVersion
	meta.Tiles, meta.Entries, meta.Contents = 0, 0, 0
	meta.Features = make(map[string]int, loc2vec.NumLayers)
	meta.ContentSHA256 = ""
	w := &Writer{
		dst: dst, spool: spool, metadata: meta,
		seen: make(map[[sha256.Size]byte]entry), content: sha256.New(),
	}
	if err := meta.checkArea(); err != nil {
		w.err = fmt.Errorf("writing pack %q: %w", meta.Name, err)
	}
	return w
}

// WriteTile adds a tile of the covered area, empty when it has no features. Tiles come in
// ascending order of Tile.ID. See mvt.Encoder.Encode for what becomes of the features.
func (w *Writer) WriteTile(t loc2vec.Tile, features []loc2vec.Feature) error {
	if w.err != nil {
		return w.err
	}
	encoded, err := w.encoder.Encode(features)
	if err != nil {
		return w.fail(fmt.Errorf("tile %v: %w", t, err))
	}
	return w.WriteEncodedTile(t, encoded)
}

// WriteEncodedTile is WriteTile for a tile that a mvt.Encoder has already encoded, perhaps in
// another goroutine. The writer does not keep the tile's data.
func (w *Writer) WriteEncodedTile(t loc2vec.Tile, encoded mvt.EncodedTile) error {
	if w.err != nil {
		return w.err
	}
	id := t.ID()
	var last *entry
	if n := len(w.entries); n > 0 {
		last = &w.entries[n-1]
	}
	if !t.Valid() || last != nil && id < last.end() {
		return w.fail(fmt.Errorf("tile %v does not follow the one before it", t))
	}
	if len(encoded.Data) == 0 || len(encoded.Data) > mvt.MaxBytes {
		return w.fail(fmt.Errorf("tile %v has %d bytes", t, len(encoded.Data)))
	}
	sum := sha256.Sum256(encoded.Data)
	found, ok := w.seen[sum]
	if !ok {
		if _, err := w.spool.Write(encoded.Data); err != nil {
			return w.fail(fmt.Errorf("spooling tile %v: %w", t, err))
		}
		w.content.Write(encoded.Data)
		found = entry{offset: w.offset, length: uint32(len(encoded.Data))}
		w.offset += uint64(len(encoded.Data))
		w.seen[sum] = found
	}
	if last != nil && id == last.end() && found.offset == last.offset {
		last.run++
	} else {
		found.id, found.run = id, 1
		w.entries = append(w.entries, found)
	}
	w.metadata.Tiles++
	for l, n := range encoded.Shapes {
		if n > 0 {
			w.metadata.Features[loc2vec.Layer(l).String()] += n
		}
	}
	return nil
}

// Close writes the archive. It closes neither the destination nor the spool.
func (w *Writer) Close() error {
	if w.err != nil {
		return w.err
	}
	if len(w.entries) == 0 {
		return w.fail(errors.New("it has no tiles"))
	}
	root, leaves, err := encodeDirectories(w.entries)
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
	metadata, err := new(deflate.Compressor).AppendGzip(nil, text)
	if err != nil {
		return w.fail(fmt.Errorf("metadata: %w", err))
	}
	sections := sections{
		root: uint64(len(root)), metadata: uint64(len(metadata)), leaves: uint64(len(leaves)), tiles: w.offset,
	}
	header := encodeHeader(sections, &w.metadata)
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
func (w *Writer) Metadata() Metadata {
	m := w.metadata
	m.Features = maps.Clone(m.Features)
	return m
}

// fail remembers the error as the writer's.
func (w *Writer) fail(err error) error {
	w.err = fmt.Errorf("writing pack %q: %w", w.metadata.Name, err)
	return w.err
}
