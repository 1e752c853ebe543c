package tiler

import (
	"errors"
	"fmt"
	"os"

	"github.com/loc2vec/loc2vec/osmextract/internal/grid"
)

// tileStore collects the pieces of each tile. If they outgrow its memory they move to a temporary file.
// It is not safe for concurrent use.
type tileStore struct {
	dir   string // of the temporary file, "" for that of the system
	limit int    // bytes to hold in memory

	tiles  map[grid.TileKey][]byte
	bytes  int
	layers map[grid.TileKey]uint16 // a bit for each layer with features in a tile

	file    *os.File
	written int64
	spilled map[grid.TileKey][]fileRange
}

type fileRange struct {
	offset int64
	length int
}

func newTileStore(dir string, limit int) *tileStore {
	return &tileStore{
		dir: dir, limit: limit,
		tiles: map[grid.TileKey][]byte{}, layers: map[grid.TileKey]uint16{}, spilled: map[grid.TileKey][]fileRange{},
	}
}

// add copies pieces.
func (s *tileStore) add(b *pieces) error {
	start := 0
	for _, p := range b.list {
		s.tiles[p.tile] = append(s.tiles[p.tile], b.data[start:p.end]...)
		s.layers[p.tile] |= p.layers
		start = p.end
	}
	s.bytes += len(b.data)
	if s.bytes > s.limit {
		return s.spill()
	}
	return nil
}

// empty reports whether nothing has been added.
func (s *tileStore) empty() bool { return len(s.layers) == 0 }

// spill moves all pieces to the temporary file.
func (s *tileStore) spill() error {
	if s.file == nil {
		f, err := os.CreateTemp(s.dir, "loc2vec-tiles-*")
		if err != nil {
			return fmt.Errorf("writing tiles to a temporary file: %w", err)
		}
		s.file = f
	}
	buf := make([]byte, 0, 1<<20)
	flush := func() error {
		_, err := s.file.Write(buf)
		buf = buf[:0]
		return err
	}
	for tile, data := range s.tiles {
		if len(buf)+len(data) > cap(buf) {
			if err := flush(); err != nil {
				return fmt.Errorf("writing tiles to a temporary file: %w", err)
			}
		}
		s.spilled[tile] = append(s.spilled[tile], fileRange{s.written, len(data)})
		buf = append(buf, data...)
		s.written += int64(len(data))
	}
	if err := flush(); err != nil {
		return fmt.Errorf("writing tiles to a temporary file: %w", err)
	}
	clear(s.tiles)
	s.bytes = 0
	return nil
}

// appendTile appends the pieces of a tile to dst.
func (s *tileStore) appendTile(dst []byte, tile grid.TileKey) ([]byte, error) {
	for _, r := range s.spilled[tile] {
		n := len(dst)
		dst = append(dst, make([]byte, r.length)...)
		if _, err := s.file.ReadAt(dst[n:], r.offset); err != nil {
			return dst, fmt.Errorf("reading tiles from a temporary file: %w", err)
		}
	}
	return append(dst, s.tiles[tile]...), nil
}

// close removes the temporary file.
func (s *tileStore) close() error {
	if s.file == nil {
		return nil
	}
	return errors.Join(s.file.Close(), os.Remove(s.file.Name()))
}
