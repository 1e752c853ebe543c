package pack_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/deflate"
	"github.com/loc2vec/loc2vec/pack"
)

// TestForeignArchives: what is another PMTiles archive, or a part of a pack, is named as one.
func TestForeignArchives(t *testing.T) {
	good := writePack(t, randomTiles(rand.New(rand.NewPCG(1, 2)), 5))
	changed := func(change func(h []byte)) []byte {
		file := slices.Clone(good)
		change(file)
		return file
	}
	text, err := new(deflate.Compressor).AppendGzip(nil, []byte(`{"name":"Streets","vector_layers":[]}`))
	if err != nil {
		t.Fatal(err)
	}
	le := binary.LittleEndian
	// Header, root directory and foreign metadata, without leaves and tiles.
	root := good[127 : 127+le.Uint64(good[16:])]
	other := slices.Concat(good[:127], root, text)
	le.PutUint64(other[32:], uint64(len(text)))
	le.PutUint64(other[48:], 0)
	le.PutUint64(other[64:], 0)

	for want, file := range map[string][]byte{
		"a PMTiles archive, but not a region pack: zoom 0 to 3, tile type PNG":            changed(func(h []byte) { h[99], h[100], h[101] = 2, 0, 3 }),
		"a PMTiles archive, but not a region pack: zoom 14 to 15, tile type vector tiles": changed(func(h []byte) { h[101] = 15 }),
		"a PMTiles archive, but not a region pack: zoom 14 to 14, tile type 99":           changed(func(h []byte) { h[99] = 99 }),
		"a PMTiles archive, but not a region pack: compression Zstandard":                 changed(func(h []byte) { h[98] = 4 }),
		"it has no format version: a PMTiles archive, but not a region pack":              other,
		"made with pmtiles extract":                         changed(func(h []byte) { h[72]--; le.PutUint32(h[102:], le.Uint32(h[102:])+5000) }),
		"header: corrupt data: it contradicts the metadata": changed(func(h []byte) { h[96] = 0 }),
	} {
		_, err := pack.Open(bytes.NewReader(file), int64(len(file)))
		if !errors.Is(err, loc2vec.ErrCorrupt) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// TestOpenFileThatIsNone: directories are named as such.
func TestOpenFileThatIsNone(t *testing.T) {
	dir := t.TempDir()
	if _, err := pack.OpenFile(dir); err == nil || !strings.Contains(err.Error(), "is a directory, not a file") {
		t.Errorf("a directory: %v", err)
	}
	empty := filepath.Join(dir, "empty.pmtiles")
	if err := os.WriteFile(empty, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := pack.OpenFile(empty); !errors.Is(err, loc2vec.ErrCorrupt) {
		t.Errorf("an empty file: %v", err)
	}
}
