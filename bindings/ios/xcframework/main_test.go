package main

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec/bindings/internal/binding"
)

var update = flag.Bool("update", false, "write the header anew")

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

// TestHeader compares the header with the golden one: what changes there changes for every app.
// go test -update writes it anew.
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

// TestSwiftNames: what the Swift package calls is in the header.
func TestSwiftNames(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "L2VMobile.objc.h"))
	if err != nil {
		t.Fatal(err)
	}
	known := swiftNames(string(text))
	files, err := filepath.Glob(filepath.Join("..", "Sources", "Loc2Vec", "*.swift"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d Swift files, %v", len(files), err)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`\bcore\.(\w+)|(L2VMobile\w+)`).FindAllStringSubmatch(string(source), -1) {
			name := m[1] + strings.TrimSuffix(m[2], "Protocol")
			if !known[name] {
				t.Errorf("%s uses %s, which the header lacks", filepath.Base(file), name)
			}
		}
	}
}

// swiftNames returns types, functions, and members under the names that Swift gives them: a
// preposition at the end of a method's name becomes the label of its argument.
func swiftNames(header string) map[string]bool {
	names := map[string]bool{}
	for _, m := range regexp.MustCompile(`L2VMobile\w+`).FindAllString(header, -1) {
		names[m] = true
	}
	for _, m := range regexp.MustCompile(`(?m)^- \([^)]*\)(\w+)`).FindAllStringSubmatch(header, -1) {
		names[regexp.MustCompile(`(At|From|To)$`).ReplaceAllString(m[1], "")] = true
		names[m[1]] = true
	}
	for _, m := range regexp.MustCompile(`(?m)^@property .* (\w+);`).FindAllStringSubmatch(header, -1) {
		names[m[1]] = true
	}
	return names
}
