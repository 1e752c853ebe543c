package store_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec/sdk/store"
)

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
