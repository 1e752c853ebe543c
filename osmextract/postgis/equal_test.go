//go:build linux

package postgis

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/paulmach/osm/osmpbf"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/mvt"
	"github.com/loc2vec/loc2vec/internal/osmtestdata"
	"github.com/loc2vec/loc2vec/osmextract"
	"github.com/loc2vec/loc2vec/pack"
)

// extractFile returns the pack of a file.
func extractFile(t testing.TB, path string) *pack.Reader {
	t.Helper()
	var b bytes.Buffer
	_, err := osmextract.Extract(t.Context(), &b, osmextract.Options{Files: []string{path}, TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	return openPack(t, b.Bytes())
}

// extractDatabase returns the pack of a database, or of a box of it.
func extractDatabase(t testing.TB, dsn string, box *loc2vec.Bounds) (*pack.Reader, osmextract.Stats) {
	t.Helper()
	db, err := Open(t.Context(), dsn, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var b bytes.Buffer
	stats, err := osmextract.Extract(t.Context(), &b, osmextract.Options{Features: db, Box: box, TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	return openPack(t, b.Bytes()), stats
}

func openPack(t testing.TB, data []byte) *pack.Reader {
	t.Helper()
	pack, err := pack.Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return pack
}

// mark is a part of a pack in a form that tests compare: in one tile, a disc, a segment of a line, which
// may have been joined to others, or a ring.
type mark struct {
	tile  loc2vec.Tile
	layer loc2vec.Layer
	kind  loc2vec.Kind
	size  uint16
	shape string
}

// marks counts the marks of a pack.
func marks(t testing.TB, pack *pack.Reader) map[mark]int {
	t.Helper()
	counts := map[mark]int{}
	var decoder mvt.Decoder
	var data []byte
	for tile, err := range pack.Tiles() {
		if err == nil {
			data, err = pack.ReadTile(data[:0], tile)
		}
		if err == nil {
			err = decoder.Decode(data, func(p *loc2vec.Part) {
				m := mark{tile: tile, layer: p.Layer, kind: p.Kind, size: p.Size}
				for _, m.shape = range shapesOf(p) {
					counts[m]++
				}
			})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return counts
}

// shapesOf describes a part independently of the first point of a ring and of the direction of a line.
func shapesOf(p *loc2vec.Part) []string {
	order := func(a, b loc2vec.TilePoint) int { return cmp.Or(cmp.Compare(a.X, b.X), cmp.Compare(a.Y, b.Y)) }
	switch p.Kind {
	case loc2vec.KindLine:
		var segments []string
		for i := 1; i < len(p.Points); i++ {
			ends := []loc2vec.TilePoint{p.Points[i-1], p.Points[i]}
			slices.SortFunc(ends, order)
			segments = append(segments, fmt.Sprint(ends))
		}
		return segments
	case loc2vec.KindArea:
		// A ring that passes a point twice has several walks, but one set of edges.
		var edges []string
		for i, q := range p.Points {
			edges = append(edges, fmt.Sprint(p.Points[(i+len(p.Points)-1)%len(p.Points)], q))
		}
		slices.Sort(edges)
		return []string{fmt.Sprint(edges)}
	}
	return []string{fmt.Sprint(p.Points)}
}

// difference counts the marks of a layer and kind in one pack only.
type difference struct{ missing, extra int }

// differences compares the marks of two packs by layer and kind.
func differences(want, got map[mark]int) map[string]difference {
	diffs := map[string]difference{}
	count := func(a, b map[mark]int, add func(*difference, int)) {
		for m, n := range a {
			if more := n - b[m]; more > 0 {
				key := m.layer.String() + " " + m.kind.String()
				d := diffs[key]
				add(&d, more)
				diffs[key] = d
			}
		}
	}
	count(want, got, func(d *difference, n int) { d.missing += n })
	count(got, want, func(d *difference, n int) { d.extra += n })
	return diffs
}

// The arguments of osm2pgsql in the package comment.
var (
	flexStyle   = []string{"-O", "flex", "-S", "loc2vec.lua"}
	pgsqlStyle  = []string{"-k", "-G", "--keep-coastlines"}
	degreeStyle = []string{"-k", "--keep-coastlines", "-l"}
)

// The expected differences between packs of a database and of a file. Everything else is equal to the last
// point. TestDifferences shows each cause alone:
//
//   - The pgsql output of osm2pgsql does not build old-style multipolygons, whose outer ways carry the tags:
//     their holes are filled, and areas of several ways are missing.
//   - osm2pgsql builds no area of a relation that the edge of the extract cuts, or whose rings cross. From a
//     file, Extract uses closed rings, rings that it can close beyond the box and the parts that crossing
//     rings enclose, and holds back the member ways.
//   - The pgsql output leaves out polygons that cross themselves. From a file, Extract draws each part that
//     they enclose.
//   - The pgsql output splits lines longer than 100 km at rounded points, and lines across the antimeridian
//     into pieces around the world.
func TestPackEqualsPBF(t *testing.T) {
	c := server.start(t)
	tests := []struct {
		extract, style string
		args           []string
		allowed        map[string]difference
	}{
		{"monaco", "flex", flexStyle, nil},
		{"monaco", "pgsql", pgsqlStyle, map[string]difference{
			"building area": {10, 0}, "civic area": {1, 0}, "path area": {1, 0},
			"path line": {2, 1}, // one point less, because a closed way was reversed
		}},
		{"delaware", "flex", flexStyle, map[string]difference{
			"building area": {0, 1}, "residential area": {2, 2}, "transport area": {17, 0},
			"vegetation area": {4, 1}, "water area": {13, 2},
		}},
		{"delaware", "pgsql", pgsqlStyle, map[string]difference{
			"building area": {12, 1}, "commercial area": {5, 0}, "minor_road area": {8, 0}, "park area": {28, 0},
			"residential area": {22, 3}, "transport area": {24, 0}, "vegetation area": {62, 1}, "water area": {22, 2},
			"water line": {8, 9},
		}},
	}
	for _, test := range tests {
		t.Run(test.extract+" "+test.style, func(t *testing.T) {
			if testing.Short() && test.extract != "monaco" {
				t.Skip("a large extract, left out by -short")
			}
			path := osmtestdata.Path(t, test.extract)
			want := extractFile(t, path)
			name := c.load(t, test.extract+"_"+test.style, path, test.args...)
			got, _ := extractDatabase(t, c.DSN("postgres", name), headerBox(t, path))
			if g, w := got.Metadata().Area, want.Metadata().Area; !slices.EqualFunc(g, w, sameBox) {
				t.Errorf("covers %v, the file %v", g, w)
			}
			diffs := differences(marks(t, want), marks(t, got))
			for _, key := range slices.Sorted(maps.Keys(diffs)) {
				d, most := diffs[key], test.allowed[key]
				t.Logf("%s: %d missing, %d extra", key, d.missing, d.extra)
				if d.missing > most.missing || d.extra > most.extra {
					t.Errorf("%s: at most %d missing and %d extra are explained", key, most.missing, most.extra)
				}
			}
			if g, w := got.Metadata().ContentSHA256, want.Metadata().ContentSHA256; test.allowed == nil && g != w {
				t.Errorf("contents %s, of the file %s", g, w)
			}
		})
	}
}

// PBF, XML through osmxml and a database make the same contents.
func TestThreeFormsOneContents(t *testing.T) {
	c := server.start(t)
	if _, err := exec.LookPath("osmium"); err != nil {
		t.Skip("needs osmium-tool: not installed")
	}
	path, text := osmtestdata.Path(t, "monaco"), filepath.Join(t.TempDir(), "monaco.osm.gz")
	if out, err := exec.Command("osmium", "cat", path, "-o", text).CombinedOutput(); err != nil {
		t.Fatalf("osmium cat: %v\n%s", err, out)
	}
	want := extractFile(t, path).Metadata().ContentSHA256
	if got := extractFile(t, text).Metadata().ContentSHA256; got != want {
		t.Errorf("contents %s from XML, %s from PBF", got, want)
	}
	database, _ := extractDatabase(t, c.DSN("postgres", c.load(t, "monaco_flex", path, flexStyle...)), headerBox(t, path))
	if got := database.Metadata().ContentSHA256; got != want {
		t.Errorf("contents %s from a database, %s from PBF", got, want)
	}
}

// sameBox compares boxes to a hundredth of the precision of OpenStreetMap.
func sameBox(a, b loc2vec.Bounds) bool {
	same := func(x, y float64) bool { return math.Abs(x-y) < 1e-9 }
	return same(a.Min.Lat, b.Min.Lat) && same(a.Min.Lon, b.Min.Lon) && same(a.Max.Lat, b.Max.Lat) && same(a.Max.Lon, b.Max.Lon)
}

// Rounding recovers the degrees from metres, so the packs are equal bytes.
func TestMetresEqualDegrees(t *testing.T) {
	c := server.start(t)
	path := osmtestdata.Path(t, "monaco")
	metres, _ := extractDatabase(t, c.DSN("postgres", c.load(t, "monaco_pgsql", path, pgsqlStyle...)), nil)
	degrees, _ := extractDatabase(t, c.DSN("postgres", c.load(t, "monaco_degrees", path, degreeStyle...)), nil)
	if m, d := metres.Metadata().ContentSHA256, degrees.Metadata().ContentSHA256; m != d {
		t.Errorf("contents %s from metres, %s from degrees", m, d)
	}
}

// Without a box the features tell the covered area, as for a file without a box.
func TestAreaFromData(t *testing.T) {
	c := server.start(t)
	path := osmtestdata.Path(t, "monaco")
	pack, _ := extractDatabase(t, c.DSN("postgres", c.load(t, "monaco_flex", path, flexStyle...)), nil)
	casino, nice := loc2vec.LatLon{Lat: 43.7392, Lon: 7.4285}, loc2vec.LatLon{Lat: 43.7, Lon: 7.27}
	if inside, err := pack.Contains(casino); !inside || err != nil {
		t.Errorf("Monte Carlo is not covered: %v", err)
	}
	if inside, err := pack.Contains(nice); inside || err != nil {
		t.Errorf("Nice is covered: %v", err)
	}
}

// A box inside the data has what the whole has there.
func TestBox(t *testing.T) {
	c := server.start(t)
	path := osmtestdata.Path(t, "monaco")
	dsn := c.DSN("postgres", c.load(t, "monaco_pgsql", path, pgsqlStyle...))
	whole, _ := extractDatabase(t, dsn, headerBox(t, path))
	tile := loc2vec.LatLon{Lat: 43.7392, Lon: 7.4285}.Point().Tile()
	b := tile.Bounds()
	box := loc2vec.Bounds{
		Min: loc2vec.LatLon{Lat: b.Min.Lat + 0.001, Lon: b.Min.Lon + 0.001},
		Max: loc2vec.LatLon{Lat: b.Max.Lat - 0.001, Lon: b.Max.Lon - 0.001},
	}
	part, stats := extractDatabase(t, dsn, &box)
	want := marks(t, whole)
	maps.DeleteFunc(want, func(m mark, _ int) bool { return m.tile != tile || m.layer == loc2vec.Water })
	got := marks(t, part)
	maps.DeleteFunc(got, func(m mark, _ int) bool { return m.layer == loc2vec.Water }) // the sea, from less coast
	if len(want) == 0 || !maps.Equal(want, got) {
		t.Errorf("%d marks, %d in the tile of the whole: %v", len(got), len(want), differences(want, got))
	}
	if stats.Ways > 1500 {
		t.Errorf("%d ways read for one tile", stats.Ways)
	}
}

// headerBox returns the box in the header of a PBF file, nil without one.
func headerBox(t testing.TB, path string) *loc2vec.Bounds {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	scanner := osmpbf.New(t.Context(), f, 1)
	defer scanner.Close()
	header, err := scanner.Header()
	if err != nil {
		t.Fatal(err)
	}
	if header.Bounds == nil {
		return nil
	}
	return &loc2vec.Bounds{
		Min: loc2vec.LatLon{Lat: header.Bounds.MinLat, Lon: header.Bounds.MinLon},
		Max: loc2vec.LatLon{Lat: header.Bounds.MaxLat, Lon: header.Bounds.MaxLon},
	}
}
