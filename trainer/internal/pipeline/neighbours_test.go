package pipeline

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/bundle"
	"github.com/loc2vec/loc2vec/internal/osmtestdata"
	"github.com/loc2vec/loc2vec/osmextract"
	"github.com/loc2vec/loc2vec/raster"
	"github.com/loc2vec/loc2vec/sdk"
	"github.com/loc2vec/loc2vec/sdk/base"
	"github.com/loc2vec/loc2vec/trainer/internal/eval"
)

// outline is the border of a region, closed.
type outline []loc2vec.LatLon

// cuts divides a box into regions by lines that are not parallel to tiles.
func cuts(b loc2vec.Bounds) map[string][]outline {
	at := func(x, y float64) loc2vec.LatLon {
		return loc2vec.LatLon{Lat: b.Min.Lat + y*(b.Max.Lat-b.Min.Lat), Lon: b.Min.Lon + x*(b.Max.Lon-b.Min.Lon)}
	}
	nw, ne, sw, se, centre := at(0, 1), at(1, 1), at(0, 0), at(1, 0), at(0.51, 0.47)
	north, south, west, east := at(0.63, 1), at(0.42, 0), at(0, 0.4), at(1, 0.55)
	return map[string][]outline{
		"two":   {{sw, south, north, nw, sw}, {south, se, ne, north, south}},
		"three": {{sw, south, centre, north, nw, sw}, {south, se, east, centre, south}, {centre, east, ne, north, centre}},
		"four":  {{sw, south, centre, west, sw}, {south, se, east, centre, south}, {centre, east, ne, north, centre}, {west, centre, north, nw, west}},
	}
}

// osmiumExtract cuts a file as the makers of regional extracts do: "osmium extract" with the strategy smart.
func osmiumExtract(t *testing.T, file string, border outline, setBounds bool) string {
	t.Helper()
	var points []string
	for _, p := range border {
		points = append(points, fmt.Sprintf("[%.7f,%.7f]", p.Lon, p.Lat))
	}
	dir := t.TempDir()
	polygon, out := filepath.Join(dir, "border.geojson"), filepath.Join(dir, "region.osm.pbf")
	geojson := `{"type":"Feature","properties":{},"geometry":{"type":"Polygon","coordinates":[[` + strings.Join(points, ",") + `]]}}`
	if err := os.WriteFile(polygon, []byte(geojson), 0o644); err != nil {
		t.Fatal(err)
	}
	args := []string{"extract", "-s", "smart", "-p", polygon, "-o", out, file}
	if setBounds {
		args = append(args, "--set-bounds")
	}
	if text, err := exec.Command("osmium", args...).CombinedOutput(); err != nil {
		t.Fatalf("osmium: %v\n%s", err, text)
	}
	return out
}

// townMap writes a map of streets, houses and shops around a place; streets and a park cross every border. With a coast
// the south is sea with islands, some of them across a border.
func townMap(t *testing.T, centre loc2vec.LatLon, coast bool) string {
	t.Helper()
	var nodes, ways strings.Builder
	id := 0
	node := func(east, north float64, tags string) int {
		id++
		at := centre.Offset(east, north)
		fmt.Fprintf(&nodes, "<node id=\"%d\" version=\"1\" timestamp=\"2026-01-02T03:04:05Z\" lat=\"%.7f\" lon=\"%.7f\">%s</node>\n", id, at.Lat, at.Lon, tags)
		return id
	}
	tag := func(k, v string) string { return fmt.Sprintf("<tag k=%q v=%q/>", k, v) }
	way := func(tags string, refs ...int) {
		id++
		fmt.Fprintf(&ways, "<way id=\"%d\" version=\"1\" timestamp=\"2026-01-02T03:04:05Z\">", id)
		for _, r := range refs {
			fmt.Fprintf(&ways, "<nd ref=\"%d\"/>", r)
		}
		ways.WriteString(tags + "</way>\n")
	}
	const half = 2400
	rng := rand.New(rand.NewPCG(17, 1))
	for d := -half; d <= half; d += 160 {
		var eastward, northward []int
		for e := -half; e <= half; e += 200 {
			eastward = append(eastward, node(float64(e), float64(d)+rng.NormFloat64()*9, ""))
			northward = append(northward, node(float64(d)+rng.NormFloat64()*9, float64(e), ""))
		}
		way(tag("highway", "residential"), eastward...)
		way(tag("highway", "secondary"), northward...)
		for e := -half + 40; e < half; e += 80 {
			east, north, w := float64(e)+rng.Float64()*30, float64(d)+30+rng.Float64()*60, 8+rng.Float64()*12
			corner := node(east, north, "")
			way(tag("building", "yes"), corner, node(east+w, north, ""), node(east+w, north+w, ""), node(east, north+w, ""), corner)
			if rng.IntN(6) == 0 {
				node(east-5, north-5, tag("shop", "bakery"))
			}
		}
	}
	for _, r := range []float64{-900, 300, 1100} {
		corner := node(r, r/2, "")
		way(tag("leisure", "park"), corner, node(r+500, r/2+60, ""), node(r+420, r/2+380, ""), node(r-80, r/2+300, ""), corner)
	}
	if coast {
		var shore []int
		for e := -4000; e <= 4000; e += 50 { // eastwards, the sea on the right
			shore = append(shore, node(float64(e), -900+300*math.Sin(float64(e)/260)+rng.NormFloat64()*15, ""))
		}
		for i := 0; i+1 < len(shore); i += 8 {
			way(tag("natural", "coastline"), shore[i:min(i+9, len(shore))]...)
		}
		for _, at := range [][2]float64{{-420, -2000}, {-250, -1650}, {900, -1800}, {-1500, -1900}, {2450, -1700}, {-330, -2450}} {
			var ring []int
			for a := 0.0; a < 2*math.Pi; a += 0.2 { // counter-clockwise, the sea on the right
				r := 120 + rng.Float64()*30
				ring = append(ring, node(at[0]+r*math.Cos(a), at[1]+r*math.Sin(a), ""))
			}
			way(tag("natural", "coastline"), append(ring, ring[0])...)
		}
	}
	path := filepath.Join(t.TempDir(), "town.osm")
	if err := os.WriteFile(path, []byte("<osm version=\"0.6\">\n"+nodes.String()+ways.String()+"</osm>\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// extractTo writes the pack of a file.
func extractTo(t *testing.T, name, file string) string {
	t.Helper()
	var pack bytes.Buffer
	if _, err := osmextract.Extract(t.Context(), &pack, osmextract.Options{Files: []string{file}, Name: name}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name+".pmtiles")
	if err := os.WriteFile(path, pack.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// orders returns every order of the paths.
func orders(paths []string) [][]string {
	if len(paths) <= 1 {
		return [][]string{paths}
	}
	var all [][]string
	for i := range paths {
		rest := append(append([]string{}, paths[:i]...), paths[i+1:]...)
		for _, o := range orders(rest) {
			all = append(all, append([]string{paths[i]}, o...))
		}
	}
	return all
}

// view is what a set of packs gives of places: the embeddings of a device, and a server's rasters and counts.
type view struct {
	results []sdk.Result
	rasters [][]byte
	counts  []eval.Counts
}

// viewOf embeds and draws the places with the base model.
func viewOf(t *testing.T, packs []string, places []loc2vec.LatLon) (v view) {
	t.Helper()
	m, err := sdk.OpenBytes(base.Bundle(), sdk.Options{Engine: sdk.Go})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	for _, p := range packs {
		if err := m.AddRegion(p); err != nil {
			t.Fatal(err)
		}
	}
	region, err := OpenRegion(packs)
	if err != nil {
		t.Fatal(err)
	}
	defer region.Close()
	spec := m.Manifest().Raster
	file, err := bundle.Open(strings.NewReader(string(base.Bundle())), int64(len(base.Bundle())))
	if err != nil {
		t.Fatal(err)
	}
	encoder, err := sdk.OpenEncoder(file.Model, spec.Pixels, sdk.Options{Engine: sdk.Go})
	if err != nil {
		t.Fatal(err)
	}
	defer encoder.Close()
	drawer, shapes := region.Tiles.Drawer(spec), region.shapes(spec)
	for _, place := range places {
		r, err := m.Embed(t.Context(), place)
		if err != nil {
			t.Fatal(err)
		}
		v.results = append(v.results, r)
		pixels, pose := make([]byte, loc2vec.NumLayers*spec.Pixels*spec.Pixels), raster.Pose{Place: place}
		if err := drawer.Draw(pixels, pose); err != nil {
			t.Fatal(err)
		}
		v.rasters = append(v.rasters, pixels)
		// What the server draws is what the device embeds.
		var embedded [loc2vec.Dimension]float32
		if err := encoder.Embed(t.Context(), embedded[:], pixels); err != nil || embedded != r.Vector.Values {
			t.Errorf("%v in %v: the device embeds another raster than the server draws; %v", place, packs, err)
		}
		var counts eval.Counts
		if err := shapes.Count(&counts, pose); err != nil {
			t.Fatal(err)
		}
		v.counts = append(v.counts, counts)
	}
	return v
}

// moved returns the distances between the embeddings of two views, in descending order.
func (v view) moved(t *testing.T, w view) (distances []float64) {
	t.Helper()
	for i := range v.results {
		d, err := sdk.Distance(v.results[i].Vector, w.results[i].Vector)
		if err != nil {
			t.Fatal(err)
		}
		distances = append(distances, d)
	}
	slices.Sort(distances)
	slices.Reverse(distances)
	return distances
}

// alongBorders returns places with buildings up to some hundred metres from the borders.
func (n neighbours) alongBorders(t *testing.T, packs []string, regions []outline) (places []loc2vec.LatLon) {
	t.Helper()
	region, err := OpenRegion(packs)
	if err != nil {
		t.Fatal(err)
	}
	defer region.Close()
	spec := raster.Spec{Metres: 150, Pixels: 32}
	drawer, pixels := region.Tiles.Drawer(spec), make([]byte, loc2vec.NumLayers*spec.Pixels*spec.Pixels)
	rng := rand.New(rand.NewPCG(3, 4))
	for tries := 0; tries < 20000 && len(places) < n.places; tries++ {
		border := regions[rng.IntN(len(regions))]
		i, f := rng.IntN(len(border)-1), rng.Float64()
		a, b := border[i], border[i+1]
		place := loc2vec.LatLon{Lat: a.Lat + f*(b.Lat-a.Lat), Lon: a.Lon + f*(b.Lon-a.Lon)}.Offset(rng.NormFloat64()*200, rng.NormFloat64()*200)
		if inside, err := region.Tiles.Contains(place); err != nil || !inside || !n.box.Contains(place) {
			continue
		}
		if err := drawer.Draw(pixels, raster.Pose{Place: place}); err != nil {
			t.Fatal(err)
		}
		plane := spec.Pixels * spec.Pixels
		has := func(l loc2vec.Layer) bool { return slices.Max(pixels[int(l)*plane:][:plane]) == 255 }
		if has(loc2vec.Building) && (!n.coast || has(loc2vec.Water)) {
			places = append(places, place)
		}
	}
	return places
}

// TestNeighbours: a region that is cut in two, three or four, and put together again in any order, gives the
// embeddings of the whole region, on a device and on a server.
//
// Most are the same to the bit. The others differ by less than 0.1, where neighbouring places are 9 or more
// apart: a road that one region joins with a road beyond its border is simplified differently there, so that
// a few pixels along it count twice.
func TestNeighbours(t *testing.T) {
	if _, err := exec.LookPath("osmium"); err != nil {
		t.Skip("needs osmium-tool: not installed")
	}
	t.Run("town", func(t *testing.T) {
		centre := loc2vec.LatLon{Lat: 47.2, Lon: 9.6}
		box := loc2vec.Bounds{Min: centre.Offset(-2500, -2500), Max: centre.Offset(2500, 2500)}
		neighbours{file: townMap(t, centre, false), box: box, same: 0.8, most: 0.1, places: 12}.test(t)
	})
	t.Run("coast", func(t *testing.T) {
		centre := loc2vec.LatLon{Lat: 47.2, Lon: 9.6}
		box := loc2vec.Bounds{Min: centre.Offset(-2500, -2500), Max: centre.Offset(2500, 2500)}
		neighbours{file: townMap(t, centre, true), box: box, same: 0.8, most: 0.1, unbounded: 5, coast: true, places: 30}.test(t)
	})
	for _, box := range []loc2vec.Bounds{
		{Min: loc2vec.LatLon{Lat: 35.86, Lon: 14.47}, Max: loc2vec.LatLon{Lat: 35.93, Lon: 14.56}}, // the harbours
		{Min: loc2vec.LatLon{Lat: 35.79, Lon: 14.17}, Max: loc2vec.LatLon{Lat: 36.09, Lon: 14.60}},
	} {
		t.Run(fmt.Sprintf("Malta from %v", box.Min), func(t *testing.T) {
			file := filepath.Join("..", "..", "..", "..", "shared", "osm", "malta-2016-11.osm.pbf")
			if _, err := os.Stat(file); err != nil {
				t.Skip("needs an extract of Malta of 2016 beside the repository")
			}
			if testing.Short() {
				t.Skip("takes 30 seconds")
			}
			neighbours{file: file, box: box, same: 0.6, most: 0.1, places: 60}.test(t)
		})
	}
	t.Run("monaco", func(t *testing.T) {
		if testing.Short() {
			t.Skip("takes 15 seconds")
		}
		box := loc2vec.Bounds{Min: loc2vec.LatLon{Lat: 43.722, Lon: 7.405}, Max: loc2vec.LatLon{Lat: 43.755, Lon: 7.445}}
		neighbours{file: osmtestdata.Path(t, "monaco"), box: box, same: 0.3, most: 0.1, places: 12}.test(t)
	})
}

// neighbours is a map to cut and what to expect of its parts.
type neighbours struct {
	file string
	box  loc2vec.Bounds
	same float64 // at least that share of embeddings equals those of the whole map
	most float64 // no embedding differs by more
	// unbounded replaces most, if set, for extracts without a box: such an extract may close its sea by a line across
	// a bay of its own, and then no neighbour has the coast of that bay.
	unbounded float64

	places int
	coast  bool // places have water within 75 m
}

func (n neighbours) test(t *testing.T) {
	b := n.box
	around := outline{b.Min, {Lat: b.Min.Lat, Lon: b.Max.Lon}, b.Max, {Lat: b.Max.Lat, Lon: b.Min.Lon}, b.Min}
	whole := extractTo(t, "whole", osmiumExtract(t, n.file, around, true))
	for name, regions := range cuts(b) {
		for _, setBounds := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, bounds %v", name, setBounds), func(t *testing.T) {
				var packs []string
				for i, border := range regions {
					packs = append(packs, extractTo(t, fmt.Sprint("part", i), osmiumExtract(t, n.file, border, setBounds)))
				}
				bar := n
				if !setBounds && n.unbounded > 0 {
					bar.most = n.unbounded
				}
				bar.compare(t, whole, packs, n.alongBorders(t, packs, regions))
			})
		}
	}
}

func (n neighbours) compare(t *testing.T, whole string, packs []string, places []loc2vec.LatLon) {
	want, first := viewOf(t, []string{whole}, places), viewOf(t, packs, places)
	moved := first.moved(t, want)
	if len(moved) == 0 {
		t.Fatal("no place near a border")
	}
	same := 0
	for _, d := range moved {
		if d == 0 {
			same++
		}
	}
	t.Logf("%d of %d embeddings are those of the whole map, the others differ by up to %.3f", same, len(moved), moved[0])
	if moved[0] > n.most || float64(same) < n.same*float64(len(moved)) {
		t.Errorf("want %.0f %%, and differences up to %v", 100*n.same, n.most)
	}
	all := orders(packs)
	for i := 1; i < len(all); i += max(1, len(all)/3) {
		if got := viewOf(t, all[i], places); !reflect.DeepEqual(got, first) {
			t.Errorf("the order %v gives other results", all[i])
		}
	}
	for i, p := range places {
		if first.results[i].Region == "" {
			t.Errorf("%v has no region", p)
		}
	}
}
