package sdk_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image/png"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/bundle"
	"github.com/loc2vec/loc2vec/internal/testworld"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/sdk"
)

// TestEmbedMany: the outcomes are those of Embed, in the order of the places.
func TestEmbedMany(t *testing.T) {
	m := open(t, "lite", sdk.Options{Engine: sdk.Go}, testworld.Pack(t, "west", testworld.Schema, west), testworld.Pack(t, "east", testworld.Schema, east))
	rng := rand.New(rand.NewPCG(1, 2))
	places := []loc2vec.LatLon{{Lat: 50, Lon: 7}, {Lat: 91}, {Lon: math.NaN()}}
	for range 150 {
		places = append(places, border.Offset(rng.NormFloat64()*500, rng.NormFloat64()*500))
	}
	rng.Shuffle(len(places), func(i, j int) { places[i], places[j] = places[j], places[i] })
	outcomes, err := m.EmbedMany(context.Background(), places)
	if err != nil || len(outcomes) != len(places) {
		t.Fatalf("%d outcomes, %v", len(outcomes), err)
	}
	for i, place := range places {
		want, err := m.Embed(context.Background(), place)
		got := outcomes[i]
		if got.Result != want || (got.Err == nil) != (err == nil) || err != nil && got.Err.Error() != err.Error() {
			t.Errorf("%v: %+v, want %+v, %v", place, got, want, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if outcomes, err := m.EmbedMany(ctx, places); !errors.Is(err, context.Canceled) || !errors.Is(outcomes[len(places)-1].Err, context.Canceled) && !errors.Is(outcomes[len(places)-1].Err, loc2vec.ErrCoordinate) {
		t.Errorf("cancelled: %v", err)
	}
	if outcomes, err := m.EmbedMany(context.Background(), nil); err != nil || len(outcomes) != 0 {
		t.Errorf("no places: %v, %v", outcomes, err)
	}
}

// TestRasterCache: places with equal rasters have the same vectors with a cache as without, and are computed once.
func TestRasterCache(t *testing.T) {
	file := testworld.Pack(t, "west", testworld.Schema, west)
	var places []loc2vec.LatLon
	for i := range 60 {
		places = append(places, border.Offset(-20*float64(i%30+1), 20*float64(i/30)))
	}
	plain := open(t, "lite", sdk.Options{Engine: sdk.Go}, file)
	cached := open(t, "lite", sdk.Options{Engine: sdk.Go, RasterCache: 1 << 20}, file)
	want, err := plain.EmbedMany(t.Context(), places)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		got, err := cached.EmbedMany(t.Context(), places)
		if err != nil {
			t.Fatal(err)
		}
		for i := range places {
			if got[i].Err != nil || got[i].Result != want[i].Result {
				t.Fatalf("place %d: %+v, want %+v", i, got[i], want[i])
			}
		}
	}
	if n := cached.RepeatedRasters(); n < 60 || plain.RepeatedRasters() != 0 {
		t.Errorf("%d of 120 rasters were found, %d without a cache", n, plain.RepeatedRasters())
	}
}

// TestCoverage: the coverages of a result are those of its raster, with a cache of rasters too, and zero unless they are
// wanted.
func TestCoverage(t *testing.T) {
	file := testworld.Pack(t, "west", testworld.Schema, west)
	m := open(t, "lite", sdk.Options{Engine: sdk.Go, Coverage: true, RasterCache: 1 << 20}, file)
	plain := open(t, "lite", sdk.Options{Engine: sdk.Go}, file)
	covered := 0
	for range 2 {
		for i := range 10 {
			place := border.Offset(-100*float64(i+1), 50*float64(i))
			e, err := m.Explain(t.Context(), place)
			if err != nil {
				t.Fatal(err)
			}
			got := embed(t, m, place)
			for l, layer := range e.Layers {
				if got.Coverage[l] != float32(layer.Coverage) {
					t.Errorf("place %d covers %v of %v, want %v", i, got.Coverage[l], layer.Layer, layer.Coverage)
				}
				if layer.Coverage > 0 {
					covered++
				}
			}
			got.Coverage = [loc2vec.NumLayers]float32{}
			if got != embed(t, plain, place) {
				t.Errorf("place %d has another result with coverages", i)
			}
		}
	}
	if covered == 0 {
		t.Error("nothing is covered")
	}
}

// panickyReader panics on demand, like a faulty reader of an app.
type panickyReader struct {
	io.ReaderAt
	panics atomic.Bool
}

func (r *panickyReader) ReadAt(p []byte, at int64) (int, error) {
	if r.panics.Load() {
		panic("no card in the slot")
	}
	return r.ReaderAt.ReadAt(p, at)
}

// TestEmbedManyPanics: a panic in one of its goroutines reaches the caller, who can recover from it.
func TestEmbedManyPanics(t *testing.T) {
	file := testworld.Pack(t, "west", testworld.Schema, west)
	r := &panickyReader{ReaderAt: bytes.NewReader(file)}
	p, err := pack.Open(r, int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	m := open(t, "lite", sdk.Options{Engine: sdk.Go})
	if err := m.AddPack(p); err != nil {
		t.Fatal(err)
	}
	r.panics.Store(true)
	func() {
		defer func() {
			if got := recover(); got != "no card in the slot" {
				t.Errorf("recovered %v", got)
			}
		}()
		_, _ = m.EmbedMany(context.Background(), slices.Repeat([]loc2vec.LatLon{testworld.At(west, 3000, 4000)}, 200))
	}()
	r.panics.Store(false)
	embed(t, m, testworld.At(west, 3000, 4000)) // the model still works
}

func TestFollow(t *testing.T) {
	m := open(t, "lite", sdk.Options{Engine: sdk.Go}, testworld.Pack(t, "west", testworld.Schema, west))
	f := m.Follow(sdk.FollowOptions{})
	start := testworld.At(west, 3000, 4000)
	step := func(place loc2vec.LatLon, fresh bool, want error) sdk.Result {
		t.Helper()
		r, got, err := f.At(context.Background(), place)
		if got != fresh || !errors.Is(err, want) {
			t.Errorf("%v: fresh %v, %v, want %v, %v", place, got, err, fresh, want)
		}
		return r
	}
	first := step(start, true, nil)
	if first != embed(t, m, start) {
		t.Error("not the result of Embed")
	}
	// In any direction from where the vector was computed; small steps do not add up.
	for i := range 20 {
		sin, cos := math.Sincos(float64(i))
		if got := step(start.Offset(19*sin, 19*cos), false, nil); got != first {
			t.Error("another vector within the threshold")
		}
	}
	away := start.Offset(21, 0)
	if step(away, true, nil) != embed(t, m, away) {
		t.Error("not the result of Embed after moving")
	}
	step(start, true, nil)
	outside := testworld.At(east, 4000, 4000)
	step(outside, true, loc2vec.ErrNoCoverage)
	step(outside.Offset(5, 5), false, loc2vec.ErrNoCoverage)
	addPack(t, m, testworld.Pack(t, "east", testworld.Schema, east))
	step(outside, true, nil)
	step(loc2vec.LatLon{Lat: 100}, false, loc2vec.ErrCoordinate)
	step(outside, false, nil)
	if err := m.RemoveRegion("east"); err != nil {
		t.Fatal(err)
	}
	step(outside, true, loc2vec.ErrNoCoverage)

	always := m.Follow(sdk.FollowOptions{Threshold: -1})
	for range 2 {
		if _, fresh, err := always.At(context.Background(), start); !fresh || err != nil {
			t.Errorf("without a threshold: fresh %v, %v", fresh, err)
		}
	}
}

// TestStandingStill: a call for the same position allocates nothing.
func TestStandingStill(t *testing.T) {
	m := open(t, "lite", sdk.Options{Engine: sdk.Go}, testworld.Pack(t, "west", testworld.Schema, west))
	f, place := m.Follow(sdk.FollowOptions{}), testworld.At(west, 3000, 4000)
	n := testing.AllocsPerRun(100, func() {
		if _, _, err := f.At(context.Background(), place); err != nil {
			t.Fatal(err)
		}
	})
	if n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

func TestExplain(t *testing.T) {
	m := open(t, "lite", sdk.Options{Engine: sdk.Go}, testworld.Pack(t, "west", testworld.Schema, west))
	place := testworld.At(west, 3000, 4000)
	e, err := m.Explain(context.Background(), place)
	if err != nil || e.Err != nil || e.Reason != "" || e.Result != embed(t, m, place) {
		t.Fatalf("%+v, %v", e, err)
	}
	var covered, moved int
	for l, c := range e.Layers {
		if c.Layer != loc2vec.Layer(l) || c.Coverage == 0 && c.Distance != 0 {
			t.Errorf("layer %d: %+v", l, c)
		}
		if c.Coverage > 0 {
			covered++
		}
		if c.Distance > 0 {
			moved++
		}
	}
	if covered < 3 || moved < 2 {
		t.Errorf("%d layers present, %d of them matter: %+v", covered, moved, e.Layers)
	}
	data, err := e.PNG()
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if size := img.Bounds().Size(); size.X != 4*32+3*4 || size.Y != 3*32+2*4 {
		t.Errorf("picture of %v", size)
	}
	// The picture shows the building layer where the raster covers it.
	for p, v := range e.Raster[5*32*32 : 6*32*32] {
		r, g, b, _ := img.At(36+p%32, 36+p/32).RGBA()
		if white := r == 0xffff && g == 0xffff && b == 0xffff; white != (v == 0) {
			t.Fatalf("pixel %d: coverage %d, white %v", p, v, white)
		}
	}
}

// TestExplainWithoutVector: every case without a vector has a reason.
func TestExplainWithoutVector(t *testing.T) {
	m := open(t, "lite", sdk.Options{Engine: sdk.Go}, testworld.Pack(t, "west", testworld.Schema, west))
	none := open(t, "lite", sdk.Options{Engine: sdk.Go})
	for _, c := range []struct {
		model *sdk.Model
		place loc2vec.LatLon
		words string
		err   error
	}{
		{m, loc2vec.LatLon{Lat: 91}, "invalid coordinate", loc2vec.ErrCoordinate},
		{m, border.Offset(1000, 0), "nearest is west, 1.0 km away", loc2vec.ErrNoCoverage},
		{none, border, "no region", loc2vec.ErrNoCoverage},
	} {
		e, err := c.model.Explain(context.Background(), c.place)
		if err != nil || !strings.Contains(e.Reason, c.words) || !errors.Is(e.Err, c.err) || e.Raster != nil {
			t.Errorf("%v: %+v, %v, want %q", c.place, e, err, c.words)
		}
		if _, err := e.PNG(); !errors.Is(err, c.err) {
			t.Errorf("%v: picture: error %v", c.place, err)
		}
	}
	e, err := m.Explain(context.Background(), testworld.At(west, 4000, 7500))
	if err != nil || !strings.Contains(e.Reason, "nothing is mapped") || e.Err != nil || !e.Result.Unmapped {
		t.Errorf("the empty south: %+v, %v", e, err)
	}
}

func TestStatus(t *testing.T) {
	b := testworld.Bundle(t, "lite")
	m, err := sdk.OpenBundle(b, sdk.Options{Engine: sdk.Go})
	if err != nil {
		t.Fatal(err)
	}
	addPack(t, m, testworld.Pack(t, "west", testworld.Schema, west))
	s, err := m.Status(context.Background())
	if err != nil || !s.Healthy || s.SelfTest.Vectors != len(b.Golden) || len(s.Regions) != 1 || s.Regions[0].Name != "west" ||
		s.SpaceID != b.Manifest.SpaceID || !strings.HasPrefix(s.Engine, "go ") || s.BundleFormat != bundle.FormatVersion {
		t.Errorf("%+v, %v", s, err)
	}
	text, err := json.Marshal(s)
	if err != nil || !strings.Contains(string(text), `"self_test":{"engine":"go `) {
		t.Errorf("%s, %v", text, err)
	}
	b.Golden[0].Embedding[0]++
	if s, err := m.Status(context.Background()); err != nil || s.Healthy || s.Problem == "" || s.SelfTest.Wrong != 1 {
		t.Errorf("with a golden vector changed: %+v, %v", s, err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Status(context.Background()); !errors.Is(err, os.ErrClosed) {
		t.Errorf("closed: error %v", err)
	}
}
