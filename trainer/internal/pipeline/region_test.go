package pipeline

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestNoPackTwice: packs with equal contents are the same pack under any name.
func TestNoPackTwice(t *testing.T) {
	pack := monacoPack(t)
	data, err := os.ReadFile(pack)
	if err != nil {
		t.Fatal(err)
	}
	twin := filepath.Join(t.TempDir(), "twin.pmtiles")
	if err := os.WriteFile(twin, data, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, second := range []string{pack, twin} {
		_, err := OpenRegion([]string{pack, second})
		var refused RequestError
		if want := pack + " and " + second + " are the same pack"; !errors.As(err, &refused) || err.Error() != want {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
