package osmextract

import (
	"bufio"
	"cmp"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/paulmach/orb/geojson"
	"github.com/paulmach/orb/planar"
	"github.com/paulmach/osm"

	"github.com/loc2vec/loc2vec/internal/osmtestdata"
	"github.com/loc2vec/loc2vec/osmextract/internal/pbf"

	"github.com/loc2vec/loc2vec/osmextract/internal/grid"

	"github.com/loc2vec/loc2vec/osmextract/internal/multipolygon"
)

// sharedOSM returns the path of an extract in a folder beside the repository, or "" without it.
func sharedOSM(name string) string {
	path := filepath.Join("..", "..", "shared", "osm", name+".osm.pbf")
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	return path
}

// TestAreasEqualOsmium assembles each multipolygon and boundary relation and compares the area in square
// degrees with that of "osmium export". All areas of osmium must be equal. We have more: closed rings of
// outlines with gaps, and outlines that cross themselves, which the test lists.
func TestAreasEqualOsmium(t *testing.T) {
	if _, err := exec.LookPath("osmium"); err != nil {
		t.Skip("needs osmium-tool: not installed")
	}
	tests := []struct {
		name    string
		crossed []int64 // relations whose outline crosses itself
	}{
		{"monaco", nil},
		{"delaware", []int64{3486421, 6366360}},
		{"malta-2016-11", nil},
		{"bahamas-2015-06", []int64{71, 88, 153, 240}},
		{"us-virgin-islands-2023-10", nil},
		{"helsinki-centre-2019-04", nil},
		{"munich-centre-2020-07", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := sharedOSM(test.name)
			if _, err := osmtestdata.Lookup(test.name); err == nil {
				path = osmtestdata.Path(t, test.name)
			}
			if path == "" {
				t.Skip("needs an extract that does not come with the repository")
			}
			theirs, ours := osmiumAreas(t, path), relationAreas(t, path)
			for id, area := range theirs {
				if got, ok := ours[id]; !ok || math.Abs(got.area-area) > 1e-6*area {
					t.Errorf("relation %d: area %g (open %v), osmium has %g", id, got.area, got.open, area)
				}
			}
			var crossed []int64
			for id, got := range ours {
				if _, ok := theirs[id]; ok || got.open {
					continue
				}
				crossed = append(crossed, id)
				if !crossesItself(got.lines) {
					t.Errorf("relation %d: area %g, osmium has none", id, got.area)
				}
			}
			slices.Sort(crossed)
			if !slices.Equal(crossed, test.crossed) {
				t.Errorf("outlines that cross themselves: relations %v, want %v", crossed, test.crossed)
			}
			if len(theirs) == 0 {
				t.Error("osmium has no areas at all")
			}
		})
	}
}

// osmiumAreas returns the areas of relations, by id, as osmium assembles them.
func osmiumAreas(t *testing.T, path string) map[int64]float64 {
	t.Helper()
	out := filepath.Join(t.TempDir(), "areas.geojsonseq")
	cmd := exec.Command("osmium", "export", path, "-o", out, "-f", "geojsonseq", "-x", "print_record_separator=false",
		"--keep-untagged", "--geometry-types=polygon", "-u", "type_id")
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("osmium: %v: %s", err, text)
	}
	f, err := os.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	areas := map[int64]float64{}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 256<<20)
	for lines.Scan() {
		var id struct{ ID string }
		if err := json.Unmarshal(lines.Bytes(), &id); err != nil {
			t.Fatal(err)
		}
		number, err := strconv.ParseInt(strings.TrimPrefix(id.ID, "a"), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		if number%2 == 0 {
			continue // a way
		}
		feature, err := geojson.UnmarshalFeature(lines.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		areas[number/2] = planar.Area(feature.Geometry)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return areas
}

type assembledArea struct {
	area  float64
	open  bool
	lines [][]grid.Location
}

// relationAreas assembles all multipolygon and boundary relations of a file.
func relationAreas(t *testing.T, path string) map[int64]assembledArea {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	file, err := pbf.Open(f, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	relations, ways := map[int64][]int64{}, map[int64][]int64{}
	var chunks []nodeChunk
	var d pbf.Decoder
	visit := func(o osm.Object) error {
		switch o := o.(type) {
		case *osm.Node:
			at, _ := grid.LocationOf(o.Lat, o.Lon)
			chunks = appendNode(chunks, int64(o.ID), at)
		case *osm.Way:
			for _, n := range o.Nodes {
				ways[int64(o.ID)] = append(ways[int64(o.ID)], int64(n.ID))
			}
		case *osm.Relation:
			if kind := o.Tags.Find("type"); kind != "multipolygon" && kind != "boundary" {
				return nil
			}
			for _, m := range o.Members {
				if m.Type == osm.TypeWay {
					relations[int64(o.ID)] = append(relations[int64(o.ID)], m.Ref)
				}
			}
		}
		return nil
	}
	for _, b := range file.Blobs {
		if err := d.Decode(file, b, pbf.Nodes|pbf.Ways|pbf.Relations, visit); err != nil {
			t.Fatal(err)
		}
	}
	finder := newNodeFinder(newNodeTable(chunks))
	areas := map[int64]assembledArea{}
	for id, members := range relations {
		var lines [][]grid.Location
		missing := false
		slices.Sort(members)
		for _, m := range slices.Compact(members) {
			var line []grid.Location
			for _, n := range ways[m] {
				at, ok := finder.find(n)
				if !ok {
					missing = true
					continue
				}
				line = append(line, at)
			}
			missing = missing || len(ways[m]) == 0
			lines = append(lines, line)
		}
		made := new(multipolygon.Assembler).Assemble(multipolygon.Outline{Lines: lines})
		polygons, open := made.Polygons, made.Open
		sum := 0.0
		for _, p := range polygons {
			for i, r := range p.Rings {
				area := math.Abs(multipolygon.DoubleArea(r)) / 2e14
				if i > 0 {
					area = -area
				}
				sum += area
			}
		}
		if len(polygons) > 0 {
			areas[id] = assembledArea{sum, open || missing, lines}
		}
	}
	return areas
}

// crossesItself reports whether two segments of an outline cross, or touch other than in a common end.
func crossesItself(lines [][]grid.Location) bool {
	type seg [2]grid.Location
	var segs []seg
	for _, l := range lines {
		for i := 1; i < len(l); i++ {
			segs = append(segs, seg{l[i-1], l[i]})
		}
	}
	side := func(a, b, p grid.Location) int {
		cross := float64(b.Lon-a.Lon)*float64(p.Lat-a.Lat) - float64(b.Lat-a.Lat)*float64(p.Lon-a.Lon)
		return cmp.Compare(cross, 0)
	}
	for i, s := range segs {
		for _, q := range segs[:i] {
			if s[0] == q[0] || s[0] == q[1] || s[1] == q[0] || s[1] == q[1] {
				continue
			}
			if side(s[0], s[1], q[0])*side(s[0], s[1], q[1]) <= 0 && side(q[0], q[1], s[0])*side(q[0], q[1], s[1]) <= 0 {
				return true
			}
		}
	}
	return false
}
