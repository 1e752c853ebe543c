// Package pack reads, writes and verifies region packs: PMTiles v3 archives of vector tiles.
//
// FORMAT.md specifies the format.
package pack

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"slices"
	"sync"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/deflate"
	"github.com/loc2vec/loc2vec/internal/format"
	"github.com/loc2vec/loc2vec/internal/mvt"
)

// Reader reads a region pack. Safe for concurrent use.
type Reader struct {
	r        io.ReaderAt
	closer   io.Closer
	sections sections
	metadata Metadata
	date     string // of the newest source, RFC 3339
	root     []entry
	perLeaf  int // entries of each leaf directory but the last
	// near is the range of tiles that the pack may have: others need no look into the directory.
	near tileRange

	mu     sync.Mutex
	leaves []leafDirectory // the most recently used last
	idle   []*scratch      // at most one for each concurrent reader
}

// scratch holds the buffers of one ReadTile call.
type scratch struct {
	expander deflate.Expander
	packed   []byte
}

// Open reads header, root directory and metadata of the pack in the first size bytes of r. It reads
// leaf directories and tiles on demand, so r must stay readable. Errors wrap loc2vec.ErrCorrupt,
// loc2vec.ErrVersion or r's own.
func Open(r io.ReaderAt, size int64) (*Reader, error) {
	p := &Reader{r: r}
	if err := p.open(size); err != nil {
		return nil, fmt.Errorf("opening a pack: %w", err)
	}
	return p, nil
}

// OpenFile opens the pack at path. Close closes the file.
func OpenFile(path string) (*Reader, error) {
	f, size, err := format.OpenFile(path)
	if err != nil {
		return nil, fmt.Errorf("opening a pack: %w", err)
	}
	p, err := Open(f, size)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), f.Close())
	}
	p.closer = f
	return p, nil
}

// Close closes the file opened by OpenFile. No other method may be in progress.
func (p *Reader) Close() error {
	if p.closer == nil {
		return nil
	}
	return p.closer.Close()
}

func (p *Reader) open(size int64) error {
	if size < headerLength {
		return fmt.Errorf("%w: %d bytes are too few", loc2vec.ErrCorrupt, size)
	}
	var header [headerLength]byte
	if err := p.readAt(header[:], 0); err != nil {
		return fmt.Errorf("header: %w", err)
	}
	var err error
	if p.sections, err = parseHeader(header[:], size); err != nil {
		return fmt.Errorf("header: %w", err)
	}
	text, err := p.inflate(p.sections.metadataStart(), p.sections.metadata, maxMetadataBytes)
	if err != nil {
		return fmt.Errorf("metadata: %w", err)
	}
	if err := format.CheckVersion(text, FormatVersion); errors.Is(err, format.ErrNoVersion) {
		return fmt.Errorf("metadata: %w: a PMTiles archive, but not a region pack", err)
	} else if err != nil {
		return fmt.Errorf("metadata: %w", err)
	}
	m := &p.metadata
	if err := m.UnmarshalJSON(text); err != nil {
		return fmt.Errorf("metadata: %w: %w", loc2vec.ErrCorrupt, err)
	}
	if err := errors.Join(m.checkArea(), m.checkOrigin()); err != nil {
		return fmt.Errorf("metadata: %w: %w", loc2vec.ErrCorrupt, err)
	}
	if header != encodeHeader(p.sections, m) {
		return fmt.Errorf("header: %w", contradiction(header, encodeHeader(p.sections, m)))
	}
	p.date, p.near = m.Date(), tilesAround(m.bounds(), m.reach()).grown()
	if err := p.openRoot(); err != nil {
		return fmt.Errorf("root directory: %w", err)
	}
	return nil
}

// readAt fills dst. A premature end of the file is ErrCorrupt, since the header states its size.
func (p *Reader) readAt(dst []byte, at int64) error {
	n, err := p.r.ReadAt(dst, at)
	switch {
	case n == len(dst):
		return nil
	case err == io.EOF || err == nil:
		return fmt.Errorf("%w: the file ends after %d bytes", loc2vec.ErrCorrupt, at+int64(n))
	}
	return err
}

// inflate returns the content of the gzip member of that length.
func (p *Reader) inflate(at int64, length uint64, limit int) ([]byte, error) {
	s := p.takeScratch()
	defer p.putScratch(s)
	s.packed = slices.Grow(s.packed[:0], int(length))[:length]
	if err := p.readAt(s.packed, at); err != nil {
		return nil, err
	}
	return s.expander.AppendGunzipped(nil, s.packed, limit)
}

func (p *Reader) takeScratch() *scratch {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.idle)
	if n == 0 {
		return new(scratch)
	}
	s := p.idle[n-1]
	p.idle = p.idle[:n-1]
	return s
}

func (p *Reader) putScratch(s *scratch) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, s)
}

// find returns the directory entry of the tile, or ErrNoCoverage for a tile outside the covered area.
func (p *Reader) find(t loc2vec.Tile) (entry, error) {
	if !t.Valid() {
		return entry{}, loc2vec.ErrNoCoverage
	}
	id := t.ID()
	e, ok := findEntry(p.root, id)
	if ok && e.run == 0 {
		entries, err := p.leaf(e)
		if err != nil {
			return entry{}, err
		}
		e, ok = findEntry(entries, id)
	}
	if !ok || id >= e.end() {
		return entry{}, loc2vec.ErrNoCoverage
	}
	return e, nil
}

// Metadata returns the pack's metadata. The caller must not change it.
func (p *Reader) Metadata() *Metadata { return &p.metadata }

// Covers reports whether the tile belongs to the covered area: mapped, or known to be empty. It returns
// an error when a directory cannot be read.
func (p *Reader) Covers(t loc2vec.Tile) (bool, error) {
	_, err := p.find(t)
	if errors.Is(err, loc2vec.ErrNoCoverage) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("looking for tile %v in pack %q: %w", t, p.metadata.Name, err)
	}
	return true, nil
}

// emptyLength is the greatest length of a gzip member that cannot hold a feature: header and trailer of 18 bytes,
// and too few for the name of a layer.
const emptyLength = 23

// size returns the compressed size of a tile's features, 0 if it has none, and whether the pack covers the tile.
// Errors are those of Covers.
func (p *Reader) size(t loc2vec.Tile) (size uint32, covers bool, err error) {
	if !p.near.contains(t) {
		return 0, false, nil
	}
	e, err := p.find(t)
	if errors.Is(err, loc2vec.ErrNoCoverage) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("looking for tile %v in pack %q: %w", t, p.metadata.Name, err)
	}
	if e.length <= emptyLength {
		return 0, true, nil
	}
	return e.length, true, nil
}

// Contains reports whether the place belongs to the covered area: inside one of the boxes of the
// metadata's Area and in a tile that the pack covers. Longitudes ±180 are the same meridian. An invalid
// coordinate is never contained. It returns the errors of Covers.
func (p *Reader) Contains(ll loc2vec.LatLon) (bool, error) {
	if ll.Validate() != nil {
		return false, nil
	}
	contains, err := p.contains(ll)
	if !contains && err == nil && math.Abs(ll.Lon) == 180 {
		return p.contains(loc2vec.LatLon{Lat: ll.Lat, Lon: -ll.Lon})
	}
	return contains, err
}

func (p *Reader) contains(ll loc2vec.LatLon) (bool, error) {
	inside := func(b loc2vec.Bounds) bool { return b.Contains(ll) }
	if !slices.ContainsFunc(p.metadata.Area, inside) {
		return false, nil
	}
	return p.Covers(ll.Point().Tile())
}

// ReadTile appends the tile's uncompressed vector tile to dst. It appends nothing for a covered tile
// without features, and returns ErrNoCoverage for a tile outside the covered area. Once its buffers have
// grown it allocates only to grow dst.
func (p *Reader) ReadTile(dst []byte, t loc2vec.Tile) ([]byte, error) {
	e, err := p.find(t)
	if err == nil {
		dst, err = p.readContents(dst, e)
	}
	if err != nil {
		return nil, fmt.Errorf("reading tile %v of pack %q: %w", t, p.metadata.Name, err)
	}
	return dst, nil
}

// readContents appends the uncompressed tile data that the entry points to.
func (p *Reader) readContents(dst []byte, e entry) ([]byte, error) {
	s := p.takeScratch()
	defer p.putScratch(s)
	s.packed = slices.Grow(s.packed[:0], int(e.length))[:e.length]
	if err := p.readAt(s.packed, p.sections.tilesStart()+int64(e.offset)); err != nil {
		return nil, err
	}
	return s.expander.AppendGunzipped(dst, s.packed, mvt.MaxExpanded(len(s.packed)))
}

// entries yields the entries of all tiles, in ascending order.
func (p *Reader) entries() iter.Seq2[entry, error] {
	return func(yield func(entry, error) bool) {
		for _, e := range p.root {
			leaf := []entry{e}
			if e.run == 0 {
				var err error
				if leaf, err = p.leaf(e); err != nil {
					yield(entry{}, err)
					return
				}
			}
			for _, e := range leaf {
				if !yield(e, nil) {
					return
				}
			}
		}
	}
}

// Tiles yields the covered tiles in ascending order of Tile.ID. After yielding an error it stops.
func (p *Reader) Tiles() iter.Seq2[loc2vec.Tile, error] {
	return func(yield func(loc2vec.Tile, error) bool) {
		for e, err := range p.entries() {
			if err != nil {
				yield(loc2vec.Tile{}, fmt.Errorf("listing the tiles of pack %q: %w", p.metadata.Name, err))
				return
			}
			for id := e.id; id < e.end(); id++ {
				t, err := loc2vec.TileFromID(id)
				if !yield(t, err) || err != nil {
					return
				}
			}
		}
	}
}
