package progress_test

import (
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec/trainer/internal/progress"
)

func TestPlainLines(t *testing.T) {
	var out strings.Builder
	bar := progress.New(&out, "extract", 8_000_000, progress.Bytes)
	bar.Set(4_000_000, "")
	if out.Len() != 0 {
		t.Errorf("a line before its time: %q", out.String())
	}
	bar.Set(8_000_000, "12 tiles")
	bar.Close()
	if want := "extract: 100 % (8.0 MB of 8.0 MB), 12 tiles [0s]\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}
