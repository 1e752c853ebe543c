package report

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/loc2vec/loc2vec/internal/chromiumtest"
)

var pictures = flag.String("pictures", "", "also write pictures of the sample page to this folder")

// TestPageInBrowser: training and evaluation fit a phone's window too, light and dark.
func TestPageInBrowser(t *testing.T) {
	page := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(page, []byte(render(t, samplePage())), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, v := range chromiumtest.Views() {
		for _, problem := range chromiumtest.Look(t, page, v, *pictures) {
			t.Errorf("%+v: %s", v, problem)
		}
	}
}
