package store_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec/internal/testworld"
	"github.com/loc2vec/loc2vec/sdk"
	"github.com/loc2vec/loc2vec/sdk/store"
)

// key returns the test key of that number.
func key(n byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, ed25519.SeedSize))
}

func public(k ed25519.PrivateKey) ed25519.PublicKey { return k.Public().(ed25519.PublicKey) }

func sign(t testing.TB, data []byte, k ed25519.PrivateKey) []byte {
	t.Helper()
	s, err := store.Sign(bytes.NewReader(data), k)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSignature(t *testing.T) {
	data := []byte("what is signed")
	s := sign(t, data, key(1))
	check := func(data, s []byte) error { return store.CheckSignature(bytes.NewReader(data), s, public(key(1))) }
	if err := check(data, s); err != nil {
		t.Fatal(err)
	}
	if err := check(data, nil); !errors.Is(err, store.ErrUnsigned) {
		t.Errorf("unsigned: error %v", err)
	}
	wrong := map[string][]byte{
		"other key": sign(t, data, key(2)), "longer": append(bytes.Clone(s), '\n'), "shorter": s[:len(s)-1],
		"other title": bytes.Replace(s, []byte("signature 1"), []byte("signature 2"), 1),
		"CR":          append(bytes.Clone(s[:len(s)-1]), '\r'),
	}
	for i := range s {
		changed := bytes.Clone(s)
		changed[i] ^= 1
		if err := check(data, changed); !errors.Is(err, store.ErrSignature) {
			t.Errorf("byte %d changed: error %v", i, err)
		}
	}
	for name, s := range wrong {
		if err := check(data, s); !errors.Is(err, store.ErrSignature) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if err := check([]byte("something else"), s); !errors.Is(err, store.ErrSignature) {
		t.Errorf("another file: error %v", err)
	}
}

// TestSignatureFormat checks the example of FORMAT.md.
func TestSignatureFormat(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "FORMAT.md"))
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]string{
		"signature":   string(sign(t, []byte("loc2vec\n"), key(7))),
		"public key":  store.FormatPublicKey(public(key(7))),
		"private key": store.FormatPrivateKey(key(7)),
	} {
		if want := "```text " + name + "\n" + block + "```\n"; !strings.Contains(string(text), want) {
			t.Errorf("FORMAT.md lacks\n%s", want)
		}
	}
}

func TestKeys(t *testing.T) {
	secret, open := store.FormatPrivateKey(key(3)), store.FormatPublicKey(public(key(3)))
	if k, err := store.ParsePrivateKey(secret); err != nil || !k.Equal(key(3)) {
		t.Errorf("private key: %v", err)
	}
	if k, err := store.ParsePublicKey(" " + open + "\r\n"); err != nil || !k.Equal(public(key(3))) {
		t.Errorf("public key: %v", err)
	}
	if _, err := store.ParsePublicKey(secret); err == nil || strings.Contains(err.Error(), strings.Fields(secret)[1]) {
		t.Errorf("a private key as a public one: error %v", err)
	}
	for _, text := range []string{"", "loc2vec-public-key", "loc2vec-public-key AAAA", "loc2vec-public-key " + strings.Repeat("*", 44)} {
		if _, err := store.ParsePublicKey(text); err == nil {
			t.Errorf("no error for %q", text)
		}
	}
}

func FuzzParsePublicKey(f *testing.F) {
	f.Add(store.FormatPublicKey(public(key(1))))
	f.Fuzz(func(t *testing.T, text string) {
		if k, err := store.ParsePublicKey(text); err == nil && strings.TrimSpace(text) != strings.TrimSpace(store.FormatPublicKey(k)) {
			t.Errorf("%q is another form of %q", text, store.FormatPublicKey(k))
		}
	})
}

// TestKeyIsRequired: a store with a key installs and opens only files that are signed with it.
func TestKeyIsRequired(t *testing.T) {
	dir := t.TempDir()
	s := openStore(t, dir, store.Options{PublicKey: public(key(1))})
	data, next := testworld.Pack(t, "west", testworld.Schema, west), testworld.Pack(t, "west", testworld.Schema, west, east)
	for _, c := range []struct {
		signature []byte
		want      error
	}{{nil, store.ErrUnsigned}, {sign(t, data, key(2)), store.ErrSignature}, {sign(t, next, key(1)), store.ErrSignature}} {
		_, err := s.Install(context.Background(), "west.pmtiles", bytes.NewReader(data), store.InstallOptions{Signature: c.signature})
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
	if err := s.AddRegion(m, "west.pmtiles"); err != nil {
		t.Error(err)
	}

	// A valid pack that another program has put there.
	if err := os.WriteFile(filepath.Join(dir, "west.pmtiles"), data, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{"AddRegion": s.AddRegion(m, "west.pmtiles"), "Verify": s.Verify("west.pmtiles")} {
		if !errors.Is(err, store.ErrUnsigned) {
			t.Errorf("%s of the other file: error %v", name, err)
		}
	}
	if err := s.Remove("west.pmtiles"); err != nil || len(files(t, dir)) != 0 {
		t.Errorf("after removal: %v, %v", files(t, dir), err)
	}
}

// TestInstallFile: the signature is read from the file with .sig added to its name.
func TestInstallFile(t *testing.T) {
	from, dir := t.TempDir(), t.TempDir()
	s := openStore(t, dir, store.Options{PublicKey: public(key(1))})
	path, data := filepath.Join(from, "download"), testworld.BundleFile(t, "lite")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.InstallFile(context.Background(), "city.l2v", path, store.InstallOptions{}); !errors.Is(err, store.ErrUnsigned) {
		t.Errorf("unsigned: error %v", err)
	}
	if err := os.WriteFile(path+".sig", sign(t, data, key(1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.InstallFile(context.Background(), "city.l2v", path, store.InstallOptions{}); err != nil {
		t.Fatal(err)
	}
	m, err := s.OpenModel("city.l2v", sdk.Options{Engine: sdk.Go})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	if _, err := s.InstallFile(context.Background(), "city.l2v", filepath.Join(from, "none"), store.InstallOptions{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: error %v", err)
	}
}

// TestCleanUp: from every state that a killed installation can leave, the store recovers the old file or the new
// one.
func TestCleanUp(t *testing.T) {
	k := key(1)
	old, next := testworld.Pack(t, "west", testworld.Schema, west), testworld.Pack(t, "west", testworld.Schema, west, east)
	signature := func(t *testing.T, data []byte) (name string, s []byte) {
		dir := t.TempDir()
		install(t, openStore(t, dir, store.Options{PublicKey: public(k)}), "west.pmtiles", data, store.InstallOptions{Signature: sign(t, data, k)})
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
			s := openStore(t, dir, store.Options{PublicKey: public(k)})
			want := []string{"west.pmtiles", oldName}
			switch {
			case name == "renamed":
				want[1] = nextName
			case state["west.pmtiles"] == nil:
				want = nil
			}
			if got := files(t, dir); !slices.Equal(got, want) {
				t.Errorf("files %v, want %v", got, want)
			}
			if want != nil {
				if err := s.Verify("west.pmtiles"); err != nil {
					t.Error(err)
				}
			}
		})
	}
}
