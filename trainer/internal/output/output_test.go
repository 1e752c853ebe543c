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
