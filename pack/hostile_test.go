package pack

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/deflate"
	"github.com/loc2vec/loc2vec/internal/mvt"
)

// TestHostileDirectories: a directory of a few hundred bytes unpacks to no more entries than the pack has bytes for, and
// every directory has the entries that the metadata state.
func TestHostileDirectories(t *testing.T) {
	const first = loc2vec.FirstTileID
	tiles := func(n int) (entries []entry) {
		for i := range n {
			entries = append(entries, entry{id: first + 2*uint64(i), length: 20, run: 1})
		}
		return entries
	}
	pointers := func(e ...entry) []byte { return appendDirectory(nil, e) }
	most := int(maxEntries(20))
	leaf := appendDirectory(nil, tiles(2))
	packed, err := new(deflate.Compressor).AppendGzip(nil, leaf)
	if err != nil {
		t.Fatal(err)
	}
	whole := uint32(len(packed))
	for name, c := range map[string]struct {
		root, leaf []byte
		entries    int
		damaged    bool
	}{
		"as many as may be":            {root: appendDirectory(nil, tiles(most)), entries: most},
		"one more":                     {root: appendDirectory(nil, tiles(most+1)), entries: most + 1, damaged: true},
		"the most of a directory":      {root: appendDirectory(nil, tiles(maxDirectoryEntries)), entries: maxDirectoryEntries, damaged: true},
		"more than stated":             {root: appendDirectory(nil, tiles(2)), entries: 1, damaged: true},
		"fewer than stated":            {root: appendDirectory(nil, tiles(2)), entries: 3, damaged: true},
		"a negative number":            {root: appendDirectory(nil, tiles(2)), entries: -2, damaged: true},
		"a leaf":                       {root: pointers(entry{id: first, length: whole}), leaf: leaf, entries: 2},
		"a leaf of more":               {root: pointers(entry{id: first, length: whole}), leaf: leaf, entries: 1, damaged: true},
		"a leaf of fewer":              {root: pointers(entry{id: first, length: whole}), leaf: leaf, entries: 4096, damaged: true},
		"more than a leaf":             {root: pointers(entry{id: first, length: whole}), leaf: leaf, entries: maxDirectoryEntries + 1, damaged: true},
		"a leaf after a gap":           {root: pointers(entry{id: first, length: whole - 1, offset: 1}), leaf: leaf, entries: 2, damaged: true},
		"a leaf before a gap":          {root: pointers(entry{id: first, length: whole - 1}), leaf: leaf, entries: 2, damaged: true},
		"a leaf that stands for two":   {root: pointers(entry{id: first, length: whole}, entry{id: first + 9, length: whole}), leaf: leaf, entries: 4098, damaged: true},
		"more leaves than the entries": {root: pointers(entry{id: first, length: 20}, entry{id: first + 9, length: whole - 20, offset: 20}), leaf: leaf, entries: 2, damaged: true},
	} {
		parts := emptyPack(t)
		parts.root, parts.leaf = c.root, c.leaf
		for _, key := range []string{"tiles", "tile_entries"} {
			parts.metadata = bytes.Replace(parts.metadata, []byte(`"`+key+`":1`), fmt.Appendf(nil, `"%s":%d`, key, c.entries), 1)
		}
		file := assemble(t, parts)
		p, err := Open(bytes.NewReader(file), int64(len(file)))
		if err == nil {
			err = p.Verify(t.Context())
		}
		if c.damaged != errors.Is(err, loc2vec.ErrCorrupt) || !c.damaged && err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestWriterKeepsLimits: the writer refuses what the reader refuses.
func TestWriterKeepsLimits(t *testing.T) {
	var e mvt.Encoder
	var kinds [2]mvt.EncodedTile
	for i := range kinds {
		encoded, err := e.Encode([]loc2vec.Feature{{Layer: loc2vec.Park, Kind: loc2vec.KindDisc, Size: uint16(1 + i), Parts: [][]loc2vec.TilePoint{{{}}}}})
		if err != nil {
			t.Fatal(err)
		}
		kinds[i] = encoded
	}
	most := int(maxEntries(uint64(len(kinds[0].Data) + len(kinds[1].Data))))
	for _, n := range []int{most, most + 1} {
		var file bytes.Buffer
		w := NewWriter(&file, WriterOptions{Metadata: Metadata{Area: []loc2vec.Bounds{{}}}})
		for i := range n {
			tile, err := loc2vec.TileFromID(loc2vec.FirstTileID + uint64(i))
			if err == nil {
				err = w.WriteEncodedTile(tile, kinds[i%2])
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		err := w.Close()
		if n > most {
			if err == nil || !strings.Contains(err.Error(), "runs of equal tiles") {
				t.Errorf("%d entries: %v", n, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		p, err := Open(bytes.NewReader(file.Bytes()), int64(file.Len()))
		if err == nil {
			err = p.Verify(t.Context())
		}
		if err != nil {
			t.Errorf("%d entries: %v", n, err)
		}
	}
}
