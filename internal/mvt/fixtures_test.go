package mvt_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sort"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/mvt"
	"github.com/loc2vec/loc2vec/internal/wire"
)

// nodeModules is where the npm packages of the tests are.
const nodeModules = "../../build/node"

// asOurs returns a tile for each layer of a tile, with the layer as a Decoder takes it: under the name of one of our
// layers, with our extent. Everything else stays as it is. A layer without a name stays without one.
func asOurs(tile []byte) (tiles map[string][]byte, err error) {
	tiles = map[string][]byte{}
	r := wire.NewReader(tile)
	for r.Next() {
		if r.Field != 3 || r.Type != wire.Bytes {
			continue
		}
		var layer []byte
		name, extent := "", false
		l := wire.NewReader(r.Bytes)
		for l.Next() {
			switch {
			case l.Field == 1 && l.Type == wire.Bytes:
				name = string(l.Bytes)
				layer = wire.AppendBytes(layer, 1, []byte(loc2vec.Path.String()))
			case l.Field == 5 && l.Type == wire.Varint:
				extent = true
				layer = wire.AppendVarint(layer, 5, loc2vec.Extent)
			case l.Type == wire.Bytes:
				layer = wire.AppendBytes(layer, l.Field, l.Bytes)
				extent = extent || l.Field == 5
			case l.Type == wire.Varint:
				layer = wire.AppendVarint(layer, l.Field, l.Value)
			default:
				return nil, fmt.Errorf("%w: wire type %d", loc2vec.ErrCorrupt, l.Type)
			}
		}
		if l.Err() != nil {
			return nil, l.Err()
		}
		if !extent {
			layer = wire.AppendVarint(layer, 5, loc2vec.Extent)
		}
		tiles[name] = wire.AppendBytes(nil, 3, layer)
	}
	return tiles, r.Err()
}

// layerParts is what a layer holds, as testdata/readlayers.mjs describes it.
type layerParts struct {
	Parts int
	Hash  string
}

// decodeLayer returns what a Decoder reads of a tile.
func decodeLayer(tile []byte) (got layerParts, err error) {
	var d mvt.Decoder
	sum := sha256.New()
	err = d.Decode(tile, func(p *loc2vec.Part) {
		writePart(sum, p)
		got.Parts++
	})
	got.Hash = hex.EncodeToString(sum.Sum(nil))
	return got, err
}

func writePart(sum hash.Hash, p *loc2vec.Part) {
	line := fmt.Appendf(nil, "%d", p.Kind)
	for _, q := range p.Points {
		line = fmt.Appendf(line, " %d,%d", q.X, q.Y)
	}
	sum.Write(append(line, '\n'))
}

// readWithNode returns what @mapbox/vector-tile reads of each layer of the tiles.
func readWithNode(t *testing.T, paths []string) (all []map[string]layerParts) {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("needs node: not installed")
	}
	script, err := filepath.Abs("testdata/readlayers.mjs")
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(t.TempDir(), "list")
	if err := os.WriteFile(list, []byte(strings.Join(paths, "\n")), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(node, script, list)
	cmd.Dir, cmd.Stderr = nodeModules, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("node: %v", err)
	}
	if err := json.Unmarshal(out, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// fixture is a tile of @mapbox/mvt-fixtures.
type fixture struct {
	name, path string
	valid      bool
	fatal      bool
}

// fixtures returns the tiles of @mapbox/mvt-fixtures: made ones, of which each shows a rule of the specification, and
// real ones.
func fixtures(t *testing.T) (all []fixture) {
	t.Helper()
	folder, err := filepath.Abs(filepath.Join(nodeModules, "node_modules/@mapbox/mvt-fixtures"))
	if err != nil {
		t.Fatal(err)
	}
	infos, _ := filepath.Glob(filepath.Join(folder, "fixtures/*/info.json"))
	if len(infos) == 0 {
		t.Skipf("needs the npm package @mapbox/mvt-fixtures in %s: not installed", nodeModules)
	}
	for _, path := range infos {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var info struct {
			Validity struct {
				V2    bool
				Error string
			}
		}
		if err := json.Unmarshal(text, &info); err != nil {
			t.Fatal(err)
		}
		dir := filepath.Dir(path)
		all = append(all, fixture{filepath.Base(dir), filepath.Join(dir, "tile.mvt"), info.Validity.V2, info.Validity.Error == "fatal"})
	}
	real, _ := filepath.Glob(filepath.Join(folder, "real-world/*/*.mvt"))
	for _, path := range real {
		all = append(all, fixture{filepath.Base(filepath.Dir(path)) + "/" + filepath.Base(path), path, true, false})
	}
	return all
}

// bounds are the errors that name a bound of ours that a valid tile may break.
var bounds = []string{"has a coordinate beyond", "the size of a feature is not a number up to 65535"}

// exceptions are tiles that the suite calls valid, and why they are refused.
var exceptions = map[string]string{
	"057": "a count of points beyond the data, which the suite calls fatal in 051",
}

// TestFixtures: every valid tile of @mapbox/mvt-fixtures decodes to what @mapbox/vector-tile reads, or to an error
// that names the bound it breaks; every fatal one is an error; and none allocates beyond a multiple of its size.
func TestFixtures(t *testing.T) {
	all := fixtures(t)
	var paths []string
	var valid []fixture
	fatal, refused := 0, 0
	for _, f := range all {
		tile, err := os.ReadFile(f.path)
		if err != nil {
			t.Fatal(err)
		}
		layers, err := asOurs(tile)
		limit := uint64(16<<10 + 16*len(tile))
		if used := allocated(func() {
			for _, layer := range layers {
				var d mvt.Decoder
				err = errors.Join(err, d.Decode(layer, func(*loc2vec.Part) {}))
			}
		}); used > limit {
			t.Errorf("%s: %d bytes allocated for %d", f.name, used, len(tile))
		}
		switch {
		case f.valid:
			valid, paths = append(valid, f), append(paths, f.path)
		case f.fatal:
			fatal++
			if err == nil {
				t.Errorf("%s is fatal, and decodes", f.name)
				continue
			}
			refused++
		}
		if err != nil && !errors.Is(err, loc2vec.ErrCorrupt) && !errors.Is(err, loc2vec.ErrVersion) {
			t.Errorf("%s: %v", f.name, err)
		}
	}
	equal := 0
	var beyond []string
	for i, want := range readWithNode(t, paths) {
		f := valid[i]
		tile, err := os.ReadFile(f.path)
		if err != nil {
			t.Fatal(err)
		}
		layers, err := asOurs(tile)
		if err != nil {
			t.Errorf("%s: %v", f.name, err)
			continue
		}
		same := true
		for name, w := range want {
			got, err := decodeLayer(layers[name])
			switch {
			case err == nil && got == w:
				continue
			case err != nil && namesBound(err):
				beyond = append(beyond, fmt.Sprintf("%s: %v", f.name, err))
			case err != nil && exceptions[f.name] != "":
				beyond = append(beyond, f.name+": "+exceptions[f.name])
			default:
				t.Errorf("%s, layer %s: %+v, %v, want %+v", f.name, name, got, err, w)
			}
			same = false
		}
		if same {
			equal++
		}
	}
	sort.Strings(beyond)
	t.Logf("%d of %d valid tiles equal, %d of %d fatal ones refused; bounds:\n%s", equal, len(valid), refused, fatal, strings.Join(beyond, "\n"))
}

func namesBound(err error) bool {
	for _, text := range bounds {
		if strings.Contains(err.Error(), text) {
			return true
		}
	}
	return false
}

// allocated returns how many bytes f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
