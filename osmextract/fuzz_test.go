package osmextract

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/loc2vec/loc2vec/pack"
)

// FuzzExtractPBF checks that no input makes the extraction panic, and that a result is a valid pack. Run
// it with -fuzzminimizetime 10x: goroutines make the coverage of an input vary, so the fuzzing engine
// would spend its time on minimising.
func FuzzExtractPBF(f *testing.F) {
	e := extractFile{box: region()}
	e.ways = []testWay{
		{1, e.square(1, 0, 0, 500), "landuse=forest"}, {2, e.square(11, 0, 0, 100), "building=yes"},
		{3, []int64{1, 11, 12, 3}, "highway=primary lanes=2"}, {4, []int64{2, 13, 99}, "natural=coastline"},
	}
	e.nodes = append(e.nodes, testNode{31, centre(), "shop=bakery"})
	e.relations = []testRelation{{1, "outer:1 inner:2", "type=multipolygon"}}
	f.Add(e.bytes())
	e.box = nil
	f.Add(e.bytes())
	f.Add([]byte{0, 0, 0, 13})
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		path := filepath.Join(dir, "fuzz.osm.pbf")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		var out bytes.Buffer
		if _, err := Extract(ctx, &out, Options{Files: []string{path}, TempDir: dir, Procs: 1}); err != nil {
			return
		}
		pack, err := pack.Open(bytes.NewReader(out.Bytes()), int64(out.Len()))
		if err != nil {
			t.Fatal(err)
		}
		if err := pack.Verify(); err != nil {
			t.Fatal(err)
		}
	})
}
