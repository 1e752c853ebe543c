package store_test

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec/internal/testworld"
	"github.com/loc2vec/loc2vec/sdk"
	"github.com/loc2vec/loc2vec/sdk/store"
)

// TestKeyIsRequired: a store with a key installs and opens only files that are signed with it.
func TestKeyIsRequired(t *testing.T) {
	dir := t.TempDir()
	s := openStore(t, dir, store.Options{PublicKeys: publics(key(1))})
	data, next := testworld.Pack(t, "west", testworld.Schema, west), testworld.Pack(t, "west", testworld.Schema, west, east)
	for _, c := range []struct {
		signature []byte
		want      error
	}{{nil, store.ErrUnsigned}, {sign(t, data, key(2)), store.ErrSignature}, {sign(t, next, key(1)), store.ErrSignature}} {
		_, err := s.Install(t.Context(), "west.pmtiles", bytes.NewReader(data), store.InstallOptions{Signature: c.signature})
		if !errors.Is(err, c.want) || len(files(t, dir)) != 0 {
			t.Errorf("error %v, want %v; files %v", err, c.want, files(t, dir))
		}
	}
	install(t, s, "west.pmtiles", data, store.InstallOptions{Signature: sign(t, data, key(1))})
	install(t, s, "west.pmtiles", next, store.InstallOptions{Signature: sign(t, next, key(1))})
	install(t, s, "west.pmtiles", next, store.InstallOptions{Signature: sign(t, next, key(1))})
	if got := files(t, dir); len(got) != 2 {
		t.Errorf("files %v, want the pack and its signature", got)
	}
	m := open(t, "lite", sdk.Options{Engine: sdk.Go})
	if err := s.AddRegion(t.Context(), m, "west.pmtiles"); err != nil {
		t.Error(err)
	}

	// A valid pack that another program has put there.
	if err := os.WriteFile(filepath.Join(dir, "west.pmtiles"), data, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{"AddRegion": s.AddRegion(t.Context(), m, "west.pmtiles"), "Verify": s.Verify(t.Context(), "west.pmtiles")} {
		if !errors.Is(err, store.ErrUnsigned) {
			t.Errorf("%s of the other file: error %v", name, err)
		}
	}
	if err := s.Remove(t.Context(), "west.pmtiles"); err != nil || len(files(t, dir)) != 0 {
		t.Errorf("after removal: %v, %v", files(t, dir), err)
	}
}

// TestInstallFile: the signature is read from the file with .minisig added to its name.
func TestInstallFile(t *testing.T) {
	from, dir := t.TempDir(), t.TempDir()
	s := openStore(t, dir, store.Options{PublicKeys: publics(key(1))})
	path, data := filepath.Join(from, "download"), testworld.BundleFile(t, "lite")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.InstallFile(t.Context(), "city.l2v", path, store.InstallOptions{}); !errors.Is(err, store.ErrUnsigned) {
		t.Errorf("unsigned: error %v", err)
	}
	if err := os.WriteFile(path+".minisig", sign(t, data, key(1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.InstallFile(t.Context(), "city.l2v", path, store.InstallOptions{}); err != nil {
		t.Fatal(err)
	}
	m, err := s.OpenModel(t.Context(), "city.l2v", sdk.Options{Engine: sdk.Go})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	if _, err := s.InstallFile(t.Context(), "city.l2v", filepath.Join(from, "none"), store.InstallOptions{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: error %v", err)
	}
}

// TestCleanUp: from every state that a killed installation can leave, the store recovers the old file or the new
// one.
func TestCleanUp(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the age of a file shows there that it is a leftover")
	}
	k := key(1)
	old, next := testworld.Pack(t, "west", testworld.Schema, west), testworld.Pack(t, "west", testworld.Schema, west, east)
	signature := func(t *testing.T, data []byte) (name string, s []byte) {
		dir := t.TempDir()
		install(t, openStore(t, dir, store.Options{PublicKeys: publics(k)}), "west.pmtiles", data, store.InstallOptions{Signature: sign(t, data, k)})
		return files(t, dir)[1], sign(t, data, k)
	}
	oldName, oldSignature := signature(t, old)
	nextName, nextSignature := signature(t, next)
	for name, state := range map[string]map[string][]byte{
		"half a file":            {"west.pmtiles": old, oldName: oldSignature, ".loc2vec-123": next[:700]},
		"a whole file":           {"west.pmtiles": old, oldName: oldSignature, ".loc2vec-123": next},
		"half a signature":       {"west.pmtiles": old, oldName: oldSignature, ".loc2vec-123": next, ".loc2vec-124": nextSignature[:9]},
		"a signature":            {"west.pmtiles": old, oldName: oldSignature, ".loc2vec-123": next, nextName: nextSignature},
		"renamed":                {"west.pmtiles": next, oldName: oldSignature, nextName: nextSignature},
		"first, before the name": {".loc2vec-123": next, nextName: nextSignature},
		"removed":                {oldName: oldSignature},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for file, data := range state {
				if err := os.WriteFile(filepath.Join(dir, file), data, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			s := openStore(t, dir, store.Options{PublicKeys: publics(k)})
			var want []string
			if state["west.pmtiles"] != nil {
				want = slices.Sorted(maps.Keys(state))
				want = slices.DeleteFunc(want, func(name string) bool { return strings.HasPrefix(name, ".") })
			}
			if got := files(t, dir); !slices.Equal(got, want) {
				t.Errorf("files %v, want %v", got, want)
			}
			if want != nil {
				if err := s.Verify(t.Context(), "west.pmtiles"); err != nil {
					t.Error(err)
				}
			}
			install(t, s, "west.pmtiles", next, store.InstallOptions{Signature: nextSignature})
			if got, want := files(t, dir), []string{"west.pmtiles", nextName}; !slices.Equal(got, want) {
				t.Errorf("after the next installation: files %v, want %v", got, want)
			}
		})
	}
}
