//go:build linux || darwin

package store_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/testworld"
	"github.com/loc2vec/loc2vec/sdk"
	"github.com/loc2vec/loc2vec/sdk/store"
)

// TestOnlyRegularFiles: what is not a file in the directory is neither followed nor waited for, and is said to be
// what it is.
func TestOnlyRegularFiles(t *testing.T) {
	data := testworld.Pack(t, "west", testworld.Schema, west)
	for name, plant := range map[string]func(path string) error{
		"a link":              func(path string) error { return os.Symlink(writeFile(t, "outside.pmtiles", data), path) },
		"a link to nowhere":   func(path string) error { return os.Symlink("/nowhere", path) },
		"a pipe":              func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"a directory":         func(path string) error { return os.Mkdir(path, 0o700) },
		"a link to a device":  func(path string) error { return os.Symlink("/dev/zero", path) },
		"a link in the store": func(path string) error { return os.Symlink("good.pmtiles", path) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := openStore(t, dir, store.Options{})
			install(t, s, "good.pmtiles", data, store.InstallOptions{})
			if err := plant(filepath.Join(dir, "west.pmtiles")); err != nil {
				t.Skip(err)
			}
			if err := os.Symlink(filepath.Join(dir, "good.pmtiles"), filepath.Join(dir, "city.l2v")); err != nil {
				t.Fatal(err)
			}
			m := open(t, "lite", sdk.Options{Engine: sdk.Go})
			added, addErr := s.AddRegions(t.Context(), m)
			_, openErr := s.OpenModel(t.Context(), "city.l2v", sdk.Options{})
			for what, err := range map[string]error{
				"Verify": s.Verify(t.Context(), "west.pmtiles"), "AddRegion": s.AddRegion(t.Context(), m, "west.pmtiles"),
				"AddRegions": addErr, "OpenModel": openErr,
			} {
				if !errors.Is(err, loc2vec.ErrCorrupt) {
					t.Errorf("%s: error %v", what, err)
				}
			}
			if len(added) != 1 {
				t.Errorf("added %v", added)
			}
			items, err := s.List(t.Context())
			if err != nil || len(items) != 3 || items[0].Err == nil || items[1].Err != nil || items[2].Err == nil {
				t.Errorf("list %+v, %v", items, err)
			}
			if err := s.Remove(t.Context(), "west.pmtiles"); err != nil {
				t.Error(err)
			}
			if items, err := s.List(t.Context()); err != nil || len(items) != 2 || items[1].Err != nil {
				t.Errorf("after removal: list %+v, %v", items, err)
			}
		})
	}
}

// TestPlantedNames: links under the names of the store's own files are not followed.
func TestPlantedNames(t *testing.T) {
	dir, outside := t.TempDir(), writeFile(t, "outside", []byte("mine"))
	for _, name := range []string{".loc2vec-1", "west.pmtiles", ".lock"} {
		if err := os.Symlink(outside, filepath.Join(dir, name)); err != nil {
			t.Skip(err)
		}
	}
	if _, err := store.Open(dir, store.Options{}); err == nil {
		t.Error("a store with a link for a lock was opened")
	}
	if err := os.Remove(filepath.Join(dir, ".lock")); err != nil {
		t.Fatal(err)
	}
	s := openStore(t, dir, store.Options{})
	install(t, s, "west.pmtiles", testworld.Pack(t, "west", testworld.Schema, west), store.InstallOptions{})
	if err := s.Verify(t.Context(), "west.pmtiles"); err != nil {
		t.Error(err)
	}
	if got, err := os.ReadFile(outside); err != nil || string(got) != "mine" {
		t.Errorf("the file outside holds %q, %v", got, err)
	}
}

// TestInstallPipe: a pipe as a source is refused, not waited for.
func TestInstallPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "download")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skip(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	s := openStore(t, t.TempDir(), store.Options{})
	if _, err := s.InstallFile(ctx, "west.pmtiles", path, store.InstallOptions{}); err == nil || ctx.Err() != nil {
		t.Errorf("error %v", err)
	}
}
