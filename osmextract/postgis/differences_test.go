//go:build linux

package postgis

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// sketch is a map of a few elements in OPL, a line for each: nodes on a lattice of 0.0001 degrees, and
// ways and relations of them.
type sketch struct {
	nodes map[string]int // by "x,y"
	lines []string
	ways  int
	// antimeridian puts lattice point 10 at 180° of longitude.
	antimeridian bool
}

// way adds a way through lattice points, "0,0 10,0 10,10". A suffix of a point makes a different node at
// the same position.
func (s *sketch) way(tags, points string) {
	var refs []string
	for _, p := range strings.Fields(points) {
		if _, ok := s.nodes[p]; !ok {
			s.nodes[p] = len(s.nodes) + 1
		}
		refs = append(refs, fmt.Sprint("n", s.nodes[p]))
	}
	s.ways++
	s.lines = append(s.lines, fmt.Sprintf("w%d v1 dV T%s N%s", s.ways, tags, strings.Join(refs, ",")))
}

// relation adds a multipolygon; members are "w1@outer,w2@inner".
func (s *sketch) relation(tags, members string) {
	s.lines = append(s.lines, fmt.Sprintf("r%d v1 dV Ttype=multipolygon,%s M%s", len(s.lines)+1, tags, members))
}

// write converts the map to PBF.
func (s *sketch) write(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	for p, id := range s.nodes {
		var x, y int
		if _, err := fmt.Sscanf(p, "%d,%d", &x, &y); err != nil {
			t.Fatal(err)
		}
		lon := 7 + float64(x)*1e-4
		if s.antimeridian {
			lon = 180 + float64(x-10)*1e-4
			if x > 10 {
				lon -= 360
			}
		}
		fmt.Fprintf(&b, "n%d v1 dV x%.7f y%.7f\n", id, lon, 50+float64(y)*1e-4)
	}
	b.WriteString(strings.Join(s.lines, "\n") + "\n")
	opl, pbf := filepath.Join(t.TempDir(), "map.opl"), filepath.Join(t.TempDir(), "map.osm.pbf")
	if err := os.WriteFile(opl, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("osmium", "sort", opl, "-o", pbf).CombinedOutput(); err != nil {
		t.Fatalf("osmium sort: %v\n%s", err, out)
	}
	return pbf
}

// Each cause of a difference alone, and what might cause one but does not.
func TestDifferences(t *testing.T) {
	if _, err := exec.LookPath("osmium"); err != nil {
		t.Skip("needs osmium-tool: not installed")
	}
	c := server.start(t)
	const outer, inner = "0,0 20,0 20,20 0,20 0,0", "5,5 15,5 15,15 5,15 5,5"
	tests := []struct {
		name string
		draw func(s *sketch)
		// Expected differences for each style, by layer and kind.
		flex, pgsql map[string]difference
	}{
		{name: "closed ways, lines and areas", draw: func(s *sketch) {
			s.way("building=yes", outer)
			s.way("highway=pedestrian", inner)
			s.way("highway=pedestrian,area=yes", "30,0 40,0 40,10 30,10 30,0")
			s.way("natural=tree_row", "30,20 40,20 40,30 30,30 30,20")
			s.way("leisure=track", "50,20 60,20 60,30 50,30 50,20")
			s.way("highway=residential", "0,0 90,90")
		}},
		{name: "relation with a hole, its tag repeated", draw: func(s *sketch) {
			s.way("landuse=forest", outer)
			s.way("natural=water", inner)
			s.relation("landuse=forest", "w1@outer,w2@inner")
		}},
		{name: "rings that touch", draw: func(s *sketch) {
			s.way("", "0,0 20,0 20,20 0,20 0,0")
			s.way("", "0,0 10,5 5,10 0,0")
			s.relation("landuse=forest", "w1@outer,w2@inner")
		}},
		{name: "island", draw: func(s *sketch) {
			s.way("natural=coastline,place=island", outer)
			s.way("highway=residential", "5,5 15,15")
		}},
		{name: "old-style multipolygon of one outer way", draw: func(s *sketch) {
			s.way("landuse=forest", outer)
			s.way("", inner)
			s.relation("source=survey", "w1@outer,w2@inner")
		}, pgsql: map[string]difference{"vegetation area": {1, 0}}}, // the hole
		{name: "old-style multipolygon of two outer ways", draw: func(s *sketch) {
			s.way("landuse=forest", "0,0 20,0 20,20")
			s.way("landuse=forest", "20,20 0,20 0,0")
			s.relation("source=survey", "w1@outer,w2@outer")
		}, pgsql: map[string]difference{"vegetation area": {1, 0}}},
		{name: "way that crosses itself", draw: func(s *sketch) {
			s.way("landuse=forest", "0,0 20,20 20,0 2,10 0,0")
			s.way("landuse=meadow", "30,0 40,0 40,10 30,0")
		}, pgsql: map[string]difference{"vegetation area": {2, 0}}}, // its two lobes
		{name: "relation cut off", draw: func(s *sketch) {
			s.way("landuse=forest", "0,0 20,0 20,20 0,20 0,0")
			s.way("", "30,0 40,0 40,10")
			s.relation("natural=water", "w1@outer,w2@outer,w99@outer")
		}, flex: map[string]difference{"water area": {1, 0}}, pgsql: map[string]difference{"water area": {1, 0}}},
		{name: "way that ends in another node at its start", draw: func(s *sketch) {
			s.way("man_made=pier", "0,0 20,0 20,5 0,5 0,0again")
		}},
		{name: "across the antimeridian", draw: func(s *sketch) {
			s.antimeridian = true
			s.way("landuse=forest", outer)
			s.way("", inner)
			s.way("highway=residential", "0,10 5,12 15,8 20,10")
			s.way("building=yes", "8,1 12,1 12,4 8,4 8,1")
			s.relation("natural=water", "w2@outer")
		}, pgsql: map[string]difference{"minor_road line": {2, 802}}}, // split around the world
		{name: "river of 150 km", draw: func(s *sketch) {
			s.way("waterway=river", "0,0 7000,11111")
		}, pgsql: map[string]difference{"water line": {100, 100}}},
	}
	for i, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := &sketch{nodes: map[string]int{}}
			test.draw(s)
			path := s.write(t)
			want := marks(t, extractFile(t, path))
			for _, style := range []struct {
				name  string
				args  []string
				diffs map[string]difference
			}{{"flex", flexStyle, test.flex}, {"pgsql", pgsqlStyle, test.pgsql}} {
				name := c.load(t, fmt.Sprintf("sketch%d_%s", i, style.name), path, style.args...)
				pack, _ := extractDatabase(t, c.DSN("postgres", name), nil)
				got := differences(want, marks(t, pack))
				if explained := maps.EqualFunc(got, style.diffs, func(d, most difference) bool {
					return d.missing <= most.missing && d.extra <= most.extra
				}); !explained {
					t.Errorf("%s: %v, explained are %v", style.name, got, style.diffs)
				}
			}
		})
	}
}
