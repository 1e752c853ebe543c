// Package world makes models and regions of a place that does not exist, for tests that need them as
// files: those of the facade for phones and of its bindings.
package world

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/sdk"
)

// Schema is the hash that the models and the regions agree on.
const Schema = "5c4e3a"

// pixels is the edge of the rasters of the models in testdata of package int8net.
const pixels = 32

// World is a folder of files, and places to look at.
type World struct {
	Model      string // a bundle: small, with random weights
	OtherModel string // another one, so of another space
	Damaged    string // half a bundle
	West, East string // packs of two neighbouring tiles
	Foreign    string // a pack of another schema

	Inside   loc2vec.LatLon // in the west, among houses
	Border   loc2vec.LatLon // between west and east
	Unmapped loc2vec.LatLon // in the west, where nothing is mapped
	Outside  loc2vec.LatLon // in neither
}

// The two tiles lie in the Gulf of Guinea.
var (
	west = loc2vec.Tile{X: 8200, Y: 8100}
	east = loc2vec.Tile{X: 8201, Y: 8100}
)

// Make writes the files to an existing folder. It must be called below the root of the module.
func Make(dir string) (*World, error) {
	w := &World{
		Model: filepath.Join(dir, "model.l2v"), OtherModel: filepath.Join(dir, "other.l2v"),
		Damaged: filepath.Join(dir, "damaged.l2v"),
		West:    filepath.Join(dir, "west.pmtiles"), East: filepath.Join(dir, "east.pmtiles"),
		Foreign: filepath.Join(dir, "foreign.pmtiles"),
		Inside:  at(west, 3000, 4000), Border: at(east, 0, 4096), Unmapped: at(west, 4000, 7500),
		Outside: loc2vec.LatLon{Lat: 53.0758, Lon: 8.8072},
	}
	err := errors.Join(
		makeBundle(w.Model, "pooled"), makeBundle(w.OtherModel, "lite"),
		makePack(w.West, "west", Schema, west), makePack(w.East, "east", Schema, east),
		makePack(w.Foreign, "foreign", "f00d", west),
	)
	if err != nil {
		return nil, fmt.Errorf("making a world: %w", err)
	}
	whole, err := os.ReadFile(w.Model)
	if err != nil {
		return nil, err
	}
	return w, os.WriteFile(w.Damaged, whole[:len(whole)/2], 0o666)
}

// at returns the place of a point of a tile.
func at(t loc2vec.Tile, x, y int32) loc2vec.LatLon {
	const across = 1 << loc2vec.Zoom
	return loc2vec.Point{
		X: (float64(t.X) + float64(x)/loc2vec.Extent) / across,
		Y: (float64(t.Y) + float64(y)/loc2vec.Extent) / across,
	}.LatLon()
}

// write makes a file of what a function writes.
func write(path string, fill func(*os.File) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(fill(f), f.Close())
}

// makePack writes the pack of one tile: a grid of areas and roads, and nothing in its southern
// quarter.
func makePack(path, name, schema string, tile loc2vec.Tile) error {
	return write(path, func(f *os.File) error {
		spool, err := os.CreateTemp(filepath.Dir(path), "spool")
		if err != nil {
			return err
		}
		defer os.Remove(spool.Name())
		defer spool.Close()
		w := loc2vec.NewPackWriter(f, spool, loc2vec.PackMetadata{
			Name: name, SchemaHash: schema, Attribution: "nobody", Area: []loc2vec.Bounds{tile.Bounds()},
		})
		return errors.Join(w.WriteTile(tile, city(int32(tile.X%2))), w.Close())
	})
}

func city(seed int32) []loc2vec.Feature {
	const step = 512
	var all []loc2vec.Feature
	for y := int32(0); y+step <= loc2vec.Extent*3/4; y += step {
		for x := int32(0); x+step <= loc2vec.Extent; x += step {
			size := 100 + (x*5+y*3)%300
			all = append(all, loc2vec.Feature{
				Layer: loc2vec.Layer((x/step*7 + y/step*3 + seed) % 6), Kind: loc2vec.KindArea,
				Parts: [][]loc2vec.TilePoint{{{X: x, Y: y}, {X: x + size, Y: y}, {X: x + size, Y: y + size}, {X: x, Y: y + size}}},
			})
		}
		all = append(all, loc2vec.Feature{
			Layer: loc2vec.MinorRoad, Kind: loc2vec.KindLine, Size: 60,
			Parts: [][]loc2vec.TilePoint{{{X: 0, Y: y}, {X: loc2vec.Extent, Y: y + 100}}},
		})
	}
	slices.SortStableFunc(all, func(a, b loc2vec.Feature) int { return int(a.Layer) - int(b.Layer) })
	return all
}

// makeBundle writes a bundle with one of the small models of package int8net.
func makeBundle(path, layout string) error {
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	model, err := os.ReadFile(filepath.Join(root, "internal", "int8net", "testdata", layout+".onnx"))
	if err != nil {
		return err
	}
	b := &loc2vec.Bundle{Model: model, Manifest: loc2vec.Manifest{
		SchemaHash: Schema,
		Raster:     loc2vec.RasterSpec{Metres: 200, Pixels: pixels},
		Dimension:  loc2vec.Dimension,
		Distance:   loc2vec.Euclidean,
		Input:      loc2vec.TensorSpec{Name: "raster", Type: "uint8", Shape: []int{-1, loc2vec.NumLayers, pixels, pixels}},
		Output:     loc2vec.TensorSpec{Name: "embedding", Type: "float32", Shape: []int{-1, loc2vec.Dimension}},
	}}
	if b.Golden, err = golden(model); err != nil {
		return err
	}
	return write(path, func(f *os.File) error { return loc2vec.WriteBundle(f, b) })
}

// golden computes what the model says to a few rasters.
func golden(model []byte) (all []loc2vec.Golden, err error) {
	encoder, err := sdk.OpenEncoder(model, pixels, sdk.Options{Engine: sdk.Go, Kernel: "portable"})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, encoder.Close()) }()
	for i := range 3 {
		g := loc2vec.Golden{
			Raster:    make([]byte, loc2vec.NumLayers*pixels*pixels),
			Embedding: make([]float32, loc2vec.Dimension),
		}
		for j := range g.Raster {
			if j/200%(i+2) == 0 {
				g.Raster[j] = byte(j * (i + 1))
			}
		}
		if err := encoder.Embed(g.Embedding, g.Raster); err != nil {
			return nil, err
		}
		all = append(all, g)
	}
	return all, nil
}

// moduleRoot returns the folder of go.mod, at or above the working directory.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("the working directory is outside the module")
		}
		dir = parent
	}
}
