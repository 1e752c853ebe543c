package pack_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/mvt/mvttest"
	"github.com/loc2vec/loc2vec/pack"
)

// nodeLayer is a layer in the output of testdata/readpack.mjs.
type nodeLayer struct {
	Name     string
	Version  int
	Extent   int
	Features []struct {
		Type       loc2vec.Kind
		Properties map[string]uint16
		Geometry   [][]struct{ X, Y int32 }
	}
}

// nodePack is the output of testdata/readpack.mjs.
type nodePack struct {
	Header struct {
		MinLon, MinLat, MaxLon, MaxLat          float64
		NumAddressedTiles, NumTileContents      int
		MinZoom, MaxZoom, TileType, SpecVersion int
		Clustered                               bool
	}
	Metadata pack.Metadata
	Tiles    map[string][]nodeLayer
}

// readWithNode reads tiles of a pack with the JavaScript readers of PMTiles and vector tiles.
func readWithNode(t *testing.T, file []byte, tiles []loc2vec.Tile) nodePack {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("needs node: not installed")
	}
	const folder = "../build/node"
	for _, name := range []string{"pmtiles", "@mapbox/vector-tile", "pbf"} {
		if _, err := os.Stat(filepath.Join(folder, "node_modules", name)); err != nil {
			t.Skipf("needs the npm package %s in %s: not installed", name, folder)
		}
	}
	path := filepath.Join(t.TempDir(), "test.pmtiles")
	if err := os.WriteFile(path, file, 0o644); err != nil {
		t.Fatal(err)
	}
	script, err := os.Open("testdata/readpack.mjs")
	if err != nil {
		t.Fatal(err)
	}
	defer script.Close()
	args := []string{"--input-type=module", "-", path}
	for _, tile := range tiles {
		args = append(args, fmt.Sprintf("%d/%d", tile.X, tile.Y))
	}
	cmd := exec.Command(node, args...)
	cmd.Dir, cmd.Stdin, cmd.Stderr = folder, script, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("node: %v", err)
	}
	var read nodePack
	if err := json.Unmarshal(out, &read); err != nil {
		t.Fatal(err)
	}
	return read
}

// TestInAnotherReader reads every feature of a pack with independent software.
func TestInAnotherReader(t *testing.T) {
	t.Run("many kinds of features", func(t *testing.T) {
		checkInAnotherReader(t, randomTiles(rand.New(rand.NewPCG(21, 22)), 60), 1)
	})
	t.Run("leaf directories", func(t *testing.T) {
		checkInAnotherReader(t, manyTiles(), 100)
	})
}

// checkInAnotherReader reads a regular sample of the tiles.
func checkInAnotherReader(t *testing.T, tiles []packTile, every int) {
	file := writePack(t, tiles)
	total := len(tiles)
	for i := range total / every {
		tiles[i] = tiles[i*every]
	}
	tiles = tiles[:total/every]
	var names []loc2vec.Tile
	for _, tile := range tiles {
		names = append(names, tile.tile)
	}
	outside := loc2vec.Tile{X: 100, Y: 100}
	read := readWithNode(t, file, append(names, outside))

	if h := read.Header; h.MinZoom != 14 || h.MaxZoom != 14 || h.TileType != 1 || !h.Clustered || h.NumAddressedTiles != total ||
		h.MinLon != -180 || h.MinLat != -90 || h.MaxLon != 180 || h.MaxLat != 90 {
		t.Errorf("header %+v", h)
	}
	if want := openPack(t, file).Metadata(); !reflect.DeepEqual(&read.Metadata, want) {
		t.Errorf("metadata %+v, want %+v", read.Metadata, want)
	}
	if layers, ok := read.Tiles["100/100"]; !ok || layers != nil {
		t.Errorf("a tile outside has layers %v", layers)
	}
	for _, tile := range tiles {
		layers := read.Tiles[fmt.Sprintf("%d/%d", tile.tile.X, tile.tile.Y)]
		if layers == nil {
			t.Fatalf("tile %v is missing", tile.tile)
		}
		if got, want := nodeParts(t, layers), mvttest.PartsOf(tile.features); !mvttest.Equal(got, want) {
			t.Fatalf("tile %v: %v, want %v", tile.tile, got, want)
		}
	}
}

// nodeParts returns the parts of a tile, sorted.
func nodeParts(t *testing.T, layers []nodeLayer) []mvttest.Part {
	t.Helper()
	var parts []mvttest.Part
	for _, l := range layers {
		layer, ok := loc2vec.ParseLayer(l.Name)
		if !ok || l.Version != 2 || l.Extent != loc2vec.Extent {
			t.Fatalf("layer %q of version %d, extent %d", l.Name, l.Version, l.Extent)
		}
		for _, f := range l.Features {
			name := map[loc2vec.Kind]string{loc2vec.KindDisc: "radius", loc2vec.KindLine: "width"}[f.Type]
			if _, ok := f.Properties[name]; ok != (name != "") || len(f.Properties) > 1 {
				t.Fatalf("a %v of layer %s has properties %v", f.Type, l.Name, f.Properties)
			}
			for _, g := range f.Geometry {
				var ps []loc2vec.TilePoint
				for _, p := range g {
					ps = append(ps, loc2vec.TilePoint(p))
				}
				switch f.Type {
				case loc2vec.KindArea:
					ps = ps[:len(ps)-1] // the first point again
				case loc2vec.KindDisc:
					for _, p := range ps[1:] {
						parts = append(parts, mvttest.NewPart(layer, f.Type, f.Properties[name], []loc2vec.TilePoint{p}))
					}
					ps = ps[:1]
				}
				parts = append(parts, mvttest.NewPart(layer, f.Type, f.Properties[name], ps))
			}
		}
	}
	slices.SortFunc(parts, mvttest.Compare)
	return parts
}
