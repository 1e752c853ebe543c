// Package architecture tests that the imports between packages follow ARCHITECTURE.md. It contains nothing else.
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

// allowed lists the packages that a package may be built from, in addition to itself and the standard library. A path
// that ends in "/..." includes everything below it. Indirect imports count.
type allowed struct {
	pkg    string
	deps   []string
	reason string
}

// root lists the packages of the contracts.
var root = []string{module, module + "/internal/detmath", module + "/internal/hilbert"}

// tiles lists the packages that read and write vector tiles.
var tiles = slices.Concat([]string{
	module + "/internal/mvt", module + "/internal/wire", module + "/internal/deflate",
	"github.com/klauspost/compress/...", // inflates tiles
}, root)

// core lists what every app contains: the readers of packs and bundles.
var core = slices.Concat([]string{
	module + "/pack", module + "/bundle", module + "/raster", module + "/internal/format",
	module + "/internal/coast",     // the sea of neighbouring packs
	module + "/internal/contextio", // verification that can be cancelled
}, tiles)

// maps lists the libraries of OpenStreetMap elements and geometries.
var maps = []string{
	"github.com/paulmach/osm/...", "github.com/paulmach/orb/...",
	"go.mongodb.org/mongo-driver/...", // imported by orb/geojson, orb/maptile and osm
}

func allowances() []allowed {
	phone := append([]string{
		module + "/internal/kernel", module + "/internal/int8net", module + "/internal/onnx",
		module + "/sdk/internal/atomicfile", // writes indices, classes and installed files
		"golang.org/x/sys/cpu",              // instruction sets of the processor
		"github.com/yalue/onnxruntime_go",   // one of the two engines, in builds with cgo
	}, core...)
	hash := []string{"golang.org/x/crypto/blake2b"}
	return []allowed{
		{module, root, "the contracts must not change with a dependency"},
		{module + "/internal/mvt", tiles, "every app reads tiles"},
		{module + "/internal/wire", root, "every app reads messages"},
		{module + "/internal/coast", root, "extraction and phones trace the same sea"},
		{module + "/internal/contextio", nil, "every app can cancel a verification"},
		{module + "/pack", append([]string{module + "/internal/format", module + "/internal/coast", module + "/internal/contextio"}, tiles...), "every app reads packs"},
		{module + "/bundle", core, "every app reads bundles"},
		{module + "/area", root, "every app can cut packs"},
		{module + "/raster", root, "rasters depend on the contracts alone, in training and on the phone"},
		{module + "/internal/kernel", []string{"golang.org/x/sys/cpu"}, "training and phones share the hot loops"},
		{module + "/internal/onnx", append([]string{module + "/internal/wire"}, root...), "every app reads models"},
		{module + "/internal/int8net", append([]string{
			module + "/internal/kernel", module + "/internal/onnx", module + "/internal/wire", "golang.org/x/sys/cpu"}, root...),
			"the engine in Go is small enough for every app"},
		{module + "/internal/textfile", append([]string{"github.com/klauspost/compress/...", "golang.org/x/text/..."}, root...),
			"text files are read by extraction and training alike"},
		{module + "/internal/geojson", append([]string{
			module + "/internal/textfile", "github.com/klauspost/compress/...", "golang.org/x/text/..."}, root...),
			"GeoJSON files are read by extraction and training alike"},
		{module + "/sdk", phone, "every dependency adds to the size of apps, and to the lines that an audit must read"},
		{module + "/sdk/base", nil, "the model is data: the program that opens it imports the engine"},
		{module + "/sdk/store", slices.Concat([]string{module + "/sdk"}, hash, phone),
			"the store needs only what the sdk is built from, and minisign's hash function"},
		{module + "/mobile", slices.Concat([]string{module + "/sdk", module + "/sdk/store", module + "/area", "golang.org/x/mobile/..."}, hash, phone),
			"the facade only converts types"},
		{module + "/osmextract/schema", slices.Concat(maps, core), "the rules depend on tags alone"},
		{module + "/osmextract", slices.Concat([]string{
			module + "/osmextract/schema", module + "/osmextract/internal/...",
			module + "/internal/geojson", module + "/internal/textfile", // water polygons
			module + "/internal/xmllimit",
			"golang.org/x/text/...",         // UTF-16
			"github.com/pierrec/lz4/v4/...", // inflates PBF files
		}, maps, core), "extraction depends on maps, not on networks"},
		{module + "/osmextract/postgis", slices.Concat([]string{
			module + "/osmextract/...", module + "/internal/geojson", module + "/internal/textfile", module + "/internal/xmllimit",
			"github.com/jackc/pgx/v5/...", "github.com/jackc/pgpassfile", "github.com/jackc/pgservicefile",
			"golang.org/x/text/...", // UTF-16; normalises passwords
			"github.com/pierrec/lz4/v4/...",
		}, maps, core), "a database is another source of maps"},
	}
}

// soleImporters lists, for libraries that should be easy to replace, the only packages that may import them.
func soleImporters() map[string][]string {
	return map[string][]string{
		"gorgonia.org/gorgonia":            {module + "/trainer/internal/net"},
		"github.com/yalue/onnxruntime_go":  {module + "/sdk"},
		"github.com/jackc/pgx/v5":          {module + "/osmextract/postgis", module + "/internal/postgrestest"},
		"github.com/pierrec/lz4/v4":        {module + "/osmextract/internal/pbf"},
		"github.com/parquet-go/parquet-go": {module + "/trainer/internal/geoparquet"},
		"github.com/andybalholm/brotli":    {module + "/trainer/internal/geoparquet/internal/parquetfile"},
		"aead.dev/minisign":                {module + "/trainer/loc2vec"},
		"github.com/golang/geo":            {module + "/trainer/internal/cells"},
		"github.com/spf13/cobra":           {module + "/trainer/loc2vec"},
		"github.com/spf13/pflag":           {module + "/trainer/loc2vec"},
	}
}

// testPackages lists the packages that only tests may import.
func testPackages() []string {
	return []string{
		module + "/internal/budget", module + "/internal/testworld", module + "/internal/mvt/mvttest", module + "/internal/onnx/onnxtest",
		module + "/internal/qemutest", module + "/internal/chromiumtest", module + "/internal/postgrestest",
	}
}

// platform is a build configuration.
type platform struct{ os, arch, cgo string }

func platforms() []platform {
	return []platform{
		{"linux", "amd64", "0"}, {"linux", "amd64", "1"}, {"linux", "arm64", "0"},
		{"android", "arm64", "0"}, {"android", "arm64", "1"}, {"ios", "arm64", "1"}, {"windows", "amd64", "0"},
		{"js", "wasm", "0"},
	}
}

// goPackage is the output of go list for a package.
type goPackage struct {
	ImportPath string
	Standard   bool
	Imports    []string
	Deps       []string
}

// list returns the packages of the module and of everything that they are built from.
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
					continue // does not exist on this platform
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

// TestRulesAreOfPackages: every rule names an existing package. All packages exist on this platform.
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

// checkImport checks one import of a package of the module.
func checkImport(t *testing.T, name, dep string) {
	t.Helper()
	trainer := module + "/trainer"
	if covers(trainer+"/...", dep) && !covers(trainer+"/...", name) {
		t.Errorf("%s imports %s: only the trainer may import the trainer", name, dep)
	}
	if covers(module+"/mobile", dep) {
		t.Errorf("%s imports %s: the facade is for other languages only", name, dep)
	}
	if slices.Contains(testPackages(), dep) && !slices.Contains(testPackages(), name) {
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

// standard reports whether a package is of the standard library, by its path: go list does not list some
// pseudo-packages.
func standard(dep string) bool {
	first, _, _ := strings.Cut(dep, "/")
	return !strings.Contains(first, ".")
}
