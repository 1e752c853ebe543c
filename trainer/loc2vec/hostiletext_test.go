package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/loc2vec/loc2vec/bundle"
	"github.com/loc2vec/loc2vec/internal/testworld"
	"github.com/loc2vec/loc2vec/sdk/base"
)

// TestHostileTexts: texts of a pack reach neither the terminal as commands nor a spreadsheet as a formula, and forge no
// line.
func TestHostileTexts(t *testing.T) {
	const name = "=1+1\x1b[2K\x1b]0;title\x07\nother.pmtiles: ok: region pack \u202e"
	tile := testworld.West()
	meta := testworld.Metadata(name, testworld.Schema, tile)
	meta.Attribution = "\x1b[8mhidden"
	path := filepath.Join(t.TempDir(), "hostile.pmtiles")
	if err := os.WriteFile(path, testworld.PackOf(t, meta, testworld.CityOf, tile), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"inspect", "verify"} {
		out, messages, err := runVerb(t, "", verb, path)
		if err != nil {
			t.Fatal(err)
		}
		if i := strings.IndexFunc(out+messages, func(r rune) bool { return r != '\n' && (unicode.IsControl(r) || r == '\u202e') }); i >= 0 {
			t.Errorf("%s prints a control character: %q", verb, out+messages)
		}
		if strings.Contains(out, "\nother") || !strings.Contains(out, `\u001b[2K`) {
			t.Errorf("%s: %q", verb, out)
		}
	}
}

// TestHostileCells: the name of a region is no formula in a CSV file. The cells of the input stay as they are, and JSON has
// the name itself.
func TestHostileCells(t *testing.T) {
	const name = `=HYPERLINK("x")`
	path := filepath.Join(t.TempDir(), "hostile.pmtiles")
	if err := os.WriteFile(path, testworld.Pack(t, name, bundleOfBase(t).SchemaHash, testworld.West()), 0o600); err != nil {
		t.Fatal(err)
	}
	at := testworld.At(testworld.West(), 3000, 4000)
	input := fmt.Sprintf("lat,lon,note\n%f,%f,=1+1\n", at.Lat, at.Lon)
	for format, want := range map[string]string{"csv": `"'=HYPERLINK(""x"")"`, "jsonl": `"=HYPERLINK(\"x\")"`} {
		out, messages, err := runVerb(t, input, "embed", "--bundle", "base", "--pack", path, "--format", format)
		if err != nil || !strings.Contains(out, want) || !strings.Contains(out, "=1+1") || strings.Contains(out, "'=1+1") {
			t.Errorf("%s: %v\n%s%s", format, err, out, messages)
		}
	}
}

// bundleOfBase returns the manifest of the base model.
func bundleOfBase(t *testing.T) *bundle.Manifest {
	t.Helper()
	data := base.Bundle()
	b, err := bundle.Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return &b.Manifest
}
