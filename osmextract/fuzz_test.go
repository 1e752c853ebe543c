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
	f.Fuzz(func(t *testing.T, data []byte) { extractFuzzed(t, "fuzz.osm.pbf", data) })
}

// FuzzExtractXML checks that no input makes the extraction of XML panic, and that a result is a valid
// pack.
func FuzzExtractXML(f *testing.F) {
	f.Add([]byte(`<osm><bounds minlat="50" minlon="7" maxlat="50.1" maxlon="7.2"/><node id="1" lat="50.05" lon="7.1"><tag k="shop" v="bakery"/></node>` +
		`<node id="2" lat="50.06" lon="7.1"/><node id="-3" lat="50.05" lon="7.11"/><way id="1"><nd ref="1"/><nd ref="2" lat="50.06" lon="7.1"/><nd ref="-3"/>` +
		`<nd ref="1"/><tag k="building" v="yes"/></way><relation id="1"><member type="way" ref="1" role="outer"/><tag k="type" v="multipolygon"/></relation></osm>`))
	f.Add([]byte(`<osm><!-- c --><![CDATA[<a>]]><way id="1"/></osm>`))
	f.Fuzz(func(t *testing.T, data []byte) { extractFuzzed(t, "fuzz.osm", data) })
}

// extractFuzzed extracts a file of the given name. If that gives a pack, the pack must be valid.
func extractFuzzed(t *testing.T, name string, data []byte) {
	dir := t.TempDir()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	var out bytes.Buffer
	if _, err := Extract(ctx, &out, Options{Files: []string{path}, TempDir: dir, Procs: 1}); err != nil {
		return
	}
	p, err := pack.Open(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Verify(t.Context()); err != nil {
		t.Fatal(err)
	}
}
