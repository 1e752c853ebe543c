package binding

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/testworld"
)

// TestCopyBaseModel: the model is copied unchanged, a damaged one is not copied, and the copy of an earlier build is
// removed.
func TestCopyBaseModel(t *testing.T) {
	root := t.TempDir()
	w := testworld.Make(t, t.TempDir())
	base, file := filepath.Join(root, "sdk", "base", "base.l2v"), filepath.Join(root, "assets", "loc2vec", "base.l2v")
	if err := os.MkdirAll(filepath.Dir(base), 0o777); err != nil {
		t.Fatal(err)
	}
	put := func(from string) []byte {
		data, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(base, data, 0o666); err != nil {
			t.Fatal(err)
		}
		return data
	}
	want := put(w.Model)
	if present, err := CopyBaseModel(root, file); !present || err != nil {
		t.Fatalf("present %v, %v", present, err)
	}
	if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	put(w.Damaged)
	if _, err := CopyBaseModel(root, file); !errors.Is(err, loc2vec.ErrCorrupt) {
		t.Errorf("damaged: error %v", err)
	}
	if err := os.Remove(base); err != nil {
		t.Fatal(err)
	}
	if present, err := CopyBaseModel(root, file); present || err != nil {
		t.Errorf("missing: present %v, %v", present, err)
	}
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("missing: the old copy still exists, %v", err)
	}
}
