package pack

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/mvt"
)

// Set is several packs that are read as one map, for example neighbouring regions. Each of two neighbours has
// only its own side of their border and what crosses it, so a tile is read from every pack that has features
// in it. What several packs have counts once: the order of the packs does not matter.
//
// Packs of one name are editions of one region. Where several cover a tile, only those with the newest source
// are read. Neighbours of different dates are all read: an object at their border that changed in between
// appears in both of its states.
//
// Safe for concurrent use.
type Set []*Reader

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

// Home returns the pack that describes a place: of those that contain it, the one with most features in the
// place's tile, in bytes, and the first of equals. A neighbour has less there than the region that the place
// belongs to. Home returns nil for a place outside all packs. Errors are those of reading a directory.
func (s Set) Home(place loc2vec.LatLon) (*Reader, error) {
	var home *Reader
	var most uint32
	for _, p := range s {
		contains, err := p.Contains(place)
		if err != nil {
			return nil, err
		}
		if !contains {
			continue
		}
		// Contains has found the tile in the directory. The meridian of ±180 degrees is the edge of two tiles.
		size, _, err := p.size(place.Point().Tile())
		if err != nil {
			return nil, err
		}
		if home == nil || size > most {
			home, most = p, size
		}
	}
	return home, nil
}

// Sources returns the packs that a tile is read from, those with most features in it first. The order does not
// depend on that of s. Sources reuses the memory of dst. Errors are those of reading a directory.
func (s Set) Sources(dst Set, t loc2vec.Tile) (Set, error) {
	dst = dst[:0]
	for _, p := range s {
		size, covers, err := p.size(t)
		if err != nil {
			return nil, err
		}
		if !covers || size == 0 {
			continue
		}
		superseded, err := s.hasNewer(p, t)
		if err != nil {
			return nil, err
		}
		if superseded {
			continue
		}
		i := len(dst)
		for ; i > 0; i-- {
			before, err := dst[i-1].precedes(p, t, size)
			if err != nil {
				return nil, err
			}
			if before {
				break
			}
		}
		dst = slices.Insert(dst, i, p)
	}
	return dst, nil
}

// precedes reports whether a tile's features in p come before those in q, which have that size.
func (p *Reader) precedes(q *Reader, t loc2vec.Tile, sizeInQ uint32) (bool, error) {
	size, _, err := p.size(t)
	return cmp.Or(cmp.Compare(sizeInQ, size), cmp.Compare(q.date, p.date), cmp.Compare(p.metadata.ContentSHA256, q.metadata.ContentSHA256)) <= 0, err
}

// hasNewer reports whether a newer edition of the pack covers the tile.
func (s Set) hasNewer(p *Reader, t loc2vec.Tile) (bool, error) {
	for _, q := range s {
		if q.date <= p.date || q.metadata.Name != p.metadata.Name {
			continue
		}
		if covers, err := q.Covers(t); covers || err != nil {
			return covers, err
		}
	}
	return false, nil
}

// TileReader decodes tiles. It keeps its buffers, so that reading a tile from one pack allocates nothing once
// they have grown. The zero value is ready. Not safe for concurrent use.
type TileReader struct {
	decoder mvt.Decoder
	data    []byte
	sources Set
}

// Parts calls emit for every part of the features that the packs have in a tile, in the order of Set.Sources.
// What several packs share is emitted once. If no pack has the tile, Parts emits nothing. A part is valid
// until emit returns. Parts returns the size in bytes of the vector tiles that it has read, also with an
// error. All packs together may have as much in the tile as one may. Errors wrap loc2vec.ErrCorrupt or
// loc2vec.ErrVersion, or are those of the context or of reading a pack; parts before the error have been emitted.
func (r *TileReader) Parts(ctx context.Context, s Set, t loc2vec.Tile, emit func(*loc2vec.Part)) (size int, err error) {
	if r.sources, err = s.Sources(r.sources, t); err != nil {
		return 0, err
	}
	return r.PartsFrom(ctx, r.sources, t, emit)
}

// PartsFrom is Parts for packs that Set.Sources has returned.
func (r *TileReader) PartsFrom(ctx context.Context, sources Set, t loc2vec.Tile, emit func(*loc2vec.Part)) (size int, err error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if len(sources) == 1 {
		return r.read(sources[0], t, r.decoder.Decode, emit)
	}
	return r.merge(ctx, sources, t, emit)
}

// merge is PartsFrom for several sources. It is a function of its own so that a single source needs no merger.
func (r *TileReader) merge(ctx context.Context, sources Set, t loc2vec.Tile, emit func(*loc2vec.Part)) (size int, err error) {
	work := meter{ctx: ctx}
	m := merger{work: &work}
	var s shore
	r.decoder.Closing = true
	defer func() { r.decoder.Closing = false }()
	decode := r.decoder.Decode
	for i, p := range sources {
		s.begin()
		n, err := r.read(p, t, decode, func(part *loc2vec.Part) {
			switch {
			case work.err != nil:
			case part.Layer == mvt.Closing:
				s.addClosing(part.Points)
			case part.Kind == loc2vec.KindArea && part.Size == loc2vec.SeaArea:
				s.addRing(part.Points)
			default:
				m.add(part, i, emit)
			}
		})
		decode = r.decoder.DecodeMore
		if size += n; err == nil && size > mvt.MaxBytes {
			err = fmt.Errorf("tile %v: %w: %d packs have more than %d bytes", t, loc2vec.ErrCorrupt, len(sources), mvt.MaxBytes)
		}
		if err = cmp.Or(work.err, err); err != nil {
			return size, err
		}
	}
	rings, err := s.rings(&work)
	if err != nil {
		return size, err
	}
	for _, ring := range rings {
		emit(&loc2vec.Part{Layer: loc2vec.Water, Kind: loc2vec.KindArea, Size: loc2vec.SeaArea, Points: ring})
	}
	return size, nil
}

// read emits the parts that one pack has of a tile, with a function of r.decoder.
func (r *TileReader) read(p *Reader, t loc2vec.Tile, decode func([]byte, func(*loc2vec.Part)) error, emit func(*loc2vec.Part)) (size int, err error) {
	if r.data, err = p.ReadTile(r.data[:0], t); err != nil {
		return 0, err
	}
	if err := decode(r.data, emit); err != nil {
		return len(r.data), fmt.Errorf("decoding tile %v of pack %q: %w", t, p.metadata.Name, err)
	}
	return len(r.data), nil
}
