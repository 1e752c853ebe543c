package pack

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/budget"
	"github.com/loc2vec/loc2vec/internal/mvt"
)

// mergeBudget is what merging tiles may take, for each byte of them. A point takes two bytes at least, and up to 500 bytes of
// memory where seas are merged.
func mergeBudget() budget.Limit {
	return budget.Limit{Memory: 4 << 20, MemoryPerByte: 400, Time: 500 * time.Millisecond, TimePerByte: 2 * time.Microsecond}
}

// FuzzMerge reads a tile that three packs have, each made of a program (mvttest.Tile). Merging a sound pack with itself changes
// nothing but the sea, which is traced anew.
func FuzzMerge(f *testing.F) {
	disc, line := fuzzedTiles()
	area := func(layer, flags, size byte, points uint16, at byte) []byte {
		return []byte{1, layer, 3 | flags, size, 0, byte(points), byte(points >> 8), 0, at, 0, at, 7, 9}
	}
	f.Add(disc, line, disc)
	f.Add(area(0, 8, 1, 9, 4), area(0, 8, 1, 100, 5), area(loc2vec.NumLayers, 0, 0, 9, 4))
	f.Add(area(0, 16, 1, 9000, 4), area(0, 16, 1, 9000, 5), area(0, 8, 0, 4000, 4))
	f.Add(area(0, 8, 1, 60_000, 0), []byte{1, loc2vec.NumLayers, 1, 0, 0, 9, 0, 0, 4, 0, 4, 7, 9}, disc)
	m := budget.New(mergeBudget())
	f.Fuzz(func(t *testing.T, a, b, c []byte) {
		var packs Set
		size := 0
		for _, program := range [][]byte{a, b, c} {
			file := makePack(t, []byte{0, 1, 0, 0}, program, []byte("1"))
			p, err := Open(bytes.NewReader(file), int64(len(file)))
			if err != nil {
				return // a program without a tile
			}
			if tile, err := p.ReadTile(nil, loc2vec.Tile{}); err == nil {
				size += len(tile)
			}
			packs = append(packs, p)
		}
		m.Check(t, size, func() {
			var r TileReader
			_, err := r.PartsFrom(t.Context(), packs, loc2vec.Tile{}, func(*loc2vec.Part) {})
			checkDamage(t, err)
		})
		if packs[0].Verify(t.Context()) != nil {
			return // such as one that begins with an inner ring
		}
		once, onceErr := landParts(t, packs[:1])
		twice, twiceErr := landParts(t, Set{packs[0], packs[0]})
		if onceErr == nil && twiceErr == nil && !slices.EqualFunc(once, twice, slices.Equal) {
			t.Errorf("merged with itself a pack of %d parts has %d", len(once), len(twice))
		}
	})
}

// landParts returns the points of the parts that packs have in the first tile, without those of the sea.
func landParts(t *testing.T, packs Set) (parts [][]loc2vec.TilePoint, err error) {
	var r TileReader
	_, err = r.PartsFrom(t.Context(), packs, loc2vec.Tile{}, func(p *loc2vec.Part) {
		if p.Size != loc2vec.SeaArea || p.Kind != loc2vec.KindArea {
			if p.Layer == mvt.Closing {
				t.Error("a closing line is emitted")
			}
			parts = append(parts, slices.Clone(p.Points))
		}
	})
	return parts, err
}
