package textfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec"
)

// TestReadFile: a file of the greatest length is read, a longer one, a folder and one that is missing are errors that name it.
func TestReadFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "settings.json")
	if err := os.WriteFile(path, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadFile(path, 2); err != nil || string(got) != "{}" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := ReadFile(path, 1); !errors.Is(err, loc2vec.ErrCorrupt) || !strings.Contains(err.Error(), path) {
		t.Errorf("a long file: %v", err)
	}
	if _, err := ReadFile(filepath.Dir(path), 1); err == nil || !strings.Contains(err.Error(), filepath.Dir(path)) {
		t.Errorf("a folder: %v", err)
	}
	if _, err := ReadFile(path+"x", 1); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}
