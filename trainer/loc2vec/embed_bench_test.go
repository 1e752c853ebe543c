package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/kernel"
	"github.com/loc2vec/loc2vec/internal/osmtestdata"
	"github.com/loc2vec/loc2vec/raster"
	"github.com/loc2vec/loc2vec/sdk"
	"github.com/loc2vec/loc2vec/trainer/internal/export"
	"github.com/loc2vec/loc2vec/trainer/internal/net"
	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
	"github.com/loc2vec/loc2vec/trainer/internal/sample"
)

// benched is the shape of a benchmarked model.
type benched struct {
	layout    string
	pixels    int
	rotations int
}

func (s benched) String() string {
	name := fmt.Sprintf("%s-%d", s.layout, s.pixels)
	if s.rotations > 1 {
		name += "-rotations"
	}
	return name
}

// benchModel returns a model with random weights on Monaco. It reads tiles anew for each place.
func benchModel(b *testing.B, shape benched, opts sdk.Options) (*sdk.Model, []loc2vec.LatLon) {
	b.Helper()
	dir := b.TempDir()
	pack := filepath.Join(dir, "monaco.pmtiles")
	if _, messages, err := runVerb(b, "", "extract", osmtestdata.Path(b, "monaco"), "-o", pack); err != nil {
		b.Fatalf("%v\n%s", err, messages)
	}
	r, err := pipeline.OpenRegion([]string{pack})
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	spec := raster.Spec{Metres: 200, Pixels: shape.pixels}
	places, _, err := sample.Draw(b.Context(), r.Tiles, sample.DefaultDraw(200, 9))
	if err != nil {
		b.Fatal(err)
	}
	network, err := r.RandomNetwork(b.Context(), pipeline.BaselineConfig{Places: places, Raster: spec, Net: shape.layout, Seed: 9})
	if err != nil {
		b.Fatal(err)
	}
	network.Rotations = shape.rotations
	rasters, err := r.Rasters(b.Context(), pipeline.RasterOptions{Spec: spec, Places: places, Shift: 40, Seed: 9})
	if err != nil {
		b.Fatal(err)
	}
	model, err := export.New(network, rasters, loc2vec.Euclidean)
	if err != nil {
		b.Fatal(err)
	}
	made, err := model.Bundle(export.Origin{SchemaHash: r.SchemaHash(), Raster: spec, Distance: loc2vec.Euclidean}, rasters)
	if err != nil {
		b.Fatal(err)
	}
	opts.TileCache = -1
	m, err := sdk.OpenBundle(made, opts)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { m.Close() })
	if err := m.AddRegion(pack); err != nil {
		b.Fatal(err)
	}
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(places), func(i, j int) { places[i], places[j] = places[j], places[i] })
	return m, places
}

// BenchmarkEmbed is one place of Monaco on one thread, from the pack's bytes to the vector: read,
// inflate, decode, draw, encode. The shapes are lite at its own size, the measure of what a phone may take, and
// that of the base model.
func BenchmarkEmbed(b *testing.B) {
	engines := map[string]sdk.Options{}
	for _, k := range kernel.Int8Kernels() {
		engines["go-"+k.Name()] = sdk.Options{Engine: sdk.Go, Kernel: k.Name()}
	}
	library := os.Getenv("LOC2VEC_ONNXRUNTIME")
	if library == "" {
		library = filepath.Join("..", "..", "build", "onnxruntime", runtime.GOOS+"-"+runtime.GOARCH, "libonnxruntime.so.1")
	}
	if _, err := os.Stat(library); err == nil {
		engines["ort"] = sdk.Options{Engine: sdk.ORT, ORTLibrary: library}
	}
	for name, opts := range engines {
		for _, shape := range []benched{{net.Lite, 128, 1}, {net.Wide, 64, 4}} {
			b.Run(name+"/"+shape.String(), func(b *testing.B) {
				m, places := benchModel(b, shape, opts)
				b.ReportAllocs()
				var took []time.Duration
				for i := 0; b.Loop(); i++ {
					began := time.Now()
					if _, err := m.Embed(context.Background(), places[i%len(places)]); err != nil {
						b.Fatal(err)
					}
					took = append(took, time.Since(began))
				}
				slices.Sort(took)
				b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "median-ms")
			})
		}
	}
}
