package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSignAndVerify(t *testing.T) {
	pack, _ := writeHarbour(t)
	name := filepath.Join(t.TempDir(), "release")
	must := func(want int, words string, args ...string) {
		t.Helper()
		if status, output := command(args...); status != want || !strings.Contains(output, words) {
			t.Errorf("loc2vec %s: exit status %d, want %d:\n%s", strings.Join(args, " "), status, want, output)
		}
	}
	must(0, "release.pub", "sign", "--keygen", name)
	must(1, "exists", "sign", "--keygen", name) // no key is ever replaced
	if info, err := os.Stat(name + ".key"); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the private key has mode %v, %v", info.Mode(), err)
	}
	must(1, "no signature", "verify", pack, "--key", name+".pub")
	must(0, ": ok", "verify", pack)
	must(0, "harbour.pmtiles.sig", "sign", "--key", name+".key", pack)
	must(0, "signed", "verify", pack, "--key", name+".pub")
	must(1, "does not begin with", "verify", pack, "--key", name+".key")
	must(1, "does not begin with", "sign", "--key", name+".pub", pack)
	must(1, "neither a region pack nor a bundle", "sign", "--key", name+".key", name+".pub")

	other := filepath.Join(t.TempDir(), "other")
	must(0, "other.key", "sign", "--keygen", other)
	must(1, "not made with this key", "verify", pack, "--key", other+".pub")

	for _, args := range [][]string{{"sign"}, {"sign", pack}, {"sign", "--keygen"}, {"sign", "--keygen", "--key", "k", pack}, {"sign", "--keygen", "a", "b"}} {
		must(2, "", args...)
	}
}

// TestKeysComeInPairs: when one of the two files exists, the other is not made.
func TestKeysComeInPairs(t *testing.T) {
	for there, other := range map[string]string{".key": ".pub", ".pub": ".key"} {
		name := filepath.Join(t.TempDir(), "release")
		if err := os.WriteFile(name+there, []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
		if status, output := command("sign", "--keygen", name); status != 1 || !strings.Contains(output, "release"+there) {
			t.Errorf("with %s: exit status %d:\n%s", there, status, output)
		}
		if _, err := os.Stat(name + other); !os.IsNotExist(err) {
			t.Errorf("with %s, %s is made: %v", there, other, err)
		}
		if kept, err := os.ReadFile(name + there); err != nil || string(kept) != "mine" {
			t.Errorf("%s: %q, %v", there, kept, err)
		}
	}
}
