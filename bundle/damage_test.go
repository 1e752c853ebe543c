package bundle

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec"
)

func TestManifestVersions(t *testing.T) {
	b := exampleBundle()
	if err := Write(io.Discard, b); err != nil {
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
		{"a later format", `"format_version": 1`, `"format_version": 2`, loc2vec.ErrVersion},
		{"no format", `"format_version": 1,`, ``, loc2vec.ErrCorrupt},
		{"another space id", b.Manifest.SpaceID, strings.Repeat("0", 16), loc2vec.ErrCorrupt},
		{"another model hash", sha256Hex(b.Model), sha256Hex(nil), loc2vec.ErrCorrupt},
		{"another schema", b.Manifest.SchemaHash, sha256Hex(nil), loc2vec.ErrCorrupt}, // the space id tells
		{"an unknown distance", string(loc2vec.Euclidean), "manhattan", loc2vec.ErrCorrupt},
		{"huge rasters", `"pixels": 1`, `"pixels": 1000000000`, loc2vec.ErrCorrupt},
	} {
		var file bytes.Buffer
		if err := writeZip(&file, []zipEntry{
			{name: manifestEntry, limit: maxManifestBytes, data: []byte(strings.Replace(string(text), c.old, c.new, 1))},
			{name: modelEntry, limit: maxModelBytes, data: b.Model},
			{name: goldenEntry, limit: maxGoldenBytes, data: golden},
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(bytes.NewReader(file.Bytes()), int64(file.Len())); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

func TestOpenFile(t *testing.T) {
	folder := t.TempDir()
	var b bytes.Buffer
	if err := Write(&b, exampleBundle()); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "example.l2v")
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenFile(path); err != nil {
		t.Error(err)
	}
	path = filepath.Join(folder, "example.pmtiles")
	if err := os.WriteFile(path, []byte("PMTiles\x03"+strings.Repeat("\x00", 300)), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenFile(path); !errors.Is(err, loc2vec.ErrCorrupt) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "this is a region pack") {
		t.Errorf("a pack as a bundle: %v", err)
	}
	if _, err := OpenFile(filepath.Join(folder, "missing")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no bundle: %v", err)
	}
}
