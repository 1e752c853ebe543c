package osmextract

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/osmtestdata"
	"github.com/loc2vec/loc2vec/osmextract/internal/grid"
	"github.com/loc2vec/loc2vec/pack"
)

func TestMissingNodes(t *testing.T) {
	e := extractFile{box: region()}
	sq := e.square(1, 0, 0, 1000)
	e.ways = []testWay{
		{1, []int64{sq[0], sq[1], 99, sq[2], sq[3]}, "highway=residential"},   // broken in two
		{2, []int64{sq[0], 99, sq[2], 98, sq[3]}, "highway=primary"},          // only single nodes and a pair are left
		{3, []int64{sq[0], sq[1], 97, sq[2], sq[3], sq[0]}, "landuse=meadow"}, // an area without the node
		{4, []int64{sq[0], 96, 95, sq[0]}, "building=yes"},                    // no area left
	}
	pack, stats := extractOf(t, Options{Files: []string{e.write(t)}})
	if stats.MissingNodes != 6 || stats.BrokenWays != 2 {
		t.Errorf("%d missing nodes, %d broken ways, want 6 and 2", stats.MissingNodes, stats.BrokenWays)
	}
	lengths := map[string]float64{}
	eachPart(t, pack, func(tile loc2vec.Tile, p *loc2vec.Part) {
		if p.Kind == loc2vec.KindLine {
			for i := 1; i < len(p.Points); i++ {
				step := tile.Origin().MetresPerUnit() / grid.Across
				lengths[p.Layer.String()] += step * math.Hypot(float64(p.Points[i].X-p.Points[i-1].X), float64(p.Points[i].Y-p.Points[i-1].Y))
			}
		}
	})
	if math.Abs(lengths["minor_road"]-2000) > 4 || lengths["major_road"] != 0 {
		t.Errorf("lengths %v, want 2000 m of minor road", lengths)
	}
	areas := areasIn(t, pack)
	if math.Abs(areas["vegetation"]-1e6) > 2e3 || areas["building"] != 0 {
		t.Errorf("areas %v, want 1000000 m² of vegetation", areas)
	}
}

// contains reports whether the pack covers a place.
func contains(t *testing.T, pack *pack.Reader, place loc2vec.LatLon) bool {
	t.Helper()
	inside, err := pack.Contains(place)
	if err != nil {
		t.Fatal(err)
	}
	return inside
}

// A coast that ends inside the covered area leads out of it the shortest way. A box that does not fit says
// nothing about that way.
func TestCoastsWithAWrongBox(t *testing.T) {
	e := coastFile()
	want, _ := extractOf(t, Options{Files: []string{e.write(t)}})
	// The western edge of the box is nearest to the end of the coast, but the northern edge of the tiles.
	e.box = &loc2vec.Bounds{Min: centre().Offset(-7000, -300_000), Max: centre().Offset(300_000, 300_000)}
	got, _ := extractOf(t, Options{Files: []string{e.write(t)}})
	if a, b := areasIn(t, want)["water"], areasIn(t, got)["water"]; a != b || a == 0 {
		t.Errorf("%.0f m² of sea, with a box that does not fit %.0f", a, b)
	}
}

// If files disagree on a node, neither the order of elements nor that of goroutines changes the result.
func TestFilesThatDisagree(t *testing.T) {
	a, b := extractFile{box: region()}, extractFile{box: region()}
	a.ways = []testWay{{2, a.square(5, 0, 0, 300), "source=survey"}}
	b.ways = []testWay{{1, b.square(1, 1000, 0, 300), "source=survey"}, {2, b.square(5, 0, 0, 900), "source=survey"}}
	second := b.write(t)
	extracted := func(relations ...testRelation) map[string]float64 {
		a.relations = relations
		pack, _ := extractOf(t, Options{Files: []string{a.write(t), second}, Procs: 1})
		return areasIn(t, pack)
	}
	wood, lake := testRelation{1, "outer:1", "type=multipolygon landuse=forest"}, testRelation{2, "outer:2", "type=multipolygon natural=water"}
	for _, got := range []map[string]float64{extracted(wood, lake), extracted(lake, wood)} {
		if math.Abs(got["vegetation"]-9e4) > 500 || math.Abs(got["water"]-9e4) > 500 {
			t.Errorf("%v, want 90000 m² of each", got)
		}
	}
}

// Files need not be sorted.
func TestUnsortedNodes(t *testing.T) {
	e := extractFile{box: region()}
	e.ways = []testWay{{1, e.square(1, 0, 0, 500), "building=yes"}}
	want, _ := extractBytes(t, Options{Files: []string{e.write(t)}})
	slices.Reverse(e.nodes)
	got, _ := extractBytes(t, Options{Files: []string{e.write(t)}})
	areas := func(data []byte) map[string]float64 {
		pack, err := pack.Open(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		return areasIn(t, pack)
	}
	if a, b := areas(want), areas(got); a["building"] != b["building"] || a["building"] == 0 {
		t.Errorf("%v, unsorted %v", a, b)
	}
}

func TestBadInput(t *testing.T) {
	good, err := os.ReadFile(osmtestdata.Path(t, "monaco"))
	if err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(good)
	flipped[200_000] ^= 1
	empty := (&extractFile{box: region()}).bytes()
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"empty.osm.pbf", nil, "the file is empty"},
		{"text.osm.pbf", []byte("this is not a map, and goes on for a while"), "not an OpenStreetMap PBF"},
		{"truncated.osm.pbf", good[:len(good)-1000], "truncated"},
		{"flipped.osm.pbf", flipped, "blob at byte "},
		{"nothing.osm.pbf", empty, "holds no nodes"},
	}
	for _, test := range tests {
		path := filepath.Join(t.TempDir(), test.name)
		if err := os.WriteFile(path, test.data, 0o600); err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		_, err := Extract(context.Background(), io.Discard, Options{Files: []string{path}, TempDir: dir})
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
		if test.name != "nothing.osm.pbf" && !errors.Is(err, loc2vec.ErrCorrupt) {
			t.Errorf("%s: %v is not ErrCorrupt", test.name, err)
		}
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("%s: temporary files are left: %v", test.name, left)
		}
	}
	if _, err := Extract(context.Background(), io.Discard, Options{}); err == nil {
		t.Error("no files: no error")
	}
	missing := filepath.Join(t.TempDir(), "missing.osm.pbf")
	if _, err := Extract(context.Background(), io.Discard, Options{Files: []string{missing}}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
}

// failingWriter fails after some bytes, as a full disk does.
type failingWriter struct{ left int }

var errFull = errors.New("no space left")

func (w *failingWriter) Write(p []byte) (int, error) {
	if w.left -= len(p); w.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	_, err := Extract(context.Background(), &failingWriter{left: 5000}, Options{Files: []string{osmtestdata.Path(t, "monaco")}, TempDir: dir})
	if !errors.Is(err, errFull) {
		t.Errorf("%v, want %v", err, errFull)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("temporary files are left: %v", left)
	}
}

// Cancelling at any stage ends the extraction and leaves no temporary files.
func TestCancel(t *testing.T) {
	path := osmtestdata.Path(t, "honolulu")
	for _, stage := range []string{"nodes and relations", "ways", "relations", "tiles"} {
		ctx, cancel := context.WithCancel(context.Background())
		dir := t.TempDir()
		var cancelled time.Time
		_, err := Extract(ctx, io.Discard, Options{Files: []string{path}, TempDir: dir, Memory: 1000, Progress: func(p Progress) {
			if p.Stage == stage && p.Done > 0 && cancelled.IsZero() {
				cancelled = time.Now()
				cancel()
			}
		}})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled in %s: %v", stage, err)
		}
		if took := time.Since(cancelled); took > 2*time.Second {
			t.Errorf("cancelled in %s: took %v to stop", stage, took)
		}
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("cancelled in %s: temporary files are left: %v", stage, left)
		}
		cancel()
	}
}

// The sea is a stage of its own that stops after cancellation.
func TestCancelInTheSea(t *testing.T) {
	e := coastFile()
	path, water := e.write(t), filepath.Join(t.TempDir(), "water.geojson")
	if err := os.WriteFile(water, []byte(`{"type": "FeatureCollection", "features": [{"type": "Feature", "geometry":
		{"type": "Polygon", "coordinates": [[[7, 50], [7.1, 50], [7.1, 50.1], [7, 50]]]}}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, water := range []string{"", water} {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		last := Progress{}
		_, err := Extract(ctx, io.Discard, Options{Files: []string{path}, WaterPolygons: water, TempDir: t.TempDir(), Progress: func(p Progress) {
			if last = p; p.Stage == "sea" {
				cancel()
			}
		}})
		if !errors.Is(err, context.Canceled) || errors.Is(err, loc2vec.ErrCorrupt) || last.Stage != "sea" || last.Done != 0 {
			t.Errorf("water polygons %q: %v, after %+v", water, err, last)
		}
	}
}

// A missing file of water polygons fails before anything is read.
func TestWaterPolygonsMissing(t *testing.T) {
	e := coastFile()
	missing := filepath.Join(t.TempDir(), "missing.geojson")
	_, err := Extract(context.Background(), io.Discard, Options{Files: []string{e.write(t)}, WaterPolygons: missing, TempDir: t.TempDir(), Progress: func(p Progress) {
		t.Errorf("%+v", p)
	}})
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v, want %v", err, os.ErrNotExist)
	}
}

// Nodes beyond the Earth are counted and left out.
func TestNodesOffEarth(t *testing.T) {
	e := extractFile{box: region()}
	e.ways = []testWay{{1, e.square(1, 0, 0, 500), "building=yes"}}
	e.nodes = append(e.nodes, testNode{9, loc2vec.LatLon{Lat: 91, Lon: 7}, "shop=bakery"}, testNode{10, loc2vec.LatLon{Lat: 50, Lon: -181}, ""})
	_, stats := extractOf(t, Options{Files: []string{e.write(t)}})
	if stats.Unplaced != 2 || stats.Nodes != 4 || stats.Shapes["commerce"] != 0 {
		t.Errorf("%+v", stats)
	}
}
