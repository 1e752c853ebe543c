package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/bundle"
	"github.com/loc2vec/loc2vec/internal/osmtestdata"
	"github.com/loc2vec/loc2vec/osmextract/schema"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/raster"
	"github.com/loc2vec/loc2vec/trainer/internal/export"
	"github.com/loc2vec/loc2vec/trainer/internal/net"
	"github.com/loc2vec/loc2vec/trainer/internal/output"
	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
	"github.com/loc2vec/loc2vec/trainer/internal/sample"
)

// runVerb runs a verb and returns what it wrote to the standard streams.
func runVerb(t testing.TB, input, verb string, args ...string) (out, messages string, err error) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	std := stdio{in: strings.NewReader(input), out: &stdout, err: &stderr}
	_, err = execute(t.Context(), std, append([]string{verb}, args...))
	return stdout.String(), stderr.String(), err
}

// command runs a command line and returns its exit status and what it wrote.
func command(args ...string) (status int, output string) {
	var out bytes.Buffer
	status = run(context.Background(), stdio{in: strings.NewReader(""), out: &out, err: &out}, args)
	return status, out.String()
}

// asProgram makes the test binary run as the program, for tests of a real process.
const asProgram = "LOC2VEC_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

// monacoPack makes a region pack of Monaco.
func monacoPack(t *testing.T) string { return extractedPack(t, "monaco") }

// extractedPack makes a region pack of one of the real extracts.
func extractedPack(t *testing.T, name string) string {
	t.Helper()
	pack := filepath.Join(t.TempDir(), name+".pmtiles")
	if _, messages, err := runVerb(t, "", "extract", osmtestdata.Path(t, name), "-o", pack); err != nil {
		t.Fatalf("%v\n%s", err, messages)
	}
	return pack
}

// untrainedBundle writes the bundle of a small network with random weights.
func untrainedBundle(t *testing.T, pack string, packs []bundle.Pack) string {
	t.Helper()
	r, err := pipeline.OpenRegion([]string{pack})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	spec := raster.Spec{Metres: 200, Pixels: 32}
	places, _, err := sample.Draw(t.Context(), r.Tiles, sample.DefaultDraw(64, 9))
	if err != nil {
		t.Fatal(err)
	}
	network, err := r.RandomNetwork(t.Context(), pipeline.BaselineConfig{Places: places, Raster: spec, Net: net.Pooled, Seed: 9})
	if err != nil {
		t.Fatal(err)
	}
	rasters, err := r.Rasters(t.Context(), pipeline.RasterOptions{Spec: spec, Places: places, Shift: 80, Seed: 9})
	if err != nil {
		t.Fatal(err)
	}
	model, err := export.New(network, rasters, loc2vec.Euclidean)
	if err != nil {
		t.Fatal(err)
	}
	b, err := model.Bundle(export.Origin{
		SchemaHash: r.SchemaHash(), Raster: spec, Distance: loc2vec.Euclidean,
		Provenance: bundle.Provenance{Command: "test", Seed: 9, Loss: "none", Net: net.Pooled, Packs: packs},
	}, rasters)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "untrained.l2v")
	if err := output.Write(path, func(w io.Writer) error { return bundle.Write(w, b) }); err != nil {
		t.Fatal(err)
	}
	return path
}

// writeHarbour writes a pack of one tile, half of it water, and returns its path and the place in
// the middle of the tile.
func writeHarbour(t *testing.T) (string, loc2vec.LatLon) {
	t.Helper()
	id := loc2vec.Tile{X: 8529, Y: 5975}
	path := filepath.Join(t.TempDir(), "harbour.pmtiles")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := pack.NewWriter(file, pack.WriterOptions{Metadata: pack.Metadata{
		Name: "harbour", SchemaHash: schema.Hash(), Area: []loc2vec.Bounds{id.Bounds()},
	}})
	const half = loc2vec.Extent / 2
	if err := w.WriteTile(id, []loc2vec.Feature{{Layer: loc2vec.Water, Kind: loc2vec.KindArea, Parts: [][]loc2vec.TilePoint{
		{{X: 0, Y: 0}, {X: half, Y: 0}, {X: half, Y: loc2vec.Extent}, {X: 0, Y: loc2vec.Extent}},
	}}}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	b := id.Bounds()
	return path, loc2vec.LatLon{Lat: (b.Min.Lat + b.Max.Lat) / 2, Lon: (b.Min.Lon + b.Max.Lon) / 2}
}
