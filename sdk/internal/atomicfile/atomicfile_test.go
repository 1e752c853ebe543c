package atomicfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func writeString(text string, err error) func(io.Writer) error {
	return func(w io.Writer) error {
		_, writeErr := io.WriteString(w, text)
		return errors.Join(writeErr, err)
	}
}

// TestWrite: a file is replaced whole, or not at all, and no temporary file stays.
func TestWrite(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	failed := errors.New("failed")
	for _, c := range []struct {
		text string
		err  error
		want string
	}{{"old", nil, "old"}, {"new", failed, "old"}, {"new", nil, "new"}} {
		if err := Write(path, writeString(c.text, c.err)); !errors.Is(err, c.err) {
			t.Errorf("error %v, want %v", err, c.err)
		}
		if got, err := os.ReadFile(path); string(got) != c.want || err != nil {
			t.Errorf("the file holds %q, %v, want %q", got, err, c.want)
		}
		if entries, err := os.ReadDir(dir); len(entries) != 1 || err != nil {
			t.Errorf("%d files, %v", len(entries), err)
		}
	}
	if err := Write(filepath.Join(dir, "none", "file"), writeString("", nil)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no directory: error %v", err)
	}
}

func TestDiskError(t *testing.T) {
	for _, full := range diskFullErrors() {
		if err := DiskError(&os.PathError{Op: "write", Path: "file", Err: full}); !errors.Is(err, ErrDiskFull) || !errors.Is(err, full) {
			t.Errorf("%v becomes %v", full, err)
		}
	}
	if err := DiskError(syscall.EACCES); errors.Is(err, ErrDiskFull) {
		t.Errorf("another error becomes %v", err)
	}
	if err := DiskError(nil); err != nil {
		t.Errorf("no error becomes %v", err)
	}
}
