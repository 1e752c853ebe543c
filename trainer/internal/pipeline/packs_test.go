package pipeline

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/loc2vec/loc2vec/internal/osmtestdata"
	"github.com/loc2vec/loc2vec/osmextract"
)

// monacoPack makes a region pack of Monaco.
func monacoPack(t *testing.T) string {
	t.Helper()
	pack := filepath.Join(t.TempDir(), "monaco.pmtiles")
	var messages bytes.Buffer
	_, err := Extract(t.Context(), ExtractOptions{
		Options: osmextract.Options{Files: []string{osmtestdata.Path(t, "monaco")}}, Out: pack, Messages: &messages,
	})
	if err != nil {
		t.Fatalf("%v\n%s", err, messages.String())
	}
	return pack
}
