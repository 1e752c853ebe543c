package loc2vec

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// packParts are the unpacked sections of a pack with at most one leaf directory and one tile.
type packParts struct {
	root, leaf, metadata, tile []byte
}

// assemblePack returns a file of the parts whose header is right, as far as its metadata can be
// read, and so are its checksums, the content hash included where the metadata leave it empty.
func assemblePack(t *testing.T, parts packParts) []byte {
	t.Helper()
	var d deflater
	pack := func(b []byte) []byte {
		packed, err := d.append(nil, b)
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
	hash := sha256Hex(slices.Concat(tile, root, leaf))
	metadata := pack(bytes.Replace(parts.metadata, []byte(`"content_sha256":""`), []byte(`"content_sha256":"`+hash+`"`), 1))
	var m PackMetadata
	if m.UnmarshalJSON(parts.metadata) != nil || m.checkArea() != nil {
		m.Area = []Bounds{{}}
	}
	header := packHeader(packSections{
		root: uint64(len(root)), metadata: uint64(len(metadata)), leaves: uint64(len(leaf)), tiles: uint64(len(tile)),
	}, &m)
	return slices.Concat(header[:], root, metadata, leaf, tile)
}

// emptyPack returns the parts of a pack of one empty tile.
func emptyPack(t *testing.T) packParts {
	t.Helper()
	m := PackMetadata{FormatVersion: PackFormat, Tiles: 1, Entries: 1, Contents: 1, Area: []Bounds{{}}}
	metadata, err := m.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	return packParts{
		root:     appendDirectory(nil, []packEntry{{id: firstTileID, length: 20, run: 1}}),
		metadata: metadata,
	}
}

func openParts(t *testing.T, parts packParts) error {
	t.Helper()
	file := assemblePack(t, parts)
	_, err := OpenPack(bytes.NewReader(file), int64(len(file)))
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
		{"a later format", `"format_version":1`, `"format_version":2`, ErrVersion},
		{"a later format with other keys", `"format_version":1,"schema_hash":""`, `"format_version":2,"schema_hash":[1]`, ErrVersion},
		{"a key that is new", `"type"`, `"new":[{}],"type"`, nil},
		{"no format", `"format_version":1,`, ``, ErrCorrupt},
		{"no JSON", `{`, `[`, ErrCorrupt},
		{"another type", `"tiles":1`, `"tiles":"1"`, ErrCorrupt},
		{"no area", `"area":[[0,0,0,0]]`, `"area":[]`, ErrCorrupt},
		{"an area beyond the pole", `"area":[[0,0,0,0]]`, `"area":[[0,0,0,91]]`, ErrCorrupt},
		{"an area upside down", `"area":[[0,0,0,0]]`, `"area":[[0,1,0,0]]`, ErrCorrupt},
	} {
		parts.metadata = []byte(strings.Replace(text, c.old, c.new, 1))
		if err := openParts(t, parts); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

// TestPackDirectories gives directories whose checksums are right but which are not.
func TestPackDirectories(t *testing.T) {
	const first = firstTileID
	entry := packEntry{id: first, length: 20, run: 1}
	number := func(v ...uint64) (b []byte) {
		for _, v := range v {
			b = binary.AppendUvarint(b, v)
		}
		return b
	}
	parts := emptyPack(t)
	for name, root := range map[string][]byte{
		"nothing":                 {},
		"no entries":              number(0),
		"more entries than bytes": number(1<<17, first, 1, 20, 1),
		"a lower zoom":            appendDirectory(nil, []packEntry{{id: 5, length: 20, run: 1}}),
		"a higher zoom":           appendDirectory(nil, []packEntry{{id: endTileID, length: 20, run: 1}}),
		"a number that overflows": number(2, first, 1<<64-1, 1, 1, 20, 20, 1, 1),
		"the same number twice":   appendDirectory(nil, []packEntry{entry, entry}),
		"a run into the next":     appendDirectory(nil, []packEntry{{id: first, length: 20, run: 2}, {id: first + 1, length: 20, run: 1}}),
		"a run out of the zoom":   appendDirectory(nil, []packEntry{{id: first, length: 20, run: 1 << 29}}),
		"an empty tile":           appendDirectory(nil, []packEntry{{id: first, run: 1}}),
		"data behind the end":     appendDirectory(nil, []packEntry{{id: first, length: 20, offset: 1, run: 1}}),
		"an offset that wraps":    number(1, first, 1, 20, 1<<64-1),
		"more data than there is": appendDirectory(nil, []packEntry{{id: first, length: 21, run: 1}}),
		"a leaf where none is":    appendDirectory(nil, []packEntry{{id: first, length: 20}}),
		"a first offset of 0":     number(1, first, 1, 20, 0),
		"something behind it":     append(appendDirectory(nil, []packEntry{entry}), 0),
		"cut off":                 number(1, first, 1, 20),
	} {
		parts.root = root
		if err := openParts(t, parts); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestVerify gives packs that can be opened but are not as FORMAT.md says.
func TestVerify(t *testing.T) {
	ring := func(layer Layer, points ...TilePoint) Feature {
		return Feature{Layer: layer, Kind: KindArea, Parts: [][]TilePoint{points}}
	}
	var e TileEncoder
	tile, err := e.AppendTile(nil, []Feature{
		{Layer: MinorRoad, Kind: KindLine, Size: 60, Parts: [][]TilePoint{{{X: 8000}, {X: 8100}}}},
		ring(Building, TilePoint{X: 0, Y: 0}, TilePoint{X: 9, Y: 0}, TilePoint{X: 9, Y: 9}),
	})
	if err != nil {
		t.Fatal(err)
	}
	check := func(tile []byte, counts string, run uint32) error {
		var d deflater
		packed, err := d.append(nil, tile)
		if err != nil {
			t.Fatal(err)
		}
		parts := emptyPack(t)
		parts.tile = tile
		parts.root = appendDirectory(nil, []packEntry{{id: firstTileID, length: uint32(len(packed)), run: run}})
		parts.metadata = bytes.Replace(parts.metadata, []byte(`"features":null`), []byte(`"features":`+counts), 1)
		file := assemblePack(t, parts)
		p, err := OpenPack(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			t.Fatal(err)
		}
		return p.Verify()
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
		if !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFiles(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "example.pmtiles")
	if err := os.WriteFile(path, examplePack(t), 0o644); err != nil {
		t.Fatal(err)
	}
	p, err := OpenPackFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(p.Verify(), p.Close()); err != nil {
		t.Error(err)
	}
	if _, err := OpenBundleFile(path); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), path) {
		t.Errorf("a pack as a bundle: %v", err)
	}

	var b bytes.Buffer
	if err := WriteBundle(&b, exampleBundle()); err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(folder, "example.l2v")
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenBundleFile(path); err != nil {
		t.Error(err)
	}
	if _, err := OpenPackFile(path); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), path) {
		t.Errorf("a bundle as a pack: %v", err)
	}

	missing := filepath.Join(folder, "missing")
	if _, err := OpenPackFile(missing); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no pack: %v", err)
	}
	if _, err := OpenBundleFile(missing); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no bundle: %v", err)
	}
}

func TestBundleManifestVersions(t *testing.T) {
	b := exampleBundle()
	if err := WriteBundle(io.Discard, b); err != nil {
		t.Fatal(err)
	}
	text, err := b.Manifest.encode()
	if err != nil {
		t.Fatal(err)
	}
	golden, err := appendGolden(nil, &b.Manifest, b.Golden)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, old, new string
		want           error
	}{
		{"as it is", ``, ``, nil},
		{"a key that is new", `"distance"`, `"new": 1, "distance"`, nil},
		{"a later format", `"format_version": 1`, `"format_version": 2`, ErrVersion},
		{"no format", `"format_version": 1,`, ``, ErrCorrupt},
		{"another space id", b.Manifest.SpaceID, strings.Repeat("0", 16), ErrCorrupt},
		{"another model hash", sha256Hex(b.Model), sha256Hex(nil), ErrCorrupt},
		{"another schema", b.Manifest.SchemaHash, sha256Hex(nil), ErrCorrupt}, // the space id tells
		{"an unknown distance", Euclidean, "manhattan", ErrCorrupt},
		{"huge rasters", `"pixels": 1`, `"pixels": 1000000000`, ErrCorrupt},
	} {
		var file bytes.Buffer
		if err := writeZip(&file, []zipEntry{
			{name: manifestEntry, limit: maxManifestBytes, data: []byte(strings.Replace(string(text), c.old, c.new, 1))},
			{name: modelEntry, limit: maxModelBytes, data: b.Model},
			{name: goldenEntry, limit: maxGoldenBytes, data: golden},
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenBundle(bytes.NewReader(file.Bytes()), int64(file.Len())); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

// TestBombs gives small data that says it is large, and that is larger than it says.
func TestBombs(t *testing.T) {
	var d deflater
	packed, err := d.append(nil, make([]byte, 1<<20))
	if err != nil {
		t.Fatal(err)
	}
	var f inflater
	if b, err := f.append(nil, packed, 1<<20); err != nil || len(b) != 1<<20 {
		t.Fatalf("%d bytes, %v", len(b), err)
	}
	if _, err := f.append(nil, packed, 1<<20-1); !errors.Is(err, ErrCorrupt) {
		t.Errorf("above the limit: %v", err)
	}
	says := func(size uint32) []byte {
		b := bytes.Clone(packed)
		binary.LittleEndian.PutUint32(b[len(b)-4:], size)
		return b
	}
	for _, size := range []uint32{0, 1<<20 - 1, 1<<20 + 1, 1 << 31} {
		if _, err := f.append(nil, says(size), 1<<31); !errors.Is(err, ErrCorrupt) {
			t.Errorf("said to unpack to %d: %v", size, err)
		}
	}
}
