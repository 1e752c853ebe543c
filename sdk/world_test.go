package sdk_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/sdk"
)

// The tests look at two neighbouring tiles in the Gulf of Guinea, where nothing is but what they
// put there: a grid of houses, roads and ponds in each.
var (
	west   = loc2vec.Tile{X: 8200, Y: 8100}
	east   = loc2vec.Tile{X: 8201, Y: 8100}
	border = at(east, 0, 4096)
)

// at returns the place of a point of a tile.
func at(t loc2vec.Tile, x, y int32) loc2vec.LatLon {
	const across = 1 << loc2vec.Zoom
	return loc2vec.Point{
		X: (float64(t.X) + float64(x)/loc2vec.Extent) / across,
		Y: (float64(t.Y) + float64(y)/loc2vec.Extent) / across,
	}.LatLon()
}

// city returns the features of a tile; its southern quarter is empty.
func city(seed int32) []loc2vec.Feature {
	var all []loc2vec.Feature
	const step = 512
	for y := int32(0); y+step <= loc2vec.Extent*3/4; y += step {
		for x := int32(0); x+step <= loc2vec.Extent; x += step {
			kind := loc2vec.Layer((x/step*7 + y/step*3 + seed) % 6)
			size := 100 + (x*5+y*3)%300
			all = append(all, loc2vec.Feature{Layer: kind, Kind: loc2vec.KindArea, Parts: [][]loc2vec.TilePoint{{
				{X: x, Y: y}, {X: x + size, Y: y}, {X: x + size, Y: y + size}, {X: x, Y: y + size},
			}}})
		}
		all = append(all, loc2vec.Feature{Layer: loc2vec.MinorRoad, Kind: loc2vec.KindLine, Size: 60,
			Parts: [][]loc2vec.TilePoint{{{X: 0, Y: y}, {X: loc2vec.Extent, Y: y + 100}}}})
	}
	slices.SortStableFunc(all, func(a, b loc2vec.Feature) int { return int(a.Layer) - int(b.Layer) })
	return all
}

// pack returns a region pack of some tiles.
func pack(t testing.TB, name, schema string, tiles ...loc2vec.Tile) []byte {
	t.Helper()
	return packOf(t, name, schema, func(tile loc2vec.Tile) []loc2vec.Feature { return city(int32(tile.X % 2)) }, tiles...)
}

// packOf returns a region pack of tiles with the given features.
func packOf(t testing.TB, name, schema string, features func(loc2vec.Tile) []loc2vec.Feature, tiles ...loc2vec.Tile) []byte {
	t.Helper()
	meta := loc2vec.PackMetadata{Name: name, SchemaHash: schema, Attribution: "none"}
	for _, tile := range tiles {
		meta.Area = append(meta.Area, tile.Bounds())
	}
	return packWith(t, meta, features, tiles...)
}

// packWith returns a region pack that may cover less than its tiles.
func packWith(t testing.TB, meta loc2vec.PackMetadata, features func(loc2vec.Tile) []loc2vec.Feature, tiles ...loc2vec.Tile) []byte {
	t.Helper()
	spool, err := os.Create(filepath.Join(t.TempDir(), "spool"))
	if err != nil {
		t.Fatal(err)
	}
	defer spool.Close()
	var b bytes.Buffer
	w := loc2vec.NewPackWriter(&b, spool, meta)
	tiles = slices.Clone(tiles)
	slices.SortFunc(tiles, func(a, b loc2vec.Tile) int { return int(int64(a.ID()) - int64(b.ID())) })
	for _, tile := range tiles {
		if err := w.WriteTile(tile, features(tile)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// bundle returns a bundle with one of the small models of package int8net.
func bundle(t testing.TB, layout, schema string) *loc2vec.Bundle {
	t.Helper()
	model, err := os.ReadFile(filepath.Join("..", "internal", "int8net", "testdata", layout+".onnx"))
	if err != nil {
		t.Fatal(err)
	}
	const pixels = 32
	b := &loc2vec.Bundle{Model: model, Manifest: loc2vec.Manifest{
		SchemaHash: schema,
		Raster:     loc2vec.RasterSpec{Metres: 200, Pixels: pixels},
		Dimension:  loc2vec.Dimension,
		Distance:   loc2vec.Euclidean,
		Input:      loc2vec.TensorSpec{Name: "raster", Type: "uint8", Shape: []int{-1, loc2vec.NumLayers, pixels, pixels}},
		Output:     loc2vec.TensorSpec{Name: "embedding", Type: "float32", Shape: []int{-1, loc2vec.Dimension}},
	}}
	encoder, err := sdk.OpenEncoder(model, pixels, sdk.Options{Engine: sdk.Go, Kernel: "portable"})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
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
			t.Fatal(err)
		}
		b.Golden = append(b.Golden, g)
	}
	// Through a file, so that the space id is there.
	var file bytes.Buffer
	if err := loc2vec.WriteBundle(&file, b); err != nil {
		t.Fatal(err)
	}
	opened, err := loc2vec.OpenBundle(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		t.Fatal(err)
	}
	return opened
}

const schema = "5c4e3a"

// open returns a model with regions.
func open(t testing.TB, layout string, opts sdk.Options, packs ...[]byte) *sdk.Model {
	t.Helper()
	m, err := sdk.OpenBundle(bundle(t, layout, schema), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, p := range packs {
		addPack(t, m, p)
	}
	return m
}

func addPack(t testing.TB, m *sdk.Model, data []byte) {
	t.Helper()
	if err := m.AddPack(openPack(t, data)); err != nil {
		t.Fatal(err)
	}
}

func openPack(t testing.TB, data []byte) *loc2vec.Pack {
	t.Helper()
	p, err := loc2vec.OpenPack(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// writeFile writes a file of the test and returns its path.
func writeFile(t testing.TB, name string, write func(io.Writer) error) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := write(f); err != nil {
		t.Fatal(err)
	}
	return path
}

// writeBytes writes a file of the test and returns its path.
func writeBytes(t testing.TB, name string, data []byte) string {
	t.Helper()
	return writeFile(t, name, func(w io.Writer) error { _, err := w.Write(data); return err })
}
