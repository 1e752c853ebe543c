package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec/internal/osmtestdata"
	"github.com/loc2vec/loc2vec/pack"
)

// extractVerb runs the verb as the command line does.
func extractVerb(ctx context.Context, args ...string) (status int, out, messages string) {
	var o, e bytes.Buffer
	status = run(ctx, stdio{in: strings.NewReader(""), out: &o, err: &e}, append([]string{"extract"}, args...))
	return status, o.String(), e.String()
}

func TestExtractMonaco(t *testing.T) {
	pbf := osmtestdata.Path(t, "monaco")
	path := filepath.Join(t.TempDir(), "monaco.pmtiles")
	status, out, messages := extractVerb(t.Context(), pbf, "-o", path, "--name", "Monaco")
	if status != 0 || out != "" {
		t.Fatalf("exit status %d, output %q: %s", status, out, messages)
	}
	for _, want := range []string{"extract: tiles: 100 %", "building", "16 coastline ways", "2398 ways"} {
		if !strings.Contains(messages, want) {
			t.Errorf("the messages lack %q:\n%s", want, messages)
		}
	}
	pack, err := pack.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer pack.Close()
	if err := pack.Verify(t.Context()); err != nil || pack.Metadata().Name != "Monaco" {
		t.Errorf("%q: %v", pack.Metadata().Name, err)
	}
}

func TestExtractJSON(t *testing.T) {
	pbf := osmtestdata.Path(t, "monaco")
	status, out, messages := extractVerb(t.Context(), pbf, "-o", filepath.Join(t.TempDir(), "x.pmtiles"), "--json")
	var got struct {
		Ways      int
		Shapes    map[string]int
		PackBytes int64 `json:"pack_bytes"`
		Seconds   float64
		Pack      struct{ Tiles int }
	}
	if err := json.Unmarshal([]byte(out), &got); status != 0 || err != nil {
		t.Fatalf("exit status %d, %v: %s", status, err, messages)
	}
	if got.Ways != 2398 || got.Shapes["building"] < 1000 || got.PackBytes < 10_000 || got.Seconds <= 0 || got.Pack.Tiles != 6 {
		t.Errorf("%+v", got)
	}
}

// TestFailedExtractKeepsTheOldPack: after any failure the old pack is unchanged, and no partial file is left.
func TestFailedExtractKeepsTheOldPack(t *testing.T) {
	pbf := osmtestdata.Path(t, "monaco")
	content, err := os.ReadFile(pbf)
	if err != nil {
		t.Fatal(err)
	}
	truncated := filepath.Join(t.TempDir(), "truncated.osm.pbf")
	if err := os.WriteFile(truncated, content[:len(content)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	interrupted, cancel := context.WithCancel(context.Background())
	cancel()
	tests := []struct {
		name, want string
		ctx        context.Context
		args       []string
		status     int
	}{
		{"truncated", "truncated", t.Context(), []string{truncated}, 1},
		{"one of two missing", "no such file", t.Context(), []string{pbf, "/nowhere/x.osm.pbf"}, 1},
		{"interrupted", "interrupted", interrupted, []string{pbf}, 130},
		{"water polygons missing", "/nowhere/sea.geojson", t.Context(), []string{pbf, "--water-polygons", "/nowhere/sea.geojson"}, 1},
		{"no input", "files of OpenStreetMap data or --postgis are needed", t.Context(), nil, 2},
		{"unknown flag", "unknown flag --naem; did you mean --name?", t.Context(), []string{pbf, "--naem", "x"}, 2},
	}
	for _, test := range tests {
		dir := t.TempDir()
		path := filepath.Join(dir, "old.pmtiles")
		if err := os.WriteFile(path, []byte("the old pack"), 0o600); err != nil {
			t.Fatal(err)
		}
		status, out, messages := extractVerb(test.ctx, append(test.args, "-o", path)...)
		if status != test.status || out != "" || !strings.Contains(messages, test.want) {
			t.Errorf("%s: exit status %d, output %q, messages %q", test.name, status, out, messages)
		}
		if strings.Contains(messages, "extract: extract") {
			t.Errorf("%s: %s says it twice", test.name, messages)
		}
		old, err := os.ReadFile(path)
		if err != nil || string(old) != "the old pack" {
			t.Errorf("%s: the old pack is now %q, %v", test.name, old, err)
		}
		if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
			t.Errorf("%s: %v in the folder, %v", test.name, entries, err)
		}
	}
}
