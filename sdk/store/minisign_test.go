package store_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/loc2vec/loc2vec/internal/testworld"
	"github.com/loc2vec/loc2vec/sdk/store"
)

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
