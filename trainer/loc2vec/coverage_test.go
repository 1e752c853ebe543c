package main

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/area"
	"github.com/loc2vec/loc2vec/internal/testworld"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/trainer/internal/areafile"
)

// TestInspectCoverage: a place lies in the polygons of a pack if the pack covers it, across the antimeridian and beyond Web
// Mercator too. Rings are as RFC 7946 asks.
func TestInspectCoverage(t *testing.T) {
	const last = 1<<loc2vec.Zoom - 1
	box := func(west, south, east, north float64) loc2vec.Bounds {
		return loc2vec.Bounds{Min: loc2vec.LatLon{Lat: south, Lon: west}, Max: loc2vec.LatLon{Lat: north, Lon: east}}
	}
	tile := func(x, y uint32) loc2vec.Tile { return loc2vec.Tile{X: x, Y: y} }
	for name, c := range map[string]struct {
		around loc2vec.LatLon
		area   []loc2vec.Bounds
		tiles  []loc2vec.Tile
	}{
		"a hole between tiles": {loc2vec.LatLon{Lat: 0.03, Lon: 0.03}, []loc2vec.Bounds{box(0.01, 0.001, 0.055, 0.06), box(0.05, 0.03, 0.1, 0.05)},
			[]loc2vec.Tile{tile(8192, 8191), tile(8193, 8191), tile(8194, 8191), tile(8192, 8190), tile(8194, 8190), tile(8192, 8189), tile(8193, 8189), tile(8194, 8189)}},
		"across the antimeridian": {loc2vec.LatLon{Lat: -17, Lon: 180}, []loc2vec.Bounds{box(179.95, -17.1, -179.96, -16.9)},
			[]loc2vec.Tile{tile(last, 8974), tile(0, 8974), tile(0, 8975), tile(1, 8975)}},
		"the north pole": {loc2vec.LatLon{Lat: 85.05, Lon: 20}, []loc2vec.Bounds{box(19, 85, 21, 90)}, []loc2vec.Tile{tile(9102, 0), tile(9103, 1)}},
	} {
		dir := t.TempDir()
		path, made := filepath.Join(dir, "a.pmtiles"), filepath.Join(dir, "a.geojson")
		meta := testworld.Metadata(name, testworld.Schema)
		meta.Area = c.area
		if err := os.WriteFile(path, testworld.PackOf(t, meta, testworld.CityOf, c.tiles...), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, messages, err := runVerb(t, "", "inspect", "--coverage", made, path, path); err != nil || out != "" {
			t.Fatalf("%s: %v: %s%s", name, err, out, messages)
		}
		text, err := os.ReadFile(made)
		if err != nil {
			t.Fatal(err)
		}
		if out, _, err := runVerb(t, "", "inspect", "--coverage", "-", path, path); err != nil || out != string(text) {
			t.Errorf("%s: standard output differs from the file: %v", name, err)
		}
		checkCoverage(t, name, path, string(text))
		polygons, err := areafile.Read(strings.NewReader(string(text)))
		if err != nil {
			t.Fatal(err)
		}
		checkCoveredPlaces(t, path, polygons, c.around)
	}
}

// checkCoverage checks properties and rings of a file of two features.
func checkCoverage(t *testing.T, name, path, text string) {
	t.Helper()
	var file coverageFile
	if err := json.Unmarshal([]byte(text), &file); err != nil {
		t.Fatal(err)
	}
	p, err := pack.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if got := file.Features[0].Properties; len(file.Features) != 2 || got.Name != name || got.ContentSHA256 != p.Metadata().ContentSHA256 {
		t.Errorf("%d features, the first has %+v", len(file.Features), got)
	}
	for _, polygon := range file.Features[0].Geometry.Coordinates {
		for i, ring := range polygon {
			sum := 0.0
			for j := 1; j < len(ring); j++ {
				sum += (ring[j][0] + ring[j-1][0] - 2*ring[0][0]) * (ring[j][1] - ring[j-1][1])
				if math.Abs(ring[j][0]) > 180 || math.Abs(ring[j][0]-ring[j-1][0]) > 10 {
					t.Errorf("%s: a ring is not cut at the antimeridian: %v", name, ring)
				}
			}
			if len(ring) < 5 || ring[0] != ring[len(ring)-1] || sum > 0 != (i == 0) {
				t.Errorf("%s: ring %d is %v", name, i, ring)
			}
		}
	}
}

// checkCoveredPlaces compares a pack with its polygons at places around another.
func checkCoveredPlaces(t *testing.T, path string, polygons *area.Area, around loc2vec.LatLon) {
	t.Helper()
	p, err := pack.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	rng := rand.New(rand.NewPCG(19, 11))
	covered := 0
	for range 5000 {
		place := loc2vec.LatLon{Lat: around.Lat + 0.3*(rng.Float64()-0.5), Lon: around.Lon + 0.3*(rng.Float64()-0.5)}
		if place.Lon > 180 {
			place.Lon -= 360
		}
		want, err := p.Contains(place)
		if err != nil {
			t.Fatal(err)
		}
		if want {
			covered++
		}
		if got := polygons.Contains(place); got != want {
			t.Errorf("%s: %v lies in the polygons: %v, the pack covers it: %v", path, place, got, want)
		}
	}
	if covered < 50 {
		t.Errorf("%s: only %d places are covered", path, covered)
	}
}

func TestInspectCoverageRefuses(t *testing.T) {
	path, _ := writeHarbour(t)
	if _, _, err := runVerb(t, "", "inspect", "--coverage", path, path); err == nil || !strings.Contains(err.Error(), "same file as the input") {
		t.Errorf("over the input: %v", err)
	}
	if _, _, err := runVerb(t, "", "inspect", "--coverage", "-", filepath.Join("..", "..", "sdk", "base", "base.l2v")); err == nil || !strings.Contains(err.Error(), "only region packs") {
		t.Errorf("a bundle: %v", err)
	}
}
