package store_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"aead.dev/minisign"

	"github.com/loc2vec/loc2vec/internal/testworld"
	"github.com/loc2vec/loc2vec/sdk"
	"github.com/loc2vec/loc2vec/sdk/store"
)

// key returns the test key of that number.
func key(n byte) minisign.PrivateKey {
	b := append([]byte("Ed\x00\x00B2"), make([]byte, 48)...)
	b = append(b, bytes.Repeat([]byte{n}, 8)...) // the id
	b = append(b, ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, ed25519.SeedSize))...)
	b = append(b, make([]byte, 32)...)
	var k minisign.PrivateKey
	if err := k.UnmarshalText([]byte("untrusted comment: test\n" + base64.StdEncoding.EncodeToString(b))); err != nil {
		panic(err)
	}
	return k
}

func public(k minisign.PrivateKey) store.PublicKey {
	p, err := store.ParsePublicKey(k.Public().(minisign.PublicKey).String())
	if err != nil {
		panic(err)
	}
	return p
}

// publics returns the public halves.
func publics(keys ...minisign.PrivateKey) []store.PublicKey {
	var all []store.PublicKey
	for _, k := range keys {
		all = append(all, public(k))
	}
	return all
}

// sign signs with a trusted comment like those of minisign.
func sign(t testing.TB, data []byte, k minisign.PrivateKey) []byte {
	t.Helper()
	return signWith(t, data, k, "timestamp:1700000000\tfile:west.pmtiles\thashed")
}

func signWith(t testing.TB, data []byte, k minisign.PrivateKey, comment string) []byte {
	t.Helper()
	r := minisign.NewReader(bytes.NewReader(data))
	if _, err := io.Copy(io.Discard, r); err != nil {
		t.Fatal(err)
	}
	return r.SignWithComments(k, comment, "signature from minisign secret key")
}

func TestSignature(t *testing.T) {
	data := []byte("what is signed")
	s := sign(t, data, key(1))
	check := func(data, s []byte) error {
		_, err := store.CheckSignature(t.Context(), bytes.NewReader(data), s, publics(key(3), key(1)))
		return err
	}
	if err := check(data, s); err != nil {
		t.Fatal(err)
	}
	if err := check(data, nil); !errors.Is(err, store.ErrUnsigned) {
		t.Errorf("unsigned: error %v", err)
	}
	first := bytes.IndexByte(s, '\n') + 1
	for i := first; i < len(s)-1; i++ { // the first line is not signed
		changed := bytes.Clone(s)
		changed[i] ^= 1
		if err := check(data, changed); !errors.Is(err, store.ErrSignature) {
			t.Errorf("byte %d changed: error %v", i, err)
		}
	}
	lines := bytes.SplitAfter(s, []byte("\n"))
	for name, wrong := range map[string][]byte{
		"other key":            sign(t, data, key(2)),
		"a fifth line":         append(bytes.Clone(s), "more\n"...),
		"shorter":              s[:len(s)-2],
		"three lines":          bytes.Join(lines[:3], nil),
		"no untrusted comment": append([]byte("a comment\n"), s[first:]...),
		"of files as a whole":  minisign.Sign(key(1), data),
		"a line break inside":  bytes.Replace(s, []byte("\nRU"), []byte("\nR\nU"), 1),
		"escapes":              signWith(t, data, key(1), "file:\x1b]0;owned\x07"),
		"not UTF-8":            signWith(t, data, key(1), "file:\xff"),
		"too long":             signWith(t, data, key(1), strings.Repeat("long ", 3000)),
		"of an empty file":     sign(t, nil, key(1)),
	} {
		if err := check(data, wrong); !errors.Is(err, store.ErrSignature) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	for name, good := range map[string][]byte{
		"CRLF":              bytes.ReplaceAll(s, []byte("\n"), []byte("\r\n")),
		"no last line feed": bytes.TrimSuffix(s, []byte("\n")),
		"other comment":     append([]byte("untrusted comment: anything\n"), s[first:]...),
		"longest comment":   signWith(t, data, key(1), strings.Repeat("c", 8192)),
		"no comment":        signWith(t, data, key(1), ""),
	} {
		if err := check(data, good); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := check([]byte("something else"), s); !errors.Is(err, store.ErrSignature) {
		t.Errorf("another file: error %v", err)
	}
}

// TestKeyRotation: each key of a list is accepted, and the one that signed is told. The id alone proves nothing.
func TestKeyRotation(t *testing.T) {
	data := []byte("what is signed")
	for _, k := range []minisign.PrivateKey{key(1), key(2)} {
		s, err := store.CheckSignature(t.Context(), bytes.NewReader(data), sign(t, data, k), publics(key(1), key(2)))
		if err != nil || s.KeyID != public(k).ID() || s.File() != "west.pmtiles" || s.Time().Unix() != 1700000000 {
			t.Errorf("%+v, %v", s, err)
		}
	}
	// A key of another person with the id of ours, before and after it in the list.
	impostor := []byte("Ed" + strings.Repeat("\x01", 8) + strings.Repeat("x", 32))
	other, err := store.ParsePublicKey(base64.StdEncoding.EncodeToString(impostor))
	if err != nil || other.ID() != public(key(1)).ID() {
		t.Fatal(err)
	}
	for _, keys := range [][]store.PublicKey{{other, public(key(1))}, {public(key(1)), other}} {
		if _, err := store.CheckSignature(t.Context(), bytes.NewReader(data), sign(t, data, key(1)), keys); err != nil {
			t.Error(err)
		}
	}
	if _, err := store.CheckSignature(t.Context(), bytes.NewReader(data), sign(t, data, key(1)), []store.PublicKey{other}); !errors.Is(err, store.ErrSignature) {
		t.Errorf("another key of the same id: error %v", err)
	}
}

// TestSignatureFormat checks the example of FORMAT.md.
func TestSignatureFormat(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "FORMAT.md"))
	if err != nil {
		t.Fatal(err)
	}
	secret, err := key(7).MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	comment := "timestamp:1790000000\tfile:monaco.pmtiles\thashed\tregion:Monaco\tdate:2026-08-30T20:21:02Z"
	for name, block := range map[string]string{
		"signature":  string(signWith(t, []byte("loc2vec\n"), key(7), comment)),
		"public key": "untrusted comment: minisign public key 707070707070707\n" + public(key(7)).String() + "\n",
		"secret key": string(secret) + "\n",
	} {
		if want := "```text " + name + "\n" + block + "```\n"; !strings.Contains(string(text), want) {
			t.Errorf("FORMAT.md lacks\n%s", want)
		}
	}
}

// TestMinisign: minisign itself verifies what the tests sign, and the store accepts its keys and signatures.
func TestMinisign(t *testing.T) {
	if _, err := exec.LookPath("minisign"); err != nil {
		t.Skip("needs minisign: not installed")
	}
	dir := t.TempDir()
	run := func(args ...string) string {
		t.Helper()
		cmd := exec.Command("minisign", args...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("minisign %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	read := func(name string) []byte {
		t.Helper()
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	data := testworld.Pack(t, "west", testworld.Schema, west)
	write := func(name string, data []byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("west.pmtiles", data)
	write("west.pmtiles.minisig", sign(t, data, key(1)))
	if out := run("-V", "-P", public(key(1)).String(), "-m", "west.pmtiles"); !strings.Contains(out, "comment signature verified") {
		t.Error(out)
	}

	run("-G", "-W", "-p", "theirs.pub", "-s", "theirs.key")
	run("-S", "-s", "theirs.key", "-m", "west.pmtiles")
	keys, err := store.ParsePublicKeys(string(read("theirs.pub")))
	if err != nil {
		t.Fatal(err)
	}
	s := openStore(t, filepath.Join(dir, "store"), store.Options{PublicKeys: keys})
	item, err := s.InstallFile(t.Context(), "west.pmtiles", filepath.Join(dir, "west.pmtiles"), store.InstallOptions{SignedName: "west.pmtiles"})
	if err != nil || item.Signature.KeyID != keys[0].ID() || time.Since(item.Signature.Time()) > time.Hour {
		t.Errorf("%+v, %v", item.Signature, err)
	}
	if !strings.Contains(string(read("theirs.pub")), " "+keys[0].ID()+"\n") {
		t.Errorf("the id %s is not that of\n%s", keys[0].ID(), read("theirs.pub"))
	}
}

func TestKeys(t *testing.T) {
	secret, err := key(3).MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	one, two := public(key(3)), public(key(4))
	text := "untrusted comment: minisign public key 303030303030303\r\n" + one.String() + "\r\n"
	if k, err := store.ParsePublicKey(text); err != nil || k != one {
		t.Errorf("public key: %v", err)
	}
	if all, err := store.ParsePublicKeys(text + "\n" + two.String()); err != nil || !slices.Equal(all, []store.PublicKey{one, two}) {
		t.Errorf("public keys: %v, %v", all, err)
	}
	if _, err := store.ParsePublicKey(string(secret)); err == nil || strings.Contains(err.Error(), strings.Split(string(secret), "\n")[1]) {
		t.Errorf("a secret key as a public one: error %v", err)
	}
	for _, text := range []string{"", "untrusted comment: none", "AAAA", one.String()[1:], one.String() + "\n" + two.String(), strings.Repeat("*", 56)} {
		if _, err := store.ParsePublicKey(text); err == nil {
			t.Errorf("no error for %q", text)
		}
	}
	if _, err := store.Open(t.TempDir(), store.Options{PublicKeys: []store.PublicKey{}}); err == nil {
		t.Error("a store with an empty list of keys was opened")
	}
}

func FuzzParsePublicKeys(f *testing.F) {
	f.Add(public(key(1)).String())
	f.Fuzz(func(t *testing.T, text string) {
		keys, err := store.ParsePublicKeys(text)
		if err != nil {
			return
		}
		for _, k := range keys {
			if !strings.Contains(text, k.String()) {
				t.Errorf("%q does not contain %q", text, k)
			}
		}
	})
}

func FuzzCheckSignature(f *testing.F) {
	data := []byte("what is signed")
	good := sign(f, data, key(1))
	f.Add(good)
	f.Fuzz(func(t *testing.T, signature []byte) {
		s, err := store.CheckSignature(t.Context(), bytes.NewReader(data), signature, publics(key(1)))
		if err != nil {
			return
		}
		// Only what is not signed may differ: the first line and the ends of lines.
		want := strings.Split(strings.TrimSpace(string(good)), "\n")[1:]
		got := strings.Split(strings.ReplaceAll(strings.TrimSuffix(string(signature), "\n"), "\r", ""), "\n")[1:]
		if !slices.Equal(got, want) || s.KeyID != public(key(1)).ID() {
			t.Errorf("%q is accepted", signature)
		}
	})
}

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

func BenchmarkCheckSignature(b *testing.B) {
	data := bytes.Repeat([]byte("16 bytes of map "), 4<<20)
	s := sign(b, data, key(1))
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := store.CheckSignature(b.Context(), bytes.NewReader(data), s, publics(key(1))); err != nil {
			b.Fatal(err)
		}
	}
}
