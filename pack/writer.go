package pack

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"slices"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/deflate"
	"github.com/loc2vec/loc2vec/internal/mvt"
)

// Writer writes a region pack. The same metadata and tiles always give the same bytes. Not safe for
// concurrent use.
type Writer struct {
	dst      io.Writer
	spool    spool
	metadata Metadata
	encoder  mvt.Encoder
	entries  []entry
	seen     map[[sha256.Size]byte]entry
	content  hash.Hash
	offset   uint64 // of the next tile's data
	err      error  // the first error, which all later calls return
}

// WriterOptions describe a pack that is written.
type WriterOptions struct {
	// Metadata describes the pack. Area must not be empty. The writer fills in FormatVersion, the counts
	// and ContentSHA256.
	Metadata Metadata
	// TempDir is the directory of a temporary file, "" for os.TempDir. The writer needs one for packs
	// of more than a megabyte, because the directory of tiles precedes the tiles.
	TempDir string
}

// NewWriter starts a pack. The caller must call Close to write it, or Discard to abandon it.
func NewWriter(dst io.Writer, opts WriterOptions) *Writer {
	meta := opts.Metadata
	meta.FormatVersion = FormatVersion
	meta.Tiles, meta.Entries, meta.Contents = 0, 0, 0
	meta.Features = make(map[string]int, loc2vec.NumLayers)
	meta.ContentSHA256 = ""
	w := &Writer{
		dst: dst, spool: spool{dir: opts.TempDir}, metadata: meta,
		seen: make(map[[sha256.Size]byte]entry), content: sha256.New(),
	}
	if err := meta.checkArea(); err != nil {
		w.err = fmt.Errorf("writing pack %q: %w", meta.Name, err)
	}
	return w
}

// WriteTile adds a tile of the covered area; a tile without features is empty. Tiles must be in ascending
// order of Tile.ID. The order of the features does not matter. Points that repeat the one before them,
// and lines and rings that collapse to a point or a line, are left out.
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

// WriteEncodedTile is WriteTile for a tile that an mvt.Encoder has encoded, for example in another goroutine.
// The writer does not keep the tile's data.
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
		return w.fail(fmt.Errorf("tile %v does not follow the previous tile", t))
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

// Discard removes the temporary file, if there is one. All later calls return an error. After Close it does
// nothing.
func (w *Writer) Discard() error {
	if w.err == nil {
		w.err = errors.New("the pack was discarded")
	}
	return w.spool.remove()
}

// Close writes the archive and removes the temporary file. It does not close the destination.
func (w *Writer) Close() error {
	if w.err == nil {
		w.err = w.finish()
	}
	err := errors.Join(w.err, w.spool.remove())
	if w.err = err; err == nil {
		w.err = errors.New("the pack is already closed")
	}
	return err
}

// finish writes the archive.
func (w *Writer) finish() error {
	if len(w.entries) == 0 {
		return w.fail(errors.New("it has no tiles"))
	}
	w.metadata.Entries, w.metadata.Contents = len(w.entries), len(w.seen)
	head, err := encodeHead(&w.metadata, w.entries, w.content, w.offset)
	if err != nil {
		return w.fail(err)
	}
	if _, err := w.dst.Write(head); err != nil {
		return w.fail(err)
	}
	if n, err := w.spool.WriteTo(w.dst); err != nil {
		return w.fail(err)
	} else if uint64(n) != w.offset {
		return w.fail(fmt.Errorf("the temporary file holds %d bytes, want %d", n, w.offset))
	}
	return nil
}

// encodeHead returns what an archive holds before its tile data: header, root directory, metadata and leaf directories.
// content has read the tile data, of that size, and reads the directories. encodeHead sets the content hash of the
// metadata.
func encodeHead(m *Metadata, entries []entry, content hash.Hash, size uint64) ([]byte, error) {
	if most := maxEntries(size); uint64(len(entries)) > most {
		return nil, fmt.Errorf("%d runs of equal tiles, want at most %d for %d bytes of tiles", len(entries), most, size)
	}
	root, leaves, err := encodeDirectories(entries)
	if err != nil {
		return nil, err
	}
	content.Write(root)
	content.Write(leaves)
	m.ContentSHA256 = hex.EncodeToString(content.Sum(nil))

	text, err := m.MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("metadata: %w", err)
	}
	if len(text) > maxMetadataBytes {
		return nil, fmt.Errorf("metadata of %d bytes, more than %d", len(text), maxMetadataBytes)
	}
	metadata, err := new(deflate.Compressor).AppendGzip(nil, text)
	if err != nil {
		return nil, fmt.Errorf("metadata: %w", err)
	}
	sections := sections{root: uint64(len(root)), metadata: uint64(len(metadata)), leaves: uint64(len(leaves)), tiles: size}
	header := encodeHeader(sections, m)
	return slices.Concat(header[:], root, metadata, leaves), nil
}

// Metadata returns the pack's description, which is complete after Close.
func (w *Writer) Metadata() Metadata {
	m := w.metadata
	m.Features = maps.Clone(m.Features)
	return m
}

// fail stores the error for all later calls.
func (w *Writer) fail(err error) error {
	w.err = fmt.Errorf("writing pack %q: %w", w.metadata.Name, err)
	return w.err
}
