// Package architecture keeps the arrows between packages pointing the way ARCHITECTURE.md draws
// them. It holds nothing but this test.
package architecture

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/loc2vec/loc2vec"

// allowed lists what a package may be built from, beyond the standard library: itself, these and,
// after a path that ends in "/...", everything below. All that the build needs counts, however far
// behind an import.
type allowed struct {
	pkg    string
	deps   []string
	reason string
}

// root is what the contracts are built from.
var root = []string{module, module + "/internal/detmath", module + "/internal/hilbert"}

// tiles is what vector tiles are read and written with.
var tiles = slices.Concat([]string{
	module + "/internal/mvt", module + "/internal/wire", module + "/internal/deflate",
	"github.com/klauspost/compress/...", // inflates tiles
}, root)

// core is what every phone carries: the readers of the two files.
var core = slices.Concat([]string{
	module + "/pack", module + "/bundle", module + "/raster", module + "/internal/format",
}, tiles)

// maps is what the elements and geometries of OpenStreetMap come with.
var maps = []string{
	"github.com/paulmach/osm/...", "github.com/paulmach/orb/...",
	"go.mongodb.org/mongo-driver/...", // by orb/geojson, by orb/maptile, by osm
}

func allowances() []allowed {
	phone := append([]string{
		module + "/internal/kernel", module + "/internal/int8net", module + "/internal/onnx",
		module + "/sdk/internal/atomicfile", // writes indices, classes and installed files
		"golang.org/x/sys/cpu",              // which instructions there are
		"github.com/yalue/onnxruntime_go",   // one of the two engines, where there is cgo
	}, core...)
	return []allowed{
		{module, root, "the contracts of phones in the field depend on nothing that could change under them"},
		{module + "/internal/mvt", tiles, "tiles are read by every phone"},
		{module + "/internal/wire", root, "messages are read by every phone"},
		{module + "/pack", append([]string{module + "/internal/format"}, tiles...), "a pack is read by every phone"},
		{module + "/bundle", core, "a bundle is read by every phone"},
		{module + "/raster", root, "what is drawn follows from the contracts alone, the same in training and on the phone"},
		{module + "/internal/kernel", []string{"golang.org/x/sys/cpu"}, "the hot loops serve training and phones alike"},
		{module + "/internal/onnx", append([]string{module + "/internal/wire"}, root...), "a model is read by every phone"},
		{module + "/internal/int8net", append([]string{
			module + "/internal/kernel", module + "/internal/onnx", module + "/internal/wire", "golang.org/x/sys/cpu"}, root...),
			"the engine in Go is small enough for every app"},
		{module + "/sdk", phone, "an app pays for every dependency in size, and an audit for every line"},
		{module + "/sdk/base", nil, "the model is data: whoever opens it brings the engine"},
		{module + "/sdk/store", append([]string{module + "/sdk"}, phone...), "an app installs files with what the sdk is built from"},
		{module + "/mobile", append([]string{module + "/sdk", module + "/sdk/store", "golang.org/x/mobile/..."}, phone...),
			"the facade converts and does nothing else"},
		{module + "/osmextract/schema", slices.Concat(maps, core), "the rules are about tags alone"},
		{module + "/osmextract", slices.Concat([]string{
			module + "/osmextract/schema", module + "/osmextract/internal/...",
		}, maps, core), "extraction knows maps and nothing of networks"},
		{module + "/osmextract/postgis", slices.Concat([]string{
			module + "/osmextract/...",
			"github.com/jackc/pgx/v5/...", "github.com/jackc/pgpassfile", "github.com/jackc/pgservicefile",
			"golang.org/x/text/...", // normalises passwords
		}, maps, core), "a database is one more source of maps"},
	}
}

// soleImporters: each of these libraries can be replaced by changing one package.
func soleImporters() map[string][]string {
	return map[string][]string{
		"gorgonia.org/gorgonia":           {module + "/trainer/internal/net"},
		"github.com/yalue/onnxruntime_go": {module + "/sdk"},
		"github.com/jackc/pgx/v5":         {module + "/osmextract/postgis"},
		"github.com/spf13/cobra":          {module + "/trainer/loc2vec"},
		"github.com/spf13/pflag":          {module + "/trainer/loc2vec"},
	}
}

// platform is one way to build.
type platform struct{ os, arch, cgo string }

func platforms() []platform {
	return []platform{
		{"linux", "amd64", "0"}, {"linux", "amd64", "1"}, {"linux", "arm64", "0"},
		{"android", "arm64", "0"}, {"android", "arm64", "1"}, {"ios", "arm64", "1"}, {"windows", "amd64", "0"},
		{"js", "wasm", "0"},
	}
}

// goPackage is what go list tells about a package.
type goPackage struct {
	ImportPath string
	Standard   bool
	Imports    []string
	Deps       []string
}

// list returns the packages of the module, with everything that they are built from.
func list(t *testing.T, p platform) map[string]goPackage {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-deps", "-json=ImportPath,Standard,Imports,Deps", module+"/...")
	cmd.Env = append(os.Environ(), "GOOS="+p.os, "GOARCH="+p.arch, "CGO_ENABLED="+p.cgo)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if errors.Is(err, exec.ErrNotFound) {
		t.Skip("needs the go command: not installed")
	}
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	packages := map[string]goPackage{}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var g goPackage
		err := d.Decode(&g)
		if errors.Is(err, io.EOF) {
			return packages
		}
		if err != nil {
			t.Fatal(err)
		}
		packages[g.ImportPath] = g
	}
}

func TestArrows(t *testing.T) {
	for _, p := range platforms() {
		t.Run(path.Join(p.os, p.arch, "cgo"+p.cgo), func(t *testing.T) {
			packages := list(t, p)
			for _, rule := range allowances() {
				g, ok := packages[rule.pkg]
				if !ok {
					continue // not for this platform
				}
				for _, dep := range g.Deps {
					if packages[dep].Standard || standard(dep) || slices.ContainsFunc(rule.deps, func(allow string) bool { return covers(allow, dep) }) {
						continue
					}
					t.Errorf("%s is built from %s: %s", rule.pkg, dep, rule.reason)
				}
			}
			for name, g := range packages {
				if !strings.HasPrefix(name, module) {
					continue
				}
				for _, dep := range g.Imports {
					checkImport(t, name, dep)
				}
			}
		})
	}
}

// A rule for a package that is not there, its name mistyped or of old, would hold nothing. All packages
// are for this platform.
func TestRulesAreOfPackages(t *testing.T) {
	packages := list(t, platform{"linux", "amd64", "1"})
	for _, rule := range allowances() {
		if _, ok := packages[rule.pkg]; !ok {
			t.Errorf("there is no package %s", rule.pkg)
		}
	}
	for library, importers := range soleImporters() {
		for _, name := range importers {
			if !slices.ContainsFunc(packages[name].Imports, func(dep string) bool { return covers(library+"/...", dep) }) {
				t.Errorf("%s does not import %s", name, library)
			}
		}
	}
}

// checkImport holds one import of a package of ours against the rules for all of them.
func checkImport(t *testing.T, name, dep string) {
	t.Helper()
	trainer := module + "/trainer"
	if covers(trainer+"/...", dep) && !covers(trainer+"/...", name) {
		t.Errorf("%s imports %s: nothing stands on the trainer", name, dep)
	}
	if covers(module+"/mobile", dep) {
		t.Errorf("%s imports %s: the facade is for other languages", name, dep)
	}
	if covers(module+"/internal/testworld", dep) {
		t.Errorf("%s imports %s: it is for tests only", name, dep)
	}
	for library, importers := range soleImporters() {
		if covers(library+"/...", dep) && !slices.Contains(importers, name) {
			t.Errorf("%s imports %s: only %v may, so that it can be replaced there", name, dep, importers)
		}
	}
}

// covers reports whether an entry of an allowlist covers a package.
func covers(allow, dep string) bool {
	if base, below := strings.CutSuffix(allow, "/..."); below {
		return dep == base || strings.HasPrefix(dep, base+"/")
	}
	return dep == allow
}

// standard reports whether a path without a domain is of the standard library: go list leaves out
// what some pseudo-packages are.
func standard(dep string) bool {
	first, _, _ := strings.Cut(dep, "/")
	return !strings.Contains(first, ".")
}
