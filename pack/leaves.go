package pack

import (
	"fmt"
	"slices"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/mvt"
)

// cachedLeaves is the number of leaf directories that a Reader caches: 4096 entries each, about 100 kB.
// A place and its surroundings need few, as neighbouring tiles mostly share a leaf.
const cachedLeaves = 8

// leafDirectory is a leaf directory in the cache.
type leafDirectory struct {
	offset  uint64
	entries []entry
}

// openRoot reads the root directory. It checks the number of entries that the metadata state and, if there are leaf
// directories, that they follow each other: then the work of reading all directories is bounded by the size of the pack.
func (p *Reader) openRoot() error {
	entries, leaves := p.metadata.Entries, p.sections.leaves > 0
	if entries < 1 || uint64(entries) > maxEntries(p.sections.tiles) {
		return fmt.Errorf("%w: %d entries for %d bytes of tiles", loc2vec.ErrCorrupt, entries, p.sections.tiles)
	}
	var err error
	if p.root, err = p.readDirectory(headerLength, p.sections.root, min(entries, maxDirectoryEntries)); err != nil {
		return err
	}
	end := uint64(0)
	for _, e := range p.root {
		if err := p.checkEntry(e, leaves); err != nil {
			return err
		}
		if leaves && e.offset != end {
			return fmt.Errorf("%w: the leaf directory of tile number %d does not follow the one before", loc2vec.ErrCorrupt, e.id)
		}
		end += uint64(e.length)
	}
	if !leaves {
		if len(p.root) != entries {
			return fmt.Errorf("%w: %d entries, but the metadata says %d", loc2vec.ErrCorrupt, len(p.root), entries)
		}
		return nil
	}
	p.perLeaf = leafEntries
	for p.perLeaf*len(p.root) < entries && p.perLeaf < maxDirectoryEntries {
		p.perLeaf *= 2
	}
	if rest := entries - p.perLeaf*(len(p.root)-1); end != p.sections.leaves || rest < 1 || rest > p.perLeaf {
		return fmt.Errorf("%w: %d leaf directories of %d bytes for %d entries", loc2vec.ErrCorrupt, len(p.root), end, entries)
	}
	return nil
}

// checkEntry checks that an entry points into the tile data or, if leaf is set, into the leaf
// directories.
func (p *Reader) checkEntry(e entry, leaf bool) error {
	section, limit := p.sections.tiles, uint64(mvt.MaxBytes)
	if leaf {
		section, limit = p.sections.leaves, maxDirectoryBytes
	}
	if leaf != (e.run == 0) || uint64(e.length) > limit || uint64(e.length) > section || e.offset > section-uint64(e.length) {
		return fmt.Errorf("%w: entry of tile number %d", loc2vec.ErrCorrupt, e.id)
	}
	return nil
}

// readDirectory returns a directory of at most so many entries.
func (p *Reader) readDirectory(at int64, length uint64, entries int) ([]entry, error) {
	b, err := p.inflate(at, length, maxEntryBytes*(entries+1))
	if err != nil {
		return nil, err
	}
	return parseDirectory(b, entries)
}

// leaf returns the leaf directory that an entry of the root directory points to.
func (p *Reader) leaf(pointer entry) ([]entry, error) {
	if entries, ok := p.cachedLeaf(pointer.offset); ok {
		return entries, nil
	}
	want := p.perLeaf
	if pointer.offset+uint64(pointer.length) == p.sections.leaves {
		want = p.metadata.Entries - p.perLeaf*(len(p.root)-1)
	}
	entries, err := p.readDirectory(p.sections.leavesStart()+int64(pointer.offset), uint64(pointer.length), want)
	switch {
	case err != nil:
	case len(entries) != want:
		err = fmt.Errorf("%w: %d entries, want %d", loc2vec.ErrCorrupt, len(entries), want)
	case entries[0].id != pointer.id:
		err = fmt.Errorf("%w: it begins with tile number %d", loc2vec.ErrCorrupt, entries[0].id)
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
	p.leaves = append(p.leaves, leafDirectory{offset: pointer.offset, entries: entries})
	return entries, nil
}

// cachedLeaf returns a leaf directory from the cache and marks it as the most recently used.
func (p *Reader) cachedLeaf(offset uint64) ([]entry, bool) {
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
