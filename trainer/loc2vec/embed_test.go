package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/bundle"
	"github.com/loc2vec/loc2vec/internal/kernel"
	"github.com/loc2vec/loc2vec/internal/osmtestdata"
	"github.com/loc2vec/loc2vec/raster"
	"github.com/loc2vec/loc2vec/sdk"
	"github.com/loc2vec/loc2vec/trainer/internal/export"
	"github.com/loc2vec/loc2vec/trainer/internal/net"
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

// TestEmbedRows: each good row has its vector, in order, and each bad one a message that names it.
func TestEmbedRows(t *testing.T) {
	pack := monacoPack(t)
	model := untrainedBundle(t, pack, nil)
	const rows = "lat,lon\n43.7384,7.4246\nhere,7\n43.74,7.43\n10,10\n91,0\n"
	out, messages, err := runVerb(t, rows, "embed", "--bundle", model, "--pack", pack, "--engine", "go")
	if err != nil {
		t.Fatalf("%v\n%s", err, messages)
	}
	table, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(table) != 3 || !slices.Equal(table[0][:3], []string{"row", "lat", "lon"}) ||
		!slices.Equal(table[1][:3], []string{"2", "43.7384", "7.4246"}) || !slices.Equal(table[2][:3], []string{"4", "43.74", "7.43"}) {
		t.Fatalf("rows %v", table)
	}
	for _, part := range []string{"row 3", "row 6", "row 5: 10.0000000,10.0000000: ", "2 of 5"} {
		if !strings.Contains(messages, part) {
			t.Errorf("messages do not name %q:\n%s", part, messages)
		}
	}

	// The same place as JSON.
	out, _, err = runVerb(t, "", "embed", "--bundle", model, "--pack", pack, "--engine", "go", "--at", "43.7384,7.4246")
	if err != nil {
		t.Fatal(err)
	}
	var place struct {
		Vector []float32
		Space  string
	}
	if err := json.Unmarshal([]byte(out), &place); err != nil {
		t.Fatal(err)
	}
	for i, v := range place.Vector {
		if want, err := strconv.ParseFloat(table[1][3+i], 32); err != nil || float32(want) != v {
			t.Errorf("coordinate %d: %v in JSON, %s in CSV", i, v, table[1][3+i])
		}
	}
	if place.Space != table[1][len(table[1])-1] || place.Space == "" {
		t.Errorf("space %q", place.Space)
	}
}

func TestEmbedFails(t *testing.T) {
	pack := monacoPack(t)
	model := untrainedBundle(t, pack, nil)
	if _, _, err := runVerb(t, "lat,lon\n10,10\n", "embed", "--bundle", model, "--pack", pack, "--engine", "go"); err == nil {
		t.Error("no error although no place has a vector")
	}
	for _, at := range []string{"91,0", "NaN,0", "0,540", "here", "1"} {
		_, _, err := runVerb(t, "", "embed", "--bundle", model, "--pack", pack, "--at", at)
		if !errors.Is(err, loc2vec.ErrCoordinate) {
			t.Errorf("--at %s: error %v", at, err)
		}
	}
	for _, args := range [][]string{
		{}, {"--bundle", model},
		{"--bundle", model, "--pack", pack, "--at", "1,1", "--engine", "abacus"},
		{"--bundle", model, "--pack", pack, "--at", "1,1", "--format", "xml"},
	} {
		var usage usageError
		if _, _, err := runVerb(t, "", "embed", args...); !errors.As(err, &usage) {
			t.Errorf("%v: error %v, want one about usage", args, err)
		}
	}
}

func TestInspectAndVerify(t *testing.T) {
	pack := monacoPack(t)
	model := untrainedBundle(t, pack, nil)
	out, _, err := runVerb(t, "", "inspect", pack, model)
	if err != nil || !strings.Contains(out, "region pack") || !strings.Contains(out, "golden vectors") {
		t.Errorf("%v\n%s", err, out)
	}
	out, _, err = runVerb(t, "", "inspect", model, "--json")
	var manifest bundle.Manifest
	if err := errors.Join(err, json.Unmarshal([]byte(out), &manifest)); err != nil || manifest.SpaceID == "" {
		t.Errorf("%v\n%s", err, out)
	}
	if out, _, err := runVerb(t, "", "inspect", "base"); err != nil || !strings.Contains(out, "OpenStreetMap contributors") {
		t.Errorf("the base model: %v\n%s", err, out)
	}
	out, messages, err := runVerb(t, "", "verify", pack, model)
	if err != nil || strings.Count(out, ": ok: ") != 2 {
		t.Errorf("%v\n%s%s", err, out, messages)
	}
}

// TestVerifyFindsDamage: a changed byte in the middle of either file, and a file that is neither.
func TestVerifyFindsDamage(t *testing.T) {
	pack := monacoPack(t)
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("neither"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{pack, untrainedBundle(t, pack, nil)} {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		data[len(data)/2] ^= 4
		damaged := filepath.Join(t.TempDir(), "damaged")
		if err := os.WriteFile(damaged, data, 0o600); err != nil {
			t.Fatal(err)
		}
		out, _, err := runVerb(t, "", "verify", damaged, path, text)
		if err == nil || strings.Count(out, ": BAD: ") != 2 || strings.Count(out, ": ok: ") != 1 {
			t.Errorf("%s: %v\n%s", path, err, out)
		}
	}
}

// benched is the shape of a model whose time is taken.
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

// benchModel is a model with random weights and Monaco as its region, its tiles read anew for each place.
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
	rasters, err := r.Rasters(b.Context(), spec, places, pipeline.Poses{Shift: 40, Seed: 9})
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
