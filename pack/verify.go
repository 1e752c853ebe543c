package pack

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/contextio"
	"github.com/loc2vec/loc2vec/internal/mvt"
)

// Verify reads the whole pack and checks the content hash, the order and completeness of the
// directory, every tile and the counts of the metadata. In each tile it checks that points are within
// 0..Extent, that rings are oriented correctly and that lines and discs have a size. Errors wrap
// loc2vec.ErrCorrupt, or are those of the context or of the reader.
func (p *Reader) Verify(ctx context.Context) error {
	if err := p.verify(ctx); err != nil {
		return fmt.Errorf("verifying pack %q: %w", p.metadata.Name, err)
	}
	return nil
}

func (p *Reader) verify(ctx context.Context) error {
	if err := p.verifyHash(ctx); err != nil {
		return err
	}
	v := verifier{pack: p}
	v.decoder.Closing = true
	for e, err := range p.entries() {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		if err := v.add(e); err != nil {
			return fmt.Errorf("tile number %d: %w", e.id, err)
		}
	}
	for _, c := range v.contents {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := v.check(c); err != nil {
			return fmt.Errorf("tile number %d: %w", c.id, err)
		}
	}
	m := &p.metadata
	if v.end != p.sections.tiles {
		return fmt.Errorf("%w: no entry for the last %d bytes of tile data", loc2vec.ErrCorrupt, p.sections.tiles-v.end)
	}
	if v.tiles != m.Tiles || v.entries != m.Entries || len(v.contents) != m.Contents {
		return fmt.Errorf("%w: %d tiles, %d entries, %d contents, but the metadata says %d, %d, %d",
			loc2vec.ErrCorrupt, v.tiles, v.entries, len(v.contents), m.Tiles, m.Entries, m.Contents)
	}
	for l, n := range v.shapes {
		if name := loc2vec.Layer(l).String(); m.Features[name] != n {
			return fmt.Errorf("%w: %d features of layer %s, but the metadata says %d", loc2vec.ErrCorrupt, n, name, m.Features[name])
		}
	}
	return nil
}

// verifyHash compares the content hash: SHA-256 of tile data, root directory and leaf directories.
func (p *Reader) verifyHash(ctx context.Context) error {
	s, sum := p.sections, sha256.New()
	for _, section := range []struct {
		start  int64
		length uint64
	}{{s.tilesStart(), s.tiles}, {headerLength, s.root}, {s.leavesStart(), s.leaves}} {
		n, err := io.Copy(sum, contextio.NewReader(ctx, io.NewSectionReader(p.r, section.start, int64(section.length))))
		if err != nil {
			return err
		}
		if uint64(n) != section.length {
			return fmt.Errorf("%w: the file ends after %d bytes", loc2vec.ErrCorrupt, section.start+n)
		}
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != p.metadata.ContentSHA256 {
		return fmt.Errorf("%w: contents have SHA-256 %s, the metadata says %q", loc2vec.ErrCorrupt, got, p.metadata.ContentSHA256)
	}
	return nil
}

// tileContents describes tile data that entries refer to.
type tileContents struct {
	id     uint64 // of the first tile
	offset uint64
	length uint32
	tiles  uint32
}

// verifier checks the entries of a pack in order, and then the data that they refer to.
type verifier struct {
	pack     *Reader
	decoder  mvt.Decoder // reads closing lines as well
	tile     []byte
	contents []tileContents // by offset
	next     uint64         // the number after the last tile
	end      uint64         // of the tile data that entries have referred to

	tiles, entries int
	shapes         [loc2vec.NumLayers]int
}

func (v *verifier) add(e entry) error {
	if e.id < v.next {
		return fmt.Errorf("%w: it is not in order", loc2vec.ErrCorrupt)
	}
	v.next = e.end()
	if e.offset == v.end {
		v.contents = append(v.contents, tileContents{id: e.id, offset: e.offset, length: e.length})
		v.end += uint64(e.length)
	}
	i, known := slices.BinarySearchFunc(v.contents, e.offset, func(c tileContents, offset uint64) int {
		return cmp.Compare(c.offset, offset)
	})
	if !known || v.contents[i].length != e.length {
		return fmt.Errorf("%w: its data is not clustered", loc2vec.ErrCorrupt)
	}
	v.contents[i].tiles += e.run
	v.entries++
	v.tiles += int(e.run)
	return nil
}

// check decodes the data of tiles and counts their shapes.
func (v *verifier) check(c tileContents) error {
	var err error
	if v.tile, err = v.pack.readContents(v.tile[:0], entry{offset: c.offset, length: c.length}); err != nil {
		return err
	}
	var bad error
	outer := [loc2vec.NumLayers]bool{} // whether an outer ring has been seen, which an inner ring needs
	err = v.decoder.Decode(v.tile, func(part *loc2vec.Part) {
		inner := false
		if !mvt.ValidSize(part.Layer, part.Kind, part.Size) {
			bad = fmt.Errorf("%w: a %v of layer %v has size %d", loc2vec.ErrCorrupt, part.Kind, part.Layer, part.Size)
			return
		}
		for _, p := range part.Points {
			if p.X < 0 || p.X > loc2vec.Extent || p.Y < 0 || p.Y > loc2vec.Extent {
				bad = fmt.Errorf("%w: point %d,%d of layer %v lies outside the tile", loc2vec.ErrCorrupt, p.X, p.Y, part.Layer)
				return
			}
		}
		if part.Kind == loc2vec.KindArea {
			area := loc2vec.DoubleArea(part.Points)
			inner = area < 0
			if area == 0 || inner && !outer[part.Layer] {
				bad = fmt.Errorf("%w: a ring of layer %v has the wrong orientation", loc2vec.ErrCorrupt, part.Layer)
				return
			}
			outer[part.Layer] = true
		}
		if !inner && part.Layer != mvt.Closing {
			v.shapes[part.Layer] += int(c.tiles)
		}
	})
	if err == nil {
		err = bad
	}
	return err
}
