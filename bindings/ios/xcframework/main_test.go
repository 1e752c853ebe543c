package main

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec/bindings/internal/binding"
)

var update = flag.Bool("update", false, "rewrite the header")

func TestMissingTools(t *testing.T) {
	there := func(string) (string, error) { return "/usr/bin/x", nil }
	missing := func(string) (string, error) { return "", errors.New("not found") }
	if err := checkTools("linux", there); err == nil || !strings.Contains(err.Error(), "needs macOS") {
		t.Errorf("on Linux: %v", err)
	}
	if err := checkTools("darwin", missing); err == nil || !strings.Contains(err.Error(), "needs Xcode") {
		t.Errorf("without Xcode: %v", err)
	}
	if err := checkTools("darwin", there); err != nil {
		t.Error(err)
	}
}

// header returns the generated header.
func header(t *testing.T) string {
	t.Helper()
	root, err := binding.Root(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := binding.Generate(t.Context(), root, dir, "objc"); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "src", "gobind", "L2VMobile.objc.h"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestHeader compares the header with the golden one: every change of it is a change for apps. go test -update
// rewrites it.
func TestHeader(t *testing.T) {
	if testing.Short() {
		t.Skip("runs gobind, which takes seconds")
	}
	golden := filepath.Join("testdata", "L2VMobile.objc.h")
	got := header(t)
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		gotLines, wantLines := strings.Split(got, "\n"), strings.Split(string(want), "\n")
		for i := range min(len(gotLines), len(wantLines)) {
			if gotLines[i] != wantLines[i] {
				t.Fatalf("line %d of the header is %q, was %q", i+1, gotLines[i], wantLines[i])
			}
		}
		t.Fatalf("the header has %d lines, had %d", len(gotLines), len(wantLines))
	}
}
