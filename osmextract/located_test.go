package osmextract

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec/internal/osmtestdata"
)

// locatedFile is a file with a road, a lake, a wood with a clearing and a shop. All nodes but the shop's
// are untagged.
func locatedFile() extractFile {
	e := extractFile{box: region()}
	lake, wood, clearing := e.square(1, 0, 0, 400), e.square(11, 1000, 0, 800), e.square(21, 1200, 200, 300)
	e.nodes = append(e.nodes, testNode{31, centre().Offset(50, 50), "shop=bakery"})
	e.ways = []testWay{
		{1, lake, "natural=water"}, {2, wood[:3], ""}, {3, append(wood[2:4:4], wood[0]), ""}, {4, clearing, ""},
		{5, []int64{1, 11, 31, 21}, "highway=residential"},
	}
	e.relations = []testRelation{{1, "outer:2 outer:3 inner:4", "type=multipolygon landuse=forest"}}
	return e
}

// A way that carries the coordinates of its nodes is drawn from them. Files may leave its untagged nodes
// out, and may mix such ways with others.
func TestLocatedWays(t *testing.T) {
	e := locatedFile()
	want, stats := extractOf(t, Options{Files: []string{e.write(t)}})
	if a := areasIn(t, want); a["water"] < 1.5e5 || a["vegetation"] < 5e5 || stats.MissingNodes != 0 {
		t.Fatalf("areas %v, %+v", a, stats)
	}
	needed := func(id int64) bool { return id <= 4 || id >= 31 }
	tests := []struct {
		name     string
		located  func(way int64) bool
		feature  bool
		keepNode func(id int64) bool
	}{
		{"without untagged nodes", func(int64) bool { return true }, true, func(id int64) bool { return id == 31 }},
		{"with all nodes", func(int64) bool { return true }, true, func(int64) bool { return true }},
		{"without the feature in the header", func(int64) bool { return true }, false, func(id int64) bool { return id == 31 }},
		{"mixed", func(way int64) bool { return way != 1 }, false, needed},
	}
	for _, test := range tests {
		low := locatedFile()
		low.located, low.locatedFeature, low.keepNode = test.located, test.feature, test.keepNode
		path := low.write(t)
		for _, procs := range []int{1, 4} {
			got, stats := extractOf(t, Options{Files: []string{path}, Procs: procs})
			if g, w := got.Metadata().ContentSHA256, want.Metadata().ContentSHA256; g != w || stats.MissingNodes+stats.Areas.MissingNodes > 0 {
				t.Errorf("%s: contents %s, want %s; %+v", test.name, g, w, stats)
			}
		}
		if test.name == "mixed" {
			continue // paulmach/osm leaves out what it cannot pair
		}
		got, _ := extractOf(t, Options{Sources: []Source{Scan(Info{Name: "scanned", Box: low.box}, scannerOf(t, path))}})
		if g, w := got.Metadata().ContentSHA256, want.Metadata().ContentSHA256; g != w {
			t.Errorf("%s, scanned by paulmach/osm: contents %s, want %s", test.name, g, w)
		}
	}
}

// A node of a located way whose location its writer did not know is missing, unless the file holds it.
func TestLocatedWaysWithoutALocation(t *testing.T) {
	low := locatedFile()
	low.located = func(int64) bool { return true }
	low.keepNode = func(id int64) bool { return id != 2 }
	for i := range low.nodes {
		if low.nodes[i].id == 1 || low.nodes[i].id == 2 { // node 1 stays in the file, at its own place
			low.unknown = append(low.unknown, low.nodes[i].id)
		}
	}
	pack, stats := extractOf(t, Options{Files: []string{low.write(t)}})
	if stats.MissingNodes != 1 || stats.Unplaced != 0 {
		t.Errorf("%d missing, %d unplaced nodes, want 1 and 0", stats.MissingNodes, stats.Unplaced)
	}
	if got := areasIn(t, pack)["water"]; got < 7.9e4 || got > 8.1e4 {
		t.Errorf("%.0f m² of water, want the triangle of the other corners, 80000", got)
	}
}

// What osmium makes of a real extract is the same map in each of its forms: with and without untagged
// nodes, compressed in each way, as XML, and merged with a file of another form.
func TestOsmiumFormsAgree(t *testing.T) {
	if _, err := exec.LookPath("osmium"); err != nil {
		t.Skip("needs osmium-tool: not installed")
	}
	dir, path := t.TempDir(), osmtestdata.Path(t, "monaco")
	want, stats := extractOf(t, Options{Files: []string{path}})
	tests := []struct{ name, args string }{
		{"located.osm.pbf", "add-locations-to-ways"},
		{"located-all-nodes.osm.pbf", "add-locations-to-ways --keep-untagged-nodes"},
		{"located-lz4.osm.pbf", "add-locations-to-ways -f pbf,pbf_compression=lz4"},
		{"located-plain-nodes.osm.pbf", "add-locations-to-ways -f pbf,pbf_dense_nodes=false"},
		{"located.osm.gz", "add-locations-to-ways"},
		{"lz4.osm.pbf", "cat -f pbf,pbf_compression=lz4"},
		{"raw.osm.pbf", "cat -f pbf,pbf_compression=none"},
	}
	for _, test := range tests {
		out := filepath.Join(dir, test.name)
		if err := runOsmium(append(strings.Fields(test.args), path, "-o", out)...); err != nil {
			t.Error(err)
			continue
		}
		got, s := extractOf(t, Options{Files: []string{out}})
		if g, w := got.Metadata().ContentSHA256, want.Metadata().ContentSHA256; g != w {
			t.Errorf("%s: contents %s, want %s", test.name, g, w)
		}
		if s.Ways != stats.Ways || s.Relations != stats.Relations || s.MissingNodes != stats.MissingNodes {
			t.Errorf("%s: %+v, want %+v", test.name, s, stats)
		}
	}
}

// runOsmium runs osmium.
func runOsmium(args ...string) error {
	var stderr bytes.Buffer
	cmd := exec.Command("osmium", args...)
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("osmium %s: %w: %s", strings.Join(args, " "), err, stderr.String())
	}
	return nil
}
