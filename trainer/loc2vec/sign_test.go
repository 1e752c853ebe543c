package main

import (
	"os"
	"os/exec"
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
	must(0, "harbour.pmtiles.minisig", "sign", "--key", name+".key", pack)
	must(0, "file:harbour.pmtiles, hashed, region:harbour", "verify", pack, "--key", name+".pub")
	must(1, "this is a secret key", "verify", pack, "--key", name+".key")
	must(1, "not a secret key", "sign", "--key", name+".pub", pack)
	must(1, "neither a region pack nor a bundle", "sign", "--key", name+".key", name+".pub")

	other := filepath.Join(t.TempDir(), "other")
	must(0, "other.key", "sign", "--keygen", other)
	must(1, "which is not accepted", "verify", pack, "--key", other+".pub")
	must(0, "signed with the key", "verify", pack, "--key", other+".pub,"+name+".pub")
	must(1, "no such file", "verify", pack, "--key", name+".pub,none.pub")

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

// TestMinisign: minisign verifies what the verb sign has signed, with its own keys and those of minisign, and the verb
// verify what minisign has signed.
func TestMinisign(t *testing.T) {
	if _, err := exec.LookPath("minisign"); err != nil {
		t.Skip("needs minisign: not installed")
	}
	pack, _ := writeHarbour(t)
	dir := t.TempDir()
	name := func(base string) string { return filepath.Join(dir, base) }
	minisign := func(input string, args ...string) {
		t.Helper()
		cmd := exec.Command("minisign", args...)
		cmd.Stdin = strings.NewReader(input)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("minisign %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	loc2vec := func(args ...string) {
		t.Helper()
		if status, out := command(args...); status != 0 {
			t.Fatalf("loc2vec %s: exit status %d\n%s", strings.Join(args, " "), status, out)
		}
	}
	loc2vec("sign", "--keygen", name("ours"))
	minisign("", "-G", "-W", "-p", name("theirs.pub"), "-s", name("theirs.key"))
	for _, key := range []string{name("ours"), name("theirs")} {
		loc2vec("sign", "--key", key+".key", pack)
		minisign("", "-V", "-p", key+".pub", "-m", pack)
		minisign("", "-S", "-s", key+".key", "-m", pack)
		loc2vec("verify", pack, "--key", key+".pub")
	}
	if testing.Short() {
		t.Skip("the rest derives keys from passwords, which takes seconds and a gigabyte")
	}
	if err := os.WriteFile(name("password"), []byte("a secret\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	minisign("a secret\na secret\n", "-G", "-p", name("locked.pub"), "-s", name("locked.key"))
	if status, out := command("sign", "--key", name("locked.key"), pack); status != 2 || !strings.Contains(out, "--password-file is needed") {
		t.Errorf("without a password: exit status %d\n%s", status, out)
	}
	loc2vec("sign", "--key", name("locked.key"), "--password-file", name("password"), pack)
	minisign("", "-V", "-p", name("locked.pub"), "-m", pack)
	loc2vec("sign", "--keygen", name("mine"), "--password-file", name("password"))
	minisign("a secret\n", "-S", "-s", name("mine.key"), "-m", pack)
	loc2vec("verify", pack, "--key", name("mine.pub"))
	if err := os.WriteFile(name("password"), []byte("another"), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, out := command("sign", "--key", name("mine.key"), "--password-file", name("password"), pack); status != 1 || !strings.Contains(out, "password is wrong") {
		t.Errorf("with a wrong password: exit status %d\n%s", status, out)
	}
}
