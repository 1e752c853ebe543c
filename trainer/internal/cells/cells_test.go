package cells

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/golang/geo/s2"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/area"
	"github.com/loc2vec/loc2vec/trainer/internal/areafile"
	"github.com/loc2vec/loc2vec/trainer/internal/h3"
)

// testArea reads a polygon.
func testArea(t *testing.T, coordinates string) *area.Area {
	t.Helper()
	a, err := areafile.Read(strings.NewReader(`{"type":"Polygon","coordinates":` + coordinates + `}`))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// gridAt is a grid with the name of the cell at a place, by its library or by arithmetic.
type gridAt struct {
	*Grid
	at func(loc2vec.LatLon) string
}

// testGrids returns grids with cells of about the given width in metres.
func testGrids(t *testing.T, metres, lat float64) []gridAt {
	t.Helper()
	zoom, err := ZoomFor(metres, lat)
	if err != nil {
		t.Fatal(err)
	}
	level := int(math.Round(math.Log2(math.Sqrt(sphere/6) / metres)))
	resolution := int(math.Round(math.Log(sphere/120/metres/metres) / math.Log(7)))
	s2Grid, err := S2(level)
	if err != nil {
		t.Fatal(err)
	}
	h3Grid, err := H3(resolution)
	if err != nil {
		t.Fatal(err)
	}
	grid := h3.New()
	return []gridAt{
		{Quad(zoom), func(p loc2vec.LatLon) string { return quadOf(p, uint32(zoom)).cell().ID }},
		{s2Grid, func(p loc2vec.LatLon) string {
			return s2.CellIDFromLatLng(s2.LatLngFromDegrees(p.Lat, p.Lon)).Parent(level).ToToken()
		}},
		{h3Grid, func(p loc2vec.LatLon) string {
			c, err := grid.Cell(p, resolution)
			if err != nil {
				t.Fatal(err)
			}
			return c.String()
		}},
	}
}

// TestCells: an area has the cells whose centres lie in it, each once, and no other; each contains its centre and lies
// in its box. As many as estimated.
func TestCells(t *testing.T) {
	for name, c := range map[string]struct {
		coordinates string
		metres      float64
	}{
		"town":                    {"[[[8.7,53],[8.9,53],[8.85,53.1],[8.7,53.1],[8.7,53]],[[8.75,53.02],[8.8,53.02],[8.8,53.05],[8.75,53.02]]]", 400},
		"across the antimeridian": {"[[[177,-19],[-179,-19],[-178,-16],[178,-17],[177,-19]]]", 9000},
		"around a pentagon":       {"[[[-5,57],[26,57],[26,70],[-5,70],[-5,57]]]", 40000}, // of H3: 64.7°N 10.5°E
		"the far north":           {"[[[-180,84],[180,84],[180,85],[-180,85],[-180,84]]]", 20000},
		"half of the world":       {"[[[-100,-70],[80,-70],[80,85],[-100,85],[-100,-70]]]", 600000},
	} {
		a := testArea(t, c.coordinates)
		for _, g := range testGrids(t, c.metres, a.MiddleLat()) {
			found := map[string]bool{}
			for cell := range g.Cells(a) {
				if found[cell.ID] {
					t.Errorf("%s: %s: %s is there twice", name, g.Name, cell.ID)
				}
				found[cell.ID] = true
				if !a.Contains(cell.Centre) || !cell.Contains(cell.Centre) || g.at(cell.Centre) != cell.ID {
					t.Errorf("%s: %s: centre %v of %s", name, g.Name, cell.Centre, cell.ID)
				}
				for _, corner := range cell.Ring {
					b := cell.Box
					b.Min.Lat, b.Max.Lat = b.Min.Lat-1e-9, b.Max.Lat+1e-9
					if !b.Contains(corner) && !nearLon(corner.Lon, b.Min.Lon) && !nearLon(corner.Lon, b.Max.Lon) {
						t.Errorf("%s: %s: corner %v of %s is not in %v", name, g.Name, corner, cell.ID, cell.Box)
					}
				}
			}
			rng, box := rand.New(rand.NewPCG(6, 6)), a.Boxes()[0]
			if box.Max.Lon < box.Min.Lon {
				box.Max.Lon += 360
			}
			centres := map[string]loc2vec.LatLon{}
			if g.MeanSquareMetres(0) > 1e11 {
				for cell := range g.Cells() { // of the whole world
					centres[cell.ID] = cell.Centre
				}
			}
			for id, centre := range centres {
				if a.Contains(centre) != found[id] {
					t.Errorf("%s: %s: %s with its centre %v", name, g.Name, id, centre)
				}
			}
			for range 3000 {
				p := loc2vec.LatLon{Lat: box.Min.Lat + rng.Float64()*(box.Max.Lat-box.Min.Lat), Lon: turned(box.Min.Lon + rng.Float64()*(box.Max.Lon-box.Min.Lon))}
				// A place far inside of the area is in a cell whose centre is inside too.
				deep := true
				for _, corner := range disk(p, 2*c.metres) {
					deep = deep && a.Contains(corner)
				}
				if deep && !found[g.at(p)] {
					t.Errorf("%s: %s: the cell %s of %v is missing", name, g.Name, g.at(p), p)
				}
			}
			if n := float64(len(found)); name != "half of the world" && (n < 0.7*g.Estimate(a) || n > 1.6*g.Estimate(a)) {
				t.Errorf("%s: %s: %v cells, estimated %v", name, g.Name, n, g.Estimate(a))
			}
		}
	}
}

// nearLon reports whether two longitudes are the same but for rounding.
func nearLon(a, b float64) bool { return math.Abs(shorter(a-b)) < 1e-9 }

// disk returns places around another, up to a distance.
func disk(p loc2vec.LatLon, metres float64) (all []loc2vec.LatLon) {
	for i := range 32 {
		sin, cos := math.Sincos(float64(i) * math.Pi / 8)
		radius := metres * float64(1+i/16) / 2
		all = append(all, p.Offset(radius*sin, radius*cos))
	}
	return all
}

func TestQuadCells(t *testing.T) {
	zoom, err := ZoomFor(50, 53.08)
	if side := Side(zoom, 53.08); err != nil || zoom != 19 || math.Abs(side-45.9) > 0.05 {
		t.Errorf("50 m at 53°: zoom %d of %v m, %v", zoom, side, err)
	}
	tile := loc2vec.LatLon{Lat: 53.08, Lon: 8.8}.Point().Tile()
	n := 0
	for cell := range Quad(zoom).Cells(area.FromBoxes([]loc2vec.Bounds{tile.Bounds()})) {
		var z, x, y uint32
		if _, err := fmt.Sscanf(cell.ID, "%d/%d/%d", &z, &x, &y); err != nil || z != 19 || x>>5 != tile.X || y>>5 != tile.Y {
			t.Errorf("%s in the tile %v", cell.ID, tile)
		}
		n++
	}
	if n != 1024 {
		t.Errorf("a tile has %d cells", n)
	}
	for _, metres := range []float64{0, -1, math.NaN(), math.Inf(1), 0.5, 1e9} {
		if zoom, err := ZoomFor(metres, 53); err == nil {
			t.Errorf("%v m: zoom %d", metres, zoom)
		}
	}
	for _, g := range []func(int) (*Grid, error){S2, H3} {
		for _, level := range []int{-1, 31} {
			if _, err := g(level); err == nil {
				t.Errorf("level %d: no error", level)
			}
		}
	}
}

// TestSample: samples are even: their number is the size of the area by that of the quad cells. Cells share out the
// places of an area.
func TestSample(t *testing.T) {
	for _, coordinates := range []string{
		"[[[8.7,53],[8.9,53],[8.85,53.1],[8.7,53.1],[8.7,53]]]",
		"[[[179.9,-19],[-179.8,-19],[-179.8,-18.9],[179.9,-18.9],[179.9,-19]]]",
	} {
		a := testArea(t, coordinates)
		zoom, err := SampleZoom(200, 0, a.MiddleLat())
		if err != nil {
			t.Fatal(err)
		}
		places, used := Sample(SampleOptions{Box: a.Boxes()[0], Contains: a.Contains, Zoom: zoom})
		if want := Quad(zoom).Estimate(a); used != zoom || math.Abs(float64(len(places))-want) > 0.02*want {
			t.Errorf("%d places, want %v", len(places), want)
		}
		for _, g := range testGrids(t, 2000, a.MiddleLat()) {
			shared := map[loc2vec.LatLon]int{}
			wide := area.FromBoxes([]loc2vec.Bounds{wider(a.Boxes()[0], 0.1)})
			for cell := range g.Cells(wide) {
				inside, _ := Sample(SampleOptions{Box: cell.Box, Contains: cell.Contains, Zoom: zoom})
				for _, p := range inside {
					shared[p]++
				}
			}
			for _, p := range places {
				if shared[p] != 1 {
					t.Errorf("%s: %v is in %d samples", g.Name, p, shared[p])
				}
			}
		}
	}
}

// wider returns a box with a margin in degrees.
func wider(b loc2vec.Bounds, by float64) loc2vec.Bounds {
	b.Min.Lat, b.Max.Lat = b.Min.Lat-by, b.Max.Lat+by
	b.Min.Lon, b.Max.Lon = turned(b.Min.Lon-by), turned(b.Max.Lon+by)
	return b
}

// TestSampleBounds: large areas have coarser samples, small ones finer ones, and none where nothing is.
func TestSampleBounds(t *testing.T) {
	country := area.FromBoxes([]loc2vec.Bounds{{Min: loc2vec.LatLon{Lat: 47, Lon: 6}, Max: loc2vec.LatLon{Lat: 55, Lon: 15}}})
	if places, zoom := Sample(SampleOptions{Box: country.Boxes()[0], Contains: country.Contains, Zoom: 19}); zoom >= 19 || len(places) > MaxSample || len(places) < MaxSample/8 {
		t.Errorf("a country has %d places of zoom %d", len(places), zoom)
	}
	shed := area.FromBoxes([]loc2vec.Bounds{{Min: loc2vec.LatLon{Lat: 53, Lon: 8}, Max: loc2vec.LatLon{Lat: 53.0001, Lon: 8.0001}}})
	if places, zoom := Sample(SampleOptions{Box: shed.Boxes()[0], Contains: shed.Contains, Zoom: 17}); zoom <= 17 || len(places) == 0 || len(places) > 8 {
		t.Errorf("a shed has %d places of zoom %d", len(places), zoom)
	}
	if places, _ := Sample(SampleOptions{Box: shed.Boxes()[0], Contains: func(loc2vec.LatLon) bool { return false }, Zoom: 17}); len(places) != 0 {
		t.Errorf("nothing has %d places", len(places))
	}
	if zoom, err := SampleZoom(50, 1e10, 53); err != nil || zoom >= 19 {
		t.Errorf("cells of 10,000 km²: zoom %d, %v", zoom, err)
	}
}

// TestWKB: rings across the antimeridian are cut, those around a pole reach it.
func TestWKB(t *testing.T) {
	type place = loc2vec.LatLon
	for name, c := range map[string]struct {
		ring  []loc2vec.LatLon
		parts []int // positions of each polygon
	}{
		"plain":                 {[]place{{Lat: 1, Lon: 1}, {Lat: 1, Lon: 2}, {Lat: 2, Lon: 2}}, []int{4}},
		"antimeridian":          {[]place{{Lat: 1, Lon: 179}, {Lat: 1, Lon: -179}, {Lat: 2, Lon: -179}, {Lat: 2, Lon: 179}}, []int{5, 5}},
		"touches":               {[]place{{Lat: 1, Lon: 179}, {Lat: 1, Lon: 180}, {Lat: 2, Lon: 180}, {Lat: 2, Lon: 179}}, []int{5}},
		"touches from the east": {[]place{{Lat: 1, Lon: 180}, {Lat: 1, Lon: -179}, {Lat: 2, Lon: -179}, {Lat: 2, Lon: 180}}, []int{5}},
		"pole":                  {[]place{{Lat: 80, Lon: 0}, {Lat: 80, Lon: 120}, {Lat: 80, Lon: -120}}, []int{6, 6}},
	} {
		wkb := WKB(c.ring)
		var parts []int
		if binary.LittleEndian.Uint32(wkb[1:]) == 6 {
			wkb = wkb[9:]
		}
		for len(wkb) > 0 {
			n := int(binary.LittleEndian.Uint32(wkb[9:]))
			parts = append(parts, n)
			for i := range 2 * n {
				v := math.Float64frombits(binary.LittleEndian.Uint64(wkb[13+8*i:]))
				if !(math.Abs(v) <= []float64{180, 90}[i%2]) {
					t.Errorf("%s: coordinate %v", name, v)
				}
			}
			wkb = wkb[13+16*n:]
		}
		if !slices.Equal(parts, c.parts) {
			t.Errorf("%s: polygons of %v positions, want %v", name, parts, c.parts)
		}
	}
}

func ExampleQuad() {
	zoom, err := ZoomFor(500, 53)
	if err != nil {
		fmt.Println(err)
		return
	}
	grid := Quad(zoom)
	square := area.FromBoxes([]loc2vec.Bounds{{Min: loc2vec.LatLon{Lat: 53.07, Lon: 8.8}, Max: loc2vec.LatLon{Lat: 53.075, Lon: 8.81}}})
	for cell := range grid.Cells(square) {
		places, _ := Sample(SampleOptions{Box: cell.Box, Contains: cell.Contains, Zoom: zoom + 2})
		fmt.Println(grid.Name, cell.ID, cell.Centre, len(places))
	}
	// Output:
	// quad cells of zoom 16 16/34370/21326 53.0725774,8.8027954 16
	// quad cells of zoom 16 16/34371/21326 53.0725774,8.8082886 16
}
