package loc2vec

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"os"
	"slices"
	"sync"
)

// cachedLeaves is how many leaf directories a Pack keeps: 4096 entries each, about 100 kB. A place
// and its surroundings need few, as neighbouring tiles are mostly in the same leaf.
const cachedLeaves = 8

// Pack reads a region pack. Safe for concurrent use.
type Pack struct {
	r        io.ReaderAt
	closer   io.Closer
	sections packSections
	metadata PackMetadata
	root     []packEntry

	mu     sync.Mutex
	leaves []packLeaf     // the most recently used last
	idle   []*packScratch // as many as goroutines have read at once
}

// packLeaf is a leaf directory in the cache.
type packLeaf struct {
	offset  uint64
	entries []packEntry
}

// packScratch is what one ReadTile needs.
type packScratch struct {
	inflater inflater
	packed   []byte
}

// OpenPack reads header, root directory and metadata of the pack that fills the first size bytes of
// r. Leaf directories and tiles are read when they are needed, so r must stay readable. Errors wrap
// ErrCorrupt, ErrVersion, or r's own.
func OpenPack(r io.ReaderAt, size int64) (*Pack, error) {
	p := &Pack{r: r}
	if err := p.open(size); err != nil {
		return nil, fmt.Errorf("opening a pack: %w", err)
	}
	return p, nil
}

// OpenPackFile opens the pack at path; Close releases it.
func OpenPackFile(path string) (*Pack, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening a pack: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening a pack: %w", err), f.Close())
	}
	p, err := OpenPack(f, info.Size())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), f.Close())
	}
	p.closer = f
	return p, nil
}

// Close releases the file of OpenPackFile. The pack must no longer be in use.
func (p *Pack) Close() error {
	if p.closer == nil {
		return nil
	}
	return p.closer.Close()
}

func (p *Pack) open(size int64) error {
	if size < headerLength {
		return fmt.Errorf("%w: %d bytes are too few", ErrCorrupt, size)
	}
	var header [headerLength]byte
	if err := p.readAt(header[:], 0); err != nil {
		return fmt.Errorf("header: %w", err)
	}
	var err error
	if p.sections, err = parsePackHeader(header[:], size); err != nil {
		return fmt.Errorf("header: %w", err)
	}
	text, err := p.inflate(p.sections.metadataStart(), p.sections.metadata, maxMetadataBytes)
	if err != nil {
		return fmt.Errorf("metadata: %w", err)
	}
	if err := checkFormat(text, PackFormat); err != nil {
		return fmt.Errorf("metadata: %w", err)
	}
	m := &p.metadata
	if err := m.UnmarshalJSON(text); err != nil {
		return fmt.Errorf("metadata: %w: %w", ErrCorrupt, err)
	}
	if err := m.checkArea(); err != nil {
		return fmt.Errorf("metadata: %w: %w", ErrCorrupt, err)
	}
	if header != packHeader(p.sections, m) {
		return fmt.Errorf("header: %w: it contradicts the metadata", ErrCorrupt)
	}
	if p.root, err = p.readDirectory(headerLength, p.sections.root); err != nil {
		return fmt.Errorf("root directory: %w", err)
	}
	for _, e := range p.root {
		if err := p.checkEntry(e, p.sections.leaves > 0); err != nil {
			return fmt.Errorf("root directory: %w", err)
		}
	}
	return nil
}

// checkEntry checks that an entry points to where there are tiles, or, if leaf is set, leaf
// directories.
func (p *Pack) checkEntry(e packEntry, leaf bool) error {
	section, limit := p.sections.tiles, uint64(maxTileBytes)
	if leaf {
		section, limit = p.sections.leaves, maxDirectoryBytes
	}
	if leaf != (e.run == 0) || uint64(e.length) > limit || uint64(e.length) > section || e.offset > section-uint64(e.length) {
		return fmt.Errorf("%w: entry of tile number %d", ErrCorrupt, e.id)
	}
	return nil
}

// readAt fills dst. The end of the file is ErrCorrupt: the header told its size.
func (p *Pack) readAt(dst []byte, at int64) error {
	n, err := p.r.ReadAt(dst, at)
	switch {
	case n == len(dst):
		return nil
	case err == io.EOF || err == nil:
		return fmt.Errorf("%w: the file ends after %d bytes", ErrCorrupt, at+int64(n))
	}
	return err
}

// inflate returns what the gzip member of that length holds.
func (p *Pack) inflate(at int64, length uint64, limit int) ([]byte, error) {
	s := p.takeScratch()
	defer p.putScratch(s)
	s.packed = slices.Grow(s.packed[:0], int(length))[:length]
	if err := p.readAt(s.packed, at); err != nil {
		return nil, err
	}
	return s.inflater.append(nil, s.packed, limit)
}

func (p *Pack) takeScratch() *packScratch {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.idle)
	if n == 0 {
		return new(packScratch)
	}
	s := p.idle[n-1]
	p.idle = p.idle[:n-1]
	return s
}

func (p *Pack) putScratch(s *packScratch) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, s)
}

func (p *Pack) readDirectory(at int64, length uint64) ([]packEntry, error) {
	b, err := p.inflate(at, length, maxDirectoryBytes)
	if err != nil {
		return nil, err
	}
	return parseDirectory(b)
}

// leaf returns the leaf directory that the entry of the root directory points to.
func (p *Pack) leaf(pointer packEntry) ([]packEntry, error) {
	if entries, ok := p.cachedLeaf(pointer.offset); ok {
		return entries, nil
	}
	entries, err := p.readDirectory(p.sections.leavesStart()+int64(pointer.offset), uint64(pointer.length))
	if err == nil && entries[0].id != pointer.id {
		err = fmt.Errorf("%w: it begins with tile number %d", ErrCorrupt, entries[0].id)
	}
	for i := 0; err == nil && i < len(entries); i++ {
		err = p.checkEntry(entries[i], false)
	}
	if err != nil {
		return nil, fmt.Errorf("leaf directory of tile number %d: %w", pointer.id, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.leaves) == cachedLeaves {
		p.leaves = slices.Delete(p.leaves, 0, 1)
	}
	p.leaves = append(p.leaves, packLeaf{offset: pointer.offset, entries: entries})
	return entries, nil
}

// cachedLeaf returns a leaf directory that is in the cache, and makes it the most recent one.
func (p *Pack) cachedLeaf(offset uint64) ([]packEntry, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, leaf := range p.leaves {
		if leaf.offset == offset {
			copy(p.leaves[i:], p.leaves[i+1:])
			p.leaves[len(p.leaves)-1] = leaf
			return leaf.entries, true
		}
	}
	return nil, false
}

// find returns the entry of the tile's contents. A tile outside the covered area is ErrNoCoverage.
func (p *Pack) find(t Tile) (packEntry, error) {
	if !t.Valid() {
		return packEntry{}, ErrNoCoverage
	}
	id := t.ID()
	e, ok := findEntry(p.root, id)
	if ok && e.run == 0 {
		entries, err := p.leaf(e)
		if err != nil {
			return packEntry{}, err
		}
		e, ok = findEntry(entries, id)
	}
	if !ok || id >= e.end() {
		return packEntry{}, ErrNoCoverage
	}
	return e, nil
}

// Metadata returns the pack's description. The caller must not change it.
func (p *Pack) Metadata() *PackMetadata { return &p.metadata }

// Covers reports whether the tile belongs to the covered area: mapped, or known to be empty. Errors are those
// of reading a directory.
func (p *Pack) Covers(t Tile) (bool, error) {
	_, err := p.find(t)
	if errors.Is(err, ErrNoCoverage) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("looking for tile %v in pack %q: %w", t, p.metadata.Name, err)
	}
	return true, nil
}

// CoversAllOf reports whether the tile lies in the covered area wholly: in one of the boxes of the
// metadata's Area. At the edge of the area a tile holds what lies inside. Errors are those of Covers.
func (p *Pack) CoversAllOf(t Tile) (bool, error) {
	b := t.Bounds()
	wholly := func(area Bounds) bool { return area.Contains(b.Min) && area.Contains(b.Max) }
	if !slices.ContainsFunc(p.metadata.Area, wholly) {
		return false, nil
	}
	return p.Covers(t)
}

// Contains reports whether the place belongs to the covered area: inside one of the boxes of the
// metadata's Area, and in a tile that the pack covers. Longitudes 180 and -180 are the same place, and
// what is no place is in none. Errors are those of Covers.
func (p *Pack) Contains(ll LatLon) (bool, error) {
	if ll.Validate() != nil {
		return false, nil
	}
	there, err := p.contains(ll)
	if !there && err == nil && math.Abs(ll.Lon) == 180 {
		return p.contains(LatLon{Lat: ll.Lat, Lon: -ll.Lon})
	}
	return there, err
}

func (p *Pack) contains(ll LatLon) (bool, error) {
	inside := func(b Bounds) bool { return b.Contains(ll) }
	if !slices.ContainsFunc(p.metadata.Area, inside) {
		return false, nil
	}
	return p.Covers(ll.Point().Tile())
}

// ReadTile appends the tile's uncompressed vector tile to dst. A covered tile with nothing in it
// appends nothing; a tile outside the covered area is ErrNoCoverage. Once its buffers have grown it
// allocates nothing but what dst lacks.
func (p *Pack) ReadTile(dst []byte, t Tile) ([]byte, error) {
	e, err := p.find(t)
	if err == nil {
		dst, err = p.readContents(dst, e)
	}
	if err != nil {
		return nil, fmt.Errorf("reading tile %v of pack %q: %w", t, p.metadata.Name, err)
	}
	return dst, nil
}

// readContents appends the tile data that the entry points to, unpacked.
func (p *Pack) readContents(dst []byte, e packEntry) ([]byte, error) {
	s := p.takeScratch()
	defer p.putScratch(s)
	s.packed = slices.Grow(s.packed[:0], int(e.length))[:e.length]
	if err := p.readAt(s.packed, p.sections.tilesStart()+int64(e.offset)); err != nil {
		return nil, err
	}
	return s.inflater.append(dst, s.packed, maxTileBytes)
}

// entries yields the entries of all tiles, in ascending order.
func (p *Pack) entries() iter.Seq2[packEntry, error] {
	return func(yield func(packEntry, error) bool) {
		for _, e := range p.root {
			leaf := []packEntry{e}
			if e.run == 0 {
				var err error
				if leaf, err = p.leaf(e); err != nil {
					yield(packEntry{}, err)
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

// Tiles yields the covered tiles in ascending order of Tile.ID. It stops after an error, which it
// yields without a tile.
func (p *Pack) Tiles() iter.Seq2[Tile, error] {
	return func(yield func(Tile, error) bool) {
		for e, err := range p.entries() {
			if err != nil {
				yield(Tile{}, fmt.Errorf("listing the tiles of pack %q: %w", p.metadata.Name, err))
				return
			}
			for id := e.id; id < e.end(); id++ {
				t, err := TileFromID(id)
				if !yield(t, err) || err != nil {
					return
				}
			}
		}
	}
}
