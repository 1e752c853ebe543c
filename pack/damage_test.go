package pack

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/deflate"
	"github.com/loc2vec/loc2vec/internal/mvt"
)

// sectionData are the uncompressed sections of a pack with at most one leaf directory and one tile.
type sectionData struct {
	root, leaf, metadata, tile []byte
}

// assemble returns a file of the sections. Its header and checksums are right, if the metadata can be read; so is the
// content hash, if the metadata leave it empty.
func assemble(t *testing.T, parts sectionData) []byte {
	t.Helper()
	var d deflate.Compressor
	pack := func(b []byte) []byte {
		packed, err := d.AppendGzip(nil, b)
		if err != nil {
			t.Fatal(err)
		}
		return packed
	}
	root, tile := pack(parts.root), pack(parts.tile)
	var leaf []byte
	if len(parts.leaf) > 0 {
		leaf = pack(parts.leaf)
	}
	sum := sha256.Sum256(slices.Concat(tile, root, leaf))
	hash := hex.EncodeToString(sum[:])
	metadata := pack(bytes.Replace(parts.metadata, []byte(`"content_sha256":""`), []byte(`"content_sha256":"`+hash+`"`), 1))
	var m Metadata
	if m.UnmarshalJSON(parts.metadata) != nil || m.checkArea() != nil {
		m.Area = []loc2vec.Bounds{{}}
	}
	header := encodeHeader(sections{
		root: uint64(len(root)), metadata: uint64(len(metadata)), leaves: uint64(len(leaf)), tiles: uint64(len(tile)),
	}, &m)
	return slices.Concat(header[:], root, metadata, leaf, tile)
}

// emptyPack returns the sections of a pack of one empty tile.
func emptyPack(t *testing.T) sectionData {
	t.Helper()
	m := Metadata{FormatVersion: FormatVersion, Tiles: 1, Entries: 1, Contents: 1, Area: []loc2vec.Bounds{{}}}
	metadata, err := m.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	return sectionData{
		root:     appendDirectory(nil, []entry{{id: loc2vec.FirstTileID, length: 20, run: 1}}),
		metadata: metadata,
	}
}

func openParts(t *testing.T, parts sectionData) error {
	t.Helper()
	file := assemble(t, parts)
	_, err := Open(bytes.NewReader(file), int64(len(file)))
	return err
}

func TestPackMetadataVersions(t *testing.T) {
	parts := emptyPack(t)
	if err := openParts(t, parts); err != nil {
		t.Fatal(err)
	}
	text := string(parts.metadata)
	for _, c := range []struct {
		name, old, new string
		want           error
	}{
		{"a later format", `"format_version":1`, `"format_version":2`, loc2vec.ErrVersion},
		{"a later format with other keys", `"format_version":1,"schema_hash":""`, `"format_version":2,"schema_hash":[1]`, loc2vec.ErrVersion},
		{"a key that is new", `"type"`, `"new":[{}],"type"`, nil},
		{"no format", `"format_version":1,`, ``, loc2vec.ErrCorrupt},
		{"no JSON", `{`, `[`, loc2vec.ErrCorrupt},
		{"another type", `"tiles":1`, `"tiles":"1"`, loc2vec.ErrCorrupt},
		{"no area", `"area":[[0,0,0,0]]`, `"area":[]`, loc2vec.ErrCorrupt},
		{"an area beyond the pole", `"area":[[0,0,0,0]]`, `"area":[[0,0,0,91]]`, loc2vec.ErrCorrupt},
		{"an area upside down", `"area":[[0,0,0,0]]`, `"area":[[0,1,0,0]]`, loc2vec.ErrCorrupt},
	} {
		parts.metadata = []byte(strings.Replace(text, c.old, c.new, 1))
		if err := openParts(t, parts); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

// TestPackDirectories opens packs with wrong directories whose checksums are right.
func TestPackDirectories(t *testing.T) {
	const first = loc2vec.FirstTileID
	whole := entry{id: first, length: 20, run: 1}
	number := func(v ...uint64) (b []byte) {
		for _, v := range v {
			b = binary.AppendUvarint(b, v)
		}
		return b
	}
	parts := emptyPack(t)
	for name, root := range map[string][]byte{
		"nothing":                     {},
		"no entries":                  number(0),
		"more entries than bytes":     number(1<<17, first, 1, 20, 1),
		"a lower zoom":                appendDirectory(nil, []entry{{id: 5, length: 20, run: 1}}),
		"a higher zoom":               appendDirectory(nil, []entry{{id: loc2vec.EndTileID, length: 20, run: 1}}),
		"a number that overflows":     number(2, first, 1<<64-1, 1, 1, 20, 20, 1, 1),
		"the same number twice":       appendDirectory(nil, []entry{whole, whole}),
		"a run into the next":         appendDirectory(nil, []entry{{id: first, length: 20, run: 2}, {id: first + 1, length: 20, run: 1}}),
		"a run out of the zoom":       appendDirectory(nil, []entry{{id: first, length: 20, run: 1 << 29}}),
		"an empty tile":               appendDirectory(nil, []entry{{id: first, run: 1}}),
		"data behind the end":         appendDirectory(nil, []entry{{id: first, length: 20, offset: 1, run: 1}}),
		"an offset that wraps":        number(1, first, 1, 20, 1<<64-1),
		"more data than the file has": appendDirectory(nil, []entry{{id: first, length: 21, run: 1}}),
		"a leaf where none is":        appendDirectory(nil, []entry{{id: first, length: 20}}),
		"a first offset of 0":         number(1, first, 1, 20, 0),
		"something behind it":         append(appendDirectory(nil, []entry{whole}), 0),
		"cut off":                     number(1, first, 1, 20),
	} {
		parts.root = root
		if err := openParts(t, parts); !errors.Is(err, loc2vec.ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestVerify verifies packs that can be opened but violate FORMAT.md.
func TestVerify(t *testing.T) {
	ring := func(layer loc2vec.Layer, points ...loc2vec.TilePoint) loc2vec.Feature {
		return loc2vec.Feature{Layer: layer, Kind: loc2vec.KindArea, Parts: [][]loc2vec.TilePoint{points}}
	}
	var e mvt.Encoder
	tile, err := e.AppendTile(nil, []loc2vec.Feature{
		{Layer: loc2vec.MinorRoad, Kind: loc2vec.KindLine, Size: 60, Parts: [][]loc2vec.TilePoint{{{X: 8000}, {X: 8100}}}},
		ring(loc2vec.Building, loc2vec.TilePoint{X: 0, Y: 0}, loc2vec.TilePoint{X: 9, Y: 0}, loc2vec.TilePoint{X: 9, Y: 9}),
	})
	if err != nil {
		t.Fatal(err)
	}
	check := func(tile []byte, counts string, run uint32) error {
		var d deflate.Compressor
		packed, err := d.AppendGzip(nil, tile)
		if err != nil {
			t.Fatal(err)
		}
		parts := emptyPack(t)
		parts.tile = tile
		parts.root = appendDirectory(nil, []entry{{id: loc2vec.FirstTileID, length: uint32(len(packed)), run: run}})
		parts.metadata = bytes.Replace(parts.metadata, []byte(`"features":null`), []byte(`"features":`+counts), 1)
		file := assemble(t, parts)
		p, err := Open(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			t.Fatal(err)
		}
		return p.Verify(t.Context())
	}
	const counts = `{"building":1,"minor_road":1}`
	if err := check(tile, counts, 1); err != nil {
		t.Error(err)
	}
	replace := func(old, new string) []byte { return bytes.Replace(tile, []byte(old), []byte(new), 1) }
	for name, err := range map[string]error{
		"counts of features":          check(tile, `{"building":1,"minor_road":2}`, 1),
		"counts of tiles":             check(tile, counts, 2),
		"a line outside":              check(replace("\x09\x80\x7d", "\x09\xf0\x7f"), counts, 1),
		"a ring turned around":        check(replace("\x12\x12\x00\x00\x12", "\x12\x00\x12\x12\x00"), counts, 1),
		"a line without a width":      check(replace("width", "depth"), counts, 1),
		"a tile that does not decode": check(tile[:len(tile)-1], counts, 1),
	} {
		if !errors.Is(err, loc2vec.ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOpenFile(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "example.pmtiles")
	if err := os.WriteFile(path, examplePack(t), 0o644); err != nil {
		t.Fatal(err)
	}
	p, err := OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(p.Verify(t.Context()), p.Close()); err != nil {
		t.Error(err)
	}
	path = filepath.Join(folder, "example.l2v")
	if err := os.WriteFile(path, []byte("PK\x03\x04"+strings.Repeat("\x00", 300)), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenFile(path); !errors.Is(err, loc2vec.ErrCorrupt) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "such as a bundle") {
		t.Errorf("a bundle as a pack: %v", err)
	}
	if _, err := OpenFile(filepath.Join(folder, "missing")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no pack: %v", err)
	}
}
