//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package atomicfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
)

// list returns the names of all files in a directory.
func list(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// TestLeftovers: the next writer removes what a killed one has left, and neither a file that is being written nor
// anything else.
func TestLeftovers(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{".loc2vec-1", ".loc2vec-22", "mine", ".mine"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("left"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("mine", filepath.Join(dir, ".loc2vec-link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, ".loc2vec-dir"), 0o700); err != nil {
		t.Fatal(err)
	}
	running, err := Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer running.Discard()
	if err := Write(filepath.Join(dir, "file"), writeString("new", nil)); err != nil {
		t.Fatal(err)
	}
	want := []string{".loc2vec-dir", ".loc2vec-link", ".mine", "file", "mine", filepath.Base(running.Name())}
	slices.Sort(want)
	if got := list(t, dir); !slices.Equal(got, want) {
		t.Errorf("files %v, want %v", got, want)
	}
	if _, err := io.WriteString(running, "later"); err != nil {
		t.Fatal(err)
	}
	if err := running.Commit(filepath.Join(dir, "second")); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(dir, "second")); string(got) != "later" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// TestWritersAndLeftovers: writers that remove leftovers all the time never lose each other's files.
func TestWritersAndLeftovers(t *testing.T) {
	dir := t.TempDir()
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			path := filepath.Join(dir, string(rune('a'+i)))
			for range 50 {
				if err := Write(path, writeString("text", nil)); err != nil && !errors.Is(err, errRemoved) {
					t.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	if got := list(t, dir); len(got) != 8 {
		t.Errorf("files %v", got)
	}
}
