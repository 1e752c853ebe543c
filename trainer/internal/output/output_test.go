package output

import (
	"os"
	"path/filepath"
	"testing"
)

// TestCheck looks at paths alone: nothing is ever written to them.
func TestCheck(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	for _, name := range []string{"pack", "other"} {
		if err := os.WriteFile(in(name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(in("pack"), in("link")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ path, want string }{
		{"", ""},
		{in("new"), ""},
		{in("other"), ""}, // what is in the way may be replaced
		{in("pack"), "is the same file as the input " + in("pack")},
		{dir + "/./pack", "is the same file as the input " + in("pack")},
		{in("link"), "is the same file as the input " + in("pack")},
		{dir, "is a folder, not a file"},
		{os.DevNull, "is not a regular file, and would be replaced by one"},
		{in("none/new"), "stat " + in("none") + ": no such file or directory"},
		{in("none") + "/", "stat " + in("none") + ": no such file or directory"},
		{in("other/new"), in("other") + " is not a folder"},
	} {
		err := Check(c.path, "", in("missing"), in("pack"))
		if c.want == "" {
			if err != nil {
				t.Errorf("%q: %v", c.path, err)
			}
			continue
		}
		if err == nil || err.Error() != c.want {
			t.Errorf("%q: got %v, want %q", c.path, err, c.want)
		}
	}
}

// TestLink: a link as output stays one, and its target is written.
func TestLink(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "packs"), 0o755); err != nil {
		t.Fatal(err)
	}
	link, target := filepath.Join(dir, "latest"), filepath.Join(dir, "packs", "a")
	if err := os.Symlink(filepath.Join("packs", "a"), link); err != nil {
		t.Skipf("needs symbolic links: %v", err)
	}
	for _, text := range []string{"one", "two"} { // first the target does not exist
		if err := Check(link); err != nil {
			t.Fatal(err)
		}
		if err := WriteBytes(link, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(target); string(got) != text || err != nil {
			t.Errorf("the target holds %q, %v, want %q", got, err, text)
		}
		if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
			t.Errorf("the link is now %v, %v", info, err)
		}
	}
	if err := os.Remove(link); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join("missing", "a"), link); err != nil {
		t.Fatal(err)
	}
	if err := Check(link); err == nil {
		t.Error("a link into a folder that is missing passes")
	}
}
