// Package testworld makes region packs and models of an invented city, for tests only.
package testworld

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/bundle"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/raster"
	"github.com/loc2vec/loc2vec/sdk"
)

const (
	// Schema is the schema hash of the models and regions.
	Schema = "5c4e3a"
	// OtherSchema is the schema hash of World.Foreign.
	OtherSchema = "f00d"
)

// West is a tile in the Gulf of Guinea, where no real data can be mistaken for that of the test.
func West() loc2vec.Tile { return loc2vec.Tile{X: 8200, Y: 8100} }

// East is the eastern neighbour of West.
func East() loc2vec.Tile { return loc2vec.Tile{X: 8201, Y: 8100} }

// Border is the middle of the edge between West and East.
func Border() loc2vec.LatLon { return At(East(), 0, loc2vec.Extent/2) }

// At returns the place of a point of a tile.
func At(t loc2vec.Tile, x, y int32) loc2vec.LatLon {
	const across = 1 << loc2vec.Zoom
	return loc2vec.Point{
		X: (float64(t.X) + float64(x)/loc2vec.Extent) / across,
		Y: (float64(t.Y) + float64(y)/loc2vec.Extent) / across,
	}.LatLon()
}

// City returns the features of a tile: a grid of areas and roads. Its southern quarter is empty.
func City(seed int32) []loc2vec.Feature {
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

// CityOf returns the features of a tile; neighbours in a row have different ones.
func CityOf(t loc2vec.Tile) []loc2vec.Feature { return City(int32(t.X % 2)) }

// Pack returns the bytes of a region pack that covers some tiles, with the features of CityOf.
func Pack(tb testing.TB, name, schema string, tiles ...loc2vec.Tile) []byte {
	tb.Helper()
	return PackOf(tb, Metadata(name, schema, tiles...), CityOf, tiles...)
}

// Metadata returns the metadata of a pack that covers some tiles.
func Metadata(name, schema string, tiles ...loc2vec.Tile) pack.Metadata {
	meta := pack.Metadata{Name: name, SchemaHash: schema, Attribution: "nobody"}
	for _, t := range tiles {
		meta.Area = append(meta.Area, t.Bounds())
	}
	return meta
}

// PackOf returns the bytes of a region pack with any metadata and features.
func PackOf(tb testing.TB, meta pack.Metadata, features func(loc2vec.Tile) []loc2vec.Feature, tiles ...loc2vec.Tile) []byte {
	tb.Helper()
	var b bytes.Buffer
	w := pack.NewWriter(&b, pack.WriterOptions{Metadata: meta})
	tiles = slices.Clone(tiles)
	slices.SortFunc(tiles, func(a, b loc2vec.Tile) int { return int(int64(a.ID()) - int64(b.ID())) })
	for _, t := range tiles {
		if err := w.WriteTile(t, features(t)); err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// pixels is the edge of the rasters of the models in testdata of package int8net.
const pixels = 32

// Bundle returns a bundle with one of the models in testdata of package int8net, such as "lite": small,
// with random weights. It must be called inside the module.
func Bundle(tb testing.TB, model string) *bundle.Bundle {
	tb.Helper()
	file := BundleFile(tb, model)
	b, err := bundle.Open(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// BundleFile returns the bytes of Bundle.
func BundleFile(tb testing.TB, model string) []byte {
	tb.Helper()
	onnx, err := os.ReadFile(filepath.Join(moduleRoot(tb), "internal", "onnx", "testdata", model+".onnx"))
	if err != nil {
		tb.Fatal(err)
	}
	b := &bundle.Bundle{Model: onnx, Golden: golden(tb, onnx), Manifest: bundle.Manifest{
		SchemaHash: Schema,
		Raster:     raster.Spec{Metres: 200, Pixels: pixels},
		Dimension:  loc2vec.Dimension,
		Distance:   loc2vec.Euclidean,
		Input:      bundle.TensorSpec{Name: "raster", Type: "uint8", Shape: []int{-1, loc2vec.NumLayers, pixels, pixels}},
		Output:     bundle.TensorSpec{Name: "embedding", Type: "float32", Shape: []int{-1, loc2vec.Dimension}},
	}}
	var file bytes.Buffer
	if err := bundle.Write(&file, b); err != nil {
		tb.Fatal(err)
	}
	return file.Bytes()
}

// golden computes the vectors of a few rasters.
func golden(tb testing.TB, onnx []byte) (all []bundle.Golden) {
	tb.Helper()
	encoder, err := sdk.OpenEncoder(onnx, pixels, sdk.Options{Engine: sdk.Go, Kernel: "portable"})
	if err != nil {
		tb.Fatal(err)
	}
	defer encoder.Close()
	for i := range 3 {
		g := bundle.Golden{
			Raster:    make([]byte, loc2vec.NumLayers*pixels*pixels),
			Embedding: make([]float32, loc2vec.Dimension),
		}
		for j := range g.Raster {
			if j/200%(i+2) == 0 {
				g.Raster[j] = byte(j * (i + 1))
			}
		}
		if err := encoder.Embed(tb.Context(), g.Embedding, g.Raster); err != nil {
			tb.Fatal(err)
		}
		all = append(all, g)
	}
	return all
}

// moduleRoot returns the directory of go.mod, at or above the working directory.
func moduleRoot(tb testing.TB) string {
	tb.Helper()
	dir, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			tb.Fatal("the working directory is outside the module")
		}
		dir = parent
	}
}
