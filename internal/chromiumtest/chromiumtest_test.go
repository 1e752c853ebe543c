package chromiumtest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec/internal/chromiumtest"
)

func look(t *testing.T, body string, v chromiumtest.View) []string {
	t.Helper()
	page := filepath.Join(t.TempDir(), "a page.html")
	if err := os.WriteFile(page, []byte("<!DOCTYPE html><html><head><meta name=\"viewport\" content=\"width=device-width\"><title>t</title></head><body>"+body+"</body></html>"), 0o644); err != nil {
		t.Fatal(err)
	}
	return chromiumtest.Look(t, page, v, "")
}

func TestLook(t *testing.T) {
	const pixel = `<img alt="dot" width="10" height="10" src="data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7">`
	for body, want := range map[string]string{
		pixel + "<p>fits": "",
		`<div class="scroll" style="overflow-x: auto"><div style="width: 700px">x</div></div>`: "",
		`<div style="width: 380px">x</div>`:                                                    "reaches",
		`<details><summary>s</summary><p style="width: 900px">x</details>`:                     "reaches",
		`<div style="overflow: auto"><svg width="700"></svg></div>`:                            "reaches",
		`<img alt="torn" width="9" height="9" src="data:image/png;base64,AAAA">`:               "is not drawn",
		`<script>console.error("x")</script>`:                                                  "console",
		`<img alt="" src="https://localhost:1/a.png">`:                                         "requests https://localhost:1/a.png",
	} {
		found := strings.Join(look(t, body, chromiumtest.View{Width: 375}), "\n")
		if want == "" && found != "" || !strings.Contains(found, want) {
			t.Errorf("%s\nhas the problems %q, want %q", body, found, want)
		}
	}
	table := `<div class="scroll" style="overflow-x: auto"><div style="width: 1700px">x</div></div>`
	if found := look(t, table, chromiumtest.View{Width: 1280}); len(found) != 1 || !strings.Contains(found[0], "scrolls sideways") {
		t.Errorf("a table that is too wide for a desk has the problems %q", found)
	}
	dark := `<script>if (matchMedia("(prefers-color-scheme: dark)").matches) console.log("dark")</script>`
	if found := look(t, dark, chromiumtest.View{Width: 1280, Dark: true}); len(found) != 1 {
		t.Errorf("a dark page has the problems %q", found)
	}
	if found := look(t, dark, chromiumtest.View{Width: 1280}); len(found) != 0 {
		t.Errorf("a light page has the problems %q", found)
	}
}
