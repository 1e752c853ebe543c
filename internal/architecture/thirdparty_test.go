package architecture

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestThirdParty: THIRD_PARTY.md names every module that go.mod requires directly, and every npm package that tests
// use. The lock file of npm names no address, and a checksum for each package.
func TestThirdParty(t *testing.T) {
	read := func(path string) string {
		b, err := os.ReadFile(filepath.Join("..", "..", path))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	page := read("THIRD_PARTY.md")
	modules := 0
	for line := range strings.Lines(read("go.mod")) {
		line = strings.TrimPrefix(strings.TrimSpace(line), "require ")
		module, version, found := strings.Cut(line, " ")
		if !found || !strings.HasPrefix(version, "v") || strings.Contains(version, "// indirect") {
			continue
		}
		modules++
		if !strings.Contains(page, module) {
			t.Errorf("THIRD_PARTY.md does not name %s", module)
		}
	}
	if modules < 10 {
		t.Errorf("%d modules in go.mod", modules)
	}
	var manifest struct{ Dependencies map[string]string }
	if err := json.Unmarshal([]byte(read(".ci/npm/package.json")), &manifest); err != nil || len(manifest.Dependencies) == 0 {
		t.Fatal(err)
	}
	for name := range manifest.Dependencies {
		if !strings.Contains(page, "`"+name+"`") {
			t.Errorf("THIRD_PARTY.md does not name the npm package %s", name)
		}
	}
	var lock struct {
		Packages map[string]struct{ Resolved, Integrity string }
	}
	if err := json.Unmarshal([]byte(read(".ci/npm/package-lock.json")), &lock); err != nil {
		t.Fatal(err)
	}
	for path, p := range lock.Packages {
		if p.Resolved != "" || path != "" && p.Integrity == "" {
			t.Errorf("package-lock.json: %s has the address %q and the checksum %q", path, p.Resolved, p.Integrity)
		}
	}
}
