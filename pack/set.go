package pack

import (
	"fmt"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/mvt"
)

// Set is several packs that are read as one map. Where packs overlap, earlier ones come first. Safe for
// concurrent use.
type Set []*Reader

// Overlap says which packs of a Set a tile is read from, where several cover it. The zero value is the
// first pack that covers all of the tile or, if there is none, all packs that cover a part of it.
type Overlap struct {
	// Home, if set, is the only pack that a tile may be read from alone: if it covers all of the tile.
	// Other tiles are read from all packs that cover a part of them.
	Home *Reader
	// FirstOnly reads a tile from the first pack that covers any part of it.
	FirstOnly bool
}

// Contains reports whether the place lies in the covered area of any pack. Errors are those of reading a
// directory.
func (s Set) Contains(place loc2vec.LatLon) (bool, error) {
	for _, p := range s {
		if contains, err := p.Contains(place); contains || err != nil {
			return contains, err
		}
	}
	return false, nil
}

// Covers reports whether the tile belongs to the covered area of any pack. Errors are those of reading a
// directory.
func (s Set) Covers(t loc2vec.Tile) (bool, error) {
	for _, p := range s {
		if covers, err := p.Covers(t); covers || err != nil {
			return covers, err
		}
	}
	return false, nil
}

// Sources returns the packs that a tile is read from, none if no pack covers it. It reuses the memory of dst.
// Errors are those of reading a directory.
func (s Set) Sources(dst Set, t loc2vec.Tile, o Overlap) (Set, error) {
	dst = dst[:0]
	if o.Home != nil {
		if all, err := o.Home.CoversAllOf(t); err != nil {
			return nil, err
		} else if all {
			return append(dst, o.Home), nil
		}
	}
	for _, p := range s {
		if o == (Overlap{}) {
			if all, err := p.CoversAllOf(t); err != nil {
				return nil, err
			} else if all {
				return append(dst[:0], p), nil
			}
		}
		covers, err := p.Covers(t)
		if err != nil {
			return nil, err
		}
		if covers {
			dst = append(dst, p)
		}
		if covers && o.FirstOnly {
			break
		}
	}
	return dst, nil
}

// TileReader decodes tiles. It keeps its buffers, so that reading a tile from one pack allocates nothing once
// they have grown. The zero value is ready. Not safe for concurrent use.
type TileReader struct {
	decoder mvt.Decoder
	data    []byte
	sources Set
}

// Parts calls emit for every part of the features that the packs have in a tile, in file order. Parts that
// several packs share are emitted once. If no pack covers the tile, Parts emits nothing. A part is valid
// until emit returns. Parts returns the size in bytes of the vector tiles that it has read, also with an
// error. Errors wrap loc2vec.ErrCorrupt or loc2vec.ErrVersion, or are those of reading a pack; parts before
// the error have been emitted.
func (r *TileReader) Parts(s Set, t loc2vec.Tile, o Overlap, emit func(*loc2vec.Part)) (size int, err error) {
	if r.sources, err = s.Sources(r.sources, t, o); err != nil {
		return 0, err
	}
	return r.PartsFrom(r.sources, t, emit)
}

// PartsFrom is Parts for packs that Set.Sources has returned.
func (r *TileReader) PartsFrom(sources Set, t loc2vec.Tile, emit func(*loc2vec.Part)) (size int, err error) {
	if len(sources) == 1 {
		return r.read(sources[0], t, emit)
	}
	return r.merge(sources, t, emit)
}

// merge is PartsFrom for several sources. It is a function of its own so that a single source needs no merger.
func (r *TileReader) merge(sources Set, t loc2vec.Tile, emit func(*loc2vec.Part)) (size int, err error) {
	var m merger
	for i, p := range sources {
		n, err := r.read(p, t, func(part *loc2vec.Part) { m.add(part, i, emit) })
		size += n
		if err != nil {
			return size, err
		}
	}
	return size, nil
}

// read emits the parts that one pack has of a tile.
func (r *TileReader) read(p *Reader, t loc2vec.Tile, emit func(*loc2vec.Part)) (size int, err error) {
	if r.data, err = p.ReadTile(r.data[:0], t); err != nil {
		return 0, err
	}
	if err := r.decoder.Decode(r.data, emit); err != nil {
		return len(r.data), fmt.Errorf("decoding tile %v of pack %q: %w", t, p.metadata.Name, err)
	}
	return len(r.data), nil
}
