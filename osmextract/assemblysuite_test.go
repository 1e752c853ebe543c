package osmextract

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkt"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/osmextract/internal/grid"
	"github.com/loc2vec/loc2vec/pack"
)

// suiteCase is a case of osm-testdata (github.com/osmcode/osm-testdata), by which libosmium, osm2pgsql and
// others test their multipolygons.
type suiteCase struct {
	ID          int `json:"test_id"`
	Description string
	// Areas are the expected areas, as a strict reader makes them ("default") and as lenient ones do.
	Areas map[string][]suiteArea
	dir   string
}

type suiteArea struct {
	WKT  string
	Tags map[string]string
}

// suiteExceptions are the cases in which we differ, with the reason.
var suiteExceptions = map[int]string{
	732: "at its full size, with 4 nodes and less than a tile, one of two woods counts as unmapped and is trimmed with the box",
	913: "one of two outer ways is a building: by the old-style convention so is the area",
	926: "the inner way repeats the relation's tag: a wood in the hole of a wood is drawn as it is mapped",
}

// TestAssemblySuite reads the grid of osm-testdata, which lies beside the repository, and compares area and
// raster of each case with the expected polygons.
func TestAssemblySuite(t *testing.T) {
	cases := suiteCases(t)
	var valid, validRight, lenient, lenientRight, other int
	for _, c := range cases {
		right := true
		for _, scale := range []float64{1, 0.05} {
			got := c.extract(t, scale)
			if want := c.wanted(scale); len(want) > 0 && !slices.ContainsFunc(want, func(w suiteRaster) bool { return w.equals(got) }) {
				right = false
				if _, ok := suiteExceptions[c.ID]; !ok {
					t.Errorf("%d (%s): at scale %g %v, want one of %v", c.ID, c.Description, scale, got.areas, areasOf(want))
				}
			}
		}
		reason, excepted := suiteExceptions[c.ID]
		if excepted && !right {
			t.Logf("%d (%s): %s", c.ID, c.Description, reason)
		} else if excepted {
			t.Errorf("%d (%s): right, and listed as an exception", c.ID, c.Description)
		}
		n := 0
		if right {
			n = 1
		}
		switch {
		case c.isValid():
			valid++
			validRight += n
		case len(c.wanted(1)) > 0:
			lenient++
			lenientRight += n
		default:
			other++
		}
	}
	t.Logf("osm-testdata: %d of %d valid areas; %d of %d lenient results; %d invalid ones without a result",
		validRight, valid, lenientRight, lenient, other)
}

func suiteCases(t *testing.T) []suiteCase {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("..", "..", "shared", "osm-testdata", "grid", "data", "*", "*", "test.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []suiteCase
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		c := suiteCase{dir: filepath.Dir(path)}
		if err := json.Unmarshal(text, &c); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if len(c.Areas) > 0 {
			cases = append(cases, c)
		}
	}
	if len(cases) == 0 {
		t.Skip("needs osm-testdata, which does not come with the repository")
	}
	return cases
}

func (c *suiteCase) isValid() bool {
	return !slices.ContainsFunc(c.Areas["default"], func(a suiteArea) bool { return a.WKT == "INVALID" })
}

// suiteRaster is what is drawn: area in square grid steps, and the points of a lattice inside, by layer.
type suiteRaster struct {
	areas  map[loc2vec.Layer]float64
	inside map[loc2vec.Layer][]bool
}

func areasOf(rasters []suiteRaster) (areas []map[loc2vec.Layer]float64) {
	for _, r := range rasters {
		areas = append(areas, r.areas)
	}
	return areas
}

func (r suiteRaster) equals(o suiteRaster) bool {
	const different = 0.002
	return maps.EqualFunc(r.areas, o.areas, func(a, b float64) bool { return math.Abs(a-b) <= different*max(a, b) }) &&
		maps.EqualFunc(r.inside, o.inside, func(a, b []bool) bool {
			n := 0
			for i := range a {
				if a[i] != b[i] {
					n++
				}
			}
			return float64(n) <= different*float64(len(a))
		})
}

// add adds rings, outer and inner ones, to a layer.
func (r suiteRaster) add(layer loc2vec.Layer, rings [][]grid.Point, lattice []grid.Point) {
	inside := make([]bool, len(lattice))
	for i, ring := range rings {
		area := math.Abs(float64(grid.DoubleArea(ring)) / 2)
		if i > 0 {
			area = -area
		}
		r.areas[layer] += area
		for k, p := range lattice {
			if ringHolds(ring, p) {
				inside[k] = !inside[k]
			}
		}
	}
	if r.inside[layer] == nil {
		r.inside[layer] = make([]bool, len(lattice))
	}
	for k, in := range inside {
		r.inside[layer][k] = r.inside[layer][k] || in
	}
}

func ringHolds(ring []grid.Point, p grid.Point) bool {
	in := false
	a := ring[len(ring)-1]
	for _, b := range ring {
		if (a.Y > p.Y) != (b.Y > p.Y) && float64(p.X) < float64(a.X)+float64(b.X-a.X)*float64(p.Y-a.Y)/float64(b.Y-a.Y) {
			in = !in
		}
		a = b
	}
	return in
}

// wanted returns the results that are right: that of a strict reader or, if there is none, those of the
// lenient ones.
func (c *suiteCase) wanted(scale float64) []suiteRaster {
	lattice := latticeOf(c.box(scale))
	var rasters []suiteRaster
	for _, name := range slices.Sorted(maps.Keys(c.Areas)) {
		if (name == "default") != c.isValid() {
			continue
		}
		r := newSuiteRaster()
		for _, a := range c.Areas[name] {
			g, err := wkt.UnmarshalMultiPolygon(a.WKT)
			if err != nil {
				panic(fmt.Sprintf("%d: %v", c.ID, err))
			}
			for _, polygon := range g {
				var rings [][]grid.Point
				for _, ring := range polygon {
					var points []grid.Point
					for _, p := range ring[:len(ring)-1] {
						points = append(points, c.scaled(p, scale).Grid())
					}
					rings = append(rings, points)
				}
				r.add(suiteLayer(a.Tags), rings, lattice)
			}
		}
		rasters = append(rasters, r)
	}
	return rasters
}

func newSuiteRaster() suiteRaster {
	return suiteRaster{areas: map[loc2vec.Layer]float64{}, inside: map[loc2vec.Layer][]bool{}}
}

// suiteLayer returns the layer of an area. The tags of the suite alone stand for a forest.
func suiteLayer(tags map[string]string) loc2vec.Layer {
	switch {
	case tags["natural"] == "water":
		return loc2vec.Water
	case tags["building"] != "":
		return loc2vec.Building
	}
	return loc2vec.Vegetation
}

var (
	suiteTag    = regexp.MustCompile(`<tag k="test:[^>]*>`)
	suiteNumber = regexp.MustCompile(`(lon|lat)="([-0-9.]+)"`)
)

// scaled scales a position around the corner of the case's square.
func (c *suiteCase) scaled(p orb.Point, scale float64) grid.Location {
	origin := c.origin()
	at, _ := grid.LocationOf(origin[1]+scale*(p[1]-origin[1]), origin[0]+scale*(p[0]-origin[0]))
	return at
}

// origin returns the corner of the square of a case: 752 lies at 7.2, 1.5.
func (c *suiteCase) origin() orb.Point {
	return orb.Point{float64(c.ID/100) + float64(c.ID%10)/10, 1 + float64(c.ID/10%10)/10}
}

func (c *suiteCase) box(scale float64) loc2vec.Bounds {
	o := c.origin()
	lo, hi := c.scaled(o, scale), c.scaled(orb.Point{o[0] + 0.1, o[1] + 0.1}, scale)
	return loc2vec.Bounds{Min: lo.LatLon(), Max: hi.LatLon()}
}

func latticeOf(b loc2vec.Bounds) []grid.Point {
	const across = 50
	var points []grid.Point
	for i := range across {
		for k := range across {
			y, x := (float64(i)+0.437)/across, (float64(k)+0.541)/across
			points = append(points, grid.Of(loc2vec.LatLon{
				Lat: b.Min.Lat + y*(b.Max.Lat-b.Min.Lat), Lon: b.Min.Lon + x*(b.Max.Lon-b.Min.Lon),
			}.Point()))
		}
	}
	return points
}

// extract extracts a case at a scale, without the tags of the suite. Tags that say no more than "area"
// become those of a forest.
func (c *suiteCase) extract(t *testing.T, scale float64) suiteRaster {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(c.dir, "data.osm"))
	if err != nil {
		t.Fatal(err)
	}
	o := c.origin()
	text := suiteNumber.ReplaceAllStringFunc(string(data), func(number string) string {
		m := suiteNumber.FindStringSubmatch(number)
		v, err := strconv.ParseFloat(m[2], 64)
		if err != nil {
			t.Fatal(err)
		}
		at := o[0]
		if m[1] == "lat" {
			at = o[1]
		}
		return fmt.Sprintf(`%s="%.7f"`, m[1], at+scale*(v-at))
	})
	text = suiteTag.ReplaceAllString(text, "")
	text = strings.ReplaceAll(text, `k="area" v="yes"`, `k="landuse" v="forest"`)
	text = strings.ReplaceAll(text, `k="boundary" v="administrative"`, `k="landuse" v="forest"`)
	if c.ID == 900 {
		text = strings.ReplaceAll(text, `k="type" v="multipolygon"`, `k="type" v="multipolygon"/><tag k="landuse" v="forest"`)
	}
	b := c.box(scale)
	text = strings.Replace(text, "<node", fmt.Sprintf(`<bounds minlat="%.7f" minlon="%.7f" maxlat="%.7f" maxlon="%.7f"/><node`,
		b.Min.Lat, b.Min.Lon, b.Max.Lat, b.Max.Lon), 1)
	path := filepath.Join(t.TempDir(), "case.osm")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	pack, _ := extractOf(t, Options{Files: []string{path}})
	return rasterOf(t, pack, latticeOf(b))
}

// rasterOf returns what the areas of a pack cover.
func rasterOf(t *testing.T, pack *pack.Reader, lattice []grid.Point) suiteRaster {
	t.Helper()
	r := newSuiteRaster()
	type ofLayer struct {
		tile  loc2vec.Tile
		layer loc2vec.Layer
	}
	polygons := map[ofLayer][][]grid.Point{} // the polygon at work
	flush := func() {
		for k, rings := range polygons {
			r.add(k.layer, rings, lattice)
		}
		clear(polygons)
	}
	eachPart(t, pack, func(tile loc2vec.Tile, p *loc2vec.Part) {
		if p.Kind != loc2vec.KindArea {
			return
		}
		ring := gridOf(p.Points)
		if grid.DoubleArea(ring) > 0 {
			flush()
		}
		for i := range ring {
			ring[i].X += int32(tile.X) * loc2vec.Extent
			ring[i].Y += int32(tile.Y) * loc2vec.Extent
		}
		key := ofLayer{tile, p.Layer}
		polygons[key] = append(polygons[key], ring)
	})
	flush()
	return r
}
