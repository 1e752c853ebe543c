//go:build unix

package format_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/loc2vec/loc2vec/internal/format"
)

// TestPipe: a pipe is named as one, and not waited for.
func TestPipe(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "map.osm.pbf")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skipf("needs named pipes: %v", err)
	}
	done := make(chan error, 1)
	go func() {
		_, _, err := format.OpenFile(pipe)
		done <- err
	}()
	select {
	case err := <-done:
		if err == nil || !strings.Contains(err.Error(), "is a pipe") || !strings.Contains(err.Error(), "save it to a file first") {
			t.Errorf("got %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("waits for a writer")
	}
}

// TestOpenFile opens a regular file, also through a link.
func TestOpenFile(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	if err := os.WriteFile(path, []byte("four"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("a", link); err != nil {
		t.Fatal(err)
	}
	f, size, err := format.OpenFile(link)
	if err != nil || size != 4 {
		t.Fatalf("%d bytes, %v", size, err)
	}
	f.Close()
	if _, _, err := format.OpenFile(dir); err == nil || !strings.Contains(err.Error(), "is a directory") {
		t.Errorf("a directory: %v", err)
	}
}
