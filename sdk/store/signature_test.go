package store_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"aead.dev/minisign"

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
