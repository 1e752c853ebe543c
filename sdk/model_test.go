package sdk_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/testworld"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/sdk"
)

func embed(t testing.TB, m *sdk.Model, place loc2vec.LatLon) sdk.Result {
	t.Helper()
	r, err := m.Embed(context.Background(), place)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestEmbedFromFiles(t *testing.T) {
	b := testworld.Bundle(t, "pooled")
	bundlePath := writeFile(t, "model.l2v", testworld.BundleFile(t, "pooled"))
	packPath := writeFile(t, "west.pmtiles", testworld.Pack(t, "west", testworld.Schema, west))
	m, err := sdk.Open(bundlePath, sdk.Options{Engine: sdk.Go})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if err := m.AddRegion(packPath); err != nil {
		t.Fatal(err)
	}
	r := embed(t, m, testworld.At(west, 3000, 4000))
	if r.Vector.SpaceID != b.Manifest.SpaceID || r.Vector.Metric != loc2vec.Euclidean || r.Region != "west" {
		t.Errorf("result %+v", r)
	}
	if !(r.Mapped > 0.2 && r.Mapped < 1) || r.Unmapped {
		t.Errorf("mapped %v", r.Mapped)
	}
	if got := m.Regions(); len(got) != 1 || got[0].Name != "west" {
		t.Errorf("regions %v", got)
	}
}

// TestUnmappedAndOutside: an unmapped place is not a place outside every region.
func TestUnmappedAndOutside(t *testing.T) {
	m := open(t, "lite", sdk.Options{Engine: sdk.Go}, testworld.Pack(t, "west", testworld.Schema, west))
	r := embed(t, m, testworld.At(west, 4000, 7500))
	if !r.Unmapped || r.Mapped != 0 {
		t.Errorf("the empty south of the tile: %+v", r)
	}
	for _, place := range []loc2vec.LatLon{testworld.At(east, 4000, 4000), {Lat: 90, Lon: 180}, {Lat: -90, Lon: -180}} {
		if _, err := m.Embed(context.Background(), place); !errors.Is(err, loc2vec.ErrNoCoverage) {
			t.Errorf("%v: error %v", place, err)
		}
	}
	if _, err := open(t, "lite", sdk.Options{Engine: sdk.Go}).Embed(context.Background(), testworld.At(west, 1, 1)); !errors.Is(err, loc2vec.ErrNoCoverage) {
		t.Errorf("without regions: error %v", err)
	}
}

func TestInvalidCoordinate(t *testing.T) {
	m := open(t, "lite", sdk.Options{Engine: sdk.Go}, testworld.Pack(t, "west", testworld.Schema, west))
	for _, place := range []loc2vec.LatLon{{Lat: 91}, {Lat: math.NaN()}, {Lon: 540}, {Lon: math.Inf(1)}, {Lon: math.NaN()}} {
		if _, err := m.Embed(context.Background(), place); !errors.Is(err, loc2vec.ErrCoordinate) {
			t.Errorf("%v: error %v", place, err)
		}
	}
}

// TestErrorsContainNoCoordinate: texts of errors may end up in logs.
func TestErrorsContainNoCoordinate(t *testing.T) {
	m := open(t, "lite", sdk.Options{Engine: sdk.Go}, testworld.Pack(t, "west", testworld.Schema, west))
	follower := m.Follow(sdk.FollowOptions{})
	for _, place := range []loc2vec.LatLon{
		{Lat: 12.3456789, Lon: 45.678912},   // outside of the region
		{Lat: 145.678912, Lon: 12.3456789},  // latitude and longitude exchanged
		{Lat: 12.3456789, Lon: 345.6789123}, // longitudes counted to 360
	} {
		_, embedErr := m.Embed(context.Background(), place)
		_, _, followErr := follower.At(context.Background(), place)
		outcomes, manyErr := m.EmbedMany(context.Background(), []loc2vec.LatLon{place})
		explanation, explainErr := m.Explain(context.Background(), place)
		if manyErr != nil || explainErr != nil {
			t.Fatal(manyErr, explainErr)
		}
		for name, text := range map[string]string{
			"Embed": embedErr.Error(), "At": followErr.Error(), "EmbedMany": outcomes[0].Err.Error(),
			"Explain": explanation.Err.Error(), "Explain's reason": explanation.Reason,
		} {
			if strings.Contains(text, "12.3") || strings.Contains(text, "45.6") {
				t.Errorf("%s contains the coordinate: %s", name, text)
			}
		}
	}
}

// TestAddRegionReplaces: a region from the same file replaces the old one, with the new map.
func TestAddRegionReplaces(t *testing.T) {
	old, fresh := testworld.Pack(t, "west", testworld.Schema, west), testworld.PackOf(t, testworld.Metadata("west", testworld.Schema, west), func(loc2vec.Tile) []loc2vec.Feature { return testworld.City(1) }, west)
	place := testworld.At(west, 3000, 4000)
	want := embed(t, open(t, "lite", sdk.Options{Engine: sdk.Go}, fresh), place)
	if embed(t, open(t, "lite", sdk.Options{Engine: sdk.Go}, old), place) == want {
		t.Fatal("both maps give the same vector: the test tests nothing")
	}
	m := open(t, "lite", sdk.Options{Engine: sdk.Go})
	path := writeFile(t, "west.pmtiles", old)
	for _, p := range []string{path, writeFile(t, "east.pmtiles", testworld.Pack(t, "east", testworld.Schema, east))} {
		if err := m.AddRegion(p); err != nil {
			t.Fatal(err)
		}
	}
	embed(t, m, place) // its tile is in the cache
	if err := os.Rename(writeFile(t, "new.pmtiles", fresh), path); err != nil {
		t.Fatal(err)
	}
	if err := m.AddRegion(filepath.Join(filepath.Dir(path), ".", "west.pmtiles")); err != nil {
		t.Fatal(err)
	}
	if got := embed(t, m, place); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if n := len(m.Regions()); n != 2 {
		t.Errorf("%d regions, want 2", n)
	}
}

// TestWindowAcrossRegions: at their border, two regions give the vector of one region that covers both.
func TestWindowAcrossRegions(t *testing.T) {
	both := open(t, "lite", sdk.Options{Engine: sdk.Go}, testworld.Pack(t, "both", testworld.Schema, west, east))
	apart := open(t, "lite", sdk.Options{Engine: sdk.Go}, testworld.Pack(t, "west", testworld.Schema, west), testworld.Pack(t, "east", testworld.Schema, east))
	alone := open(t, "lite", sdk.Options{Engine: sdk.Go}, testworld.Pack(t, "east", testworld.Schema, east))
	for _, east := range []float64{-60, -1, 1, 60} {
		place := border.Offset(east, 0)
		want, got := embed(t, both, place), embed(t, apart, place)
		if got.Vector != want.Vector || got.Mapped != want.Mapped {
			t.Errorf("%v m east of the border: %+v, want %+v", east, got, want)
		}
		if home := map[bool]string{true: "east", false: "west"}[east > 0]; got.Region != home {
			t.Errorf("%v m east of the border: in region %s", east, got.Region)
		}
		if east > 0 && embed(t, alone, place).Vector == want.Vector {
			t.Errorf("%v m east of the border: the western region does not matter", east)
		}
	}
}

// TestOverlappingRegions: a region that was added twice is drawn once.
func TestOverlappingRegions(t *testing.T) {
	p := testworld.Pack(t, "west", testworld.Schema, west)
	once := open(t, "lite", sdk.Options{Engine: sdk.Go}, p)
	twice := open(t, "lite", sdk.Options{Engine: sdk.Go}, p, p)
	place := testworld.At(west, 3000, 4000)
	if embed(t, once, place) != embed(t, twice, place) {
		t.Error("adding a region twice changes a vector")
	}
}

// TestSharedFeatures: in a window across a border, features that both regions have are drawn once, as if
// there were one region.
func TestSharedFeatures(t *testing.T) {
	features := func(loc2vec.Tile) []loc2vec.Feature { return testworld.City(0) }
	part := func(name string, from, to int32) []byte {
		sw, ne := testworld.At(west, from, loc2vec.Extent), testworld.At(west, to, 0)
		return testworld.PackOf(t, pack.Metadata{
			Name: name, SchemaHash: testworld.Schema, Attribution: "none", Area: []loc2vec.Bounds{{Min: sw, Max: ne}},
		}, features, west)
	}
	whole := testworld.Pack(t, "whole", testworld.Schema, west)
	left, right := part("left", 0, 5000), part("right", 3000, loc2vec.Extent)
	wide := testworld.Pack(t, "wide", testworld.Schema, west, east)
	for name, c := range map[string]struct {
		want, got [][]byte
		place     loc2vec.LatLon
	}{
		"two parts of a tile":         {[][]byte{whole}, [][]byte{left, right}, testworld.At(west, 5000, 3000)},
		"the other part first":        {[][]byte{whole}, [][]byte{right, left}, testworld.At(west, 3000, 3000)},
		"a tile and one of its parts": {[][]byte{whole}, [][]byte{left, whole}, testworld.At(west, 5000, 3000)},
		"a region and a larger one":   {[][]byte{wide}, [][]byte{whole, wide}, border.Offset(-20, 0)},
	} {
		want := embed(t, open(t, "lite", sdk.Options{Engine: sdk.Go}, c.want...), c.place)
		got := embed(t, open(t, "lite", sdk.Options{Engine: sdk.Go}, c.got...), c.place)
		if got.Vector != want.Vector || got.Mapped != want.Mapped {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
}

// TestTileCache: neither its size nor the order of places changes a vector.
func TestTileCache(t *testing.T) {
	packs := [][]byte{testworld.Pack(t, "west", testworld.Schema, west), testworld.Pack(t, "east", testworld.Schema, east)}
	rng := rand.New(rand.NewPCG(1, 2))
	var places []loc2vec.LatLon
	for range 40 {
		places = append(places, border.Offset(rng.NormFloat64()*300, rng.NormFloat64()*300))
	}
	var want []sdk.Result
	for _, size := range []int{-1, 0, 1} {
		m := open(t, "lite", sdk.Options{Engine: sdk.Go, TileCache: size}, packs...)
		var got []sdk.Result
		for _, p := range places {
			got = append(got, embed(t, m, p))
		}
		if want == nil {
			want = got
		}
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("cache of %d, place %d: %+v, want %+v", size, i, got[i], want[i])
			}
		}
	}
}

func TestSchemaMismatch(t *testing.T) {
	m := open(t, "lite", sdk.Options{Engine: sdk.Go})
	data := testworld.Pack(t, "other", testworld.OtherSchema, west)
	path := writeFile(t, "other.pmtiles", data)
	err := m.AddRegion(path)
	if !errors.Is(err, loc2vec.ErrSchemaMismatch) || !strings.Contains(err.Error(), testworld.OtherSchema) || !strings.Contains(err.Error(), testworld.Schema) {
		t.Errorf("error %v", err)
	}
	if len(m.Regions()) != 0 {
		t.Error("the region was added")
	}
}

func TestOpenBadBundle(t *testing.T) {
	b := testworld.Bundle(t, "lite")
	file := testworld.BundleFile(t, "lite")
	if _, err := sdk.OpenBytes(file[:len(file)/2], sdk.Options{}); !errors.Is(err, loc2vec.ErrCorrupt) {
		t.Errorf("half a bundle: error %v", err)
	}
	if _, err := sdk.Open("no such file", sdk.Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: error %v", err)
	}
	b.Model = []byte("this is no model")
	if _, err := sdk.OpenBundle(b, sdk.Options{Engine: sdk.Go}); !errors.Is(err, loc2vec.ErrCorrupt) {
		t.Errorf("no model: error %v", err)
	}
	if _, err := sdk.OpenBundle(testworld.Bundle(t, "lite"), sdk.Options{Engine: "abacus"}); err == nil {
		t.Error("no error for an unknown engine")
	}
}

// TestManyGoroutines: concurrent calls return the vectors of sequential ones.
func TestManyGoroutines(t *testing.T) { manyGoroutines(t, sdk.Options{Engine: sdk.Go}) }

func manyGoroutines(t *testing.T, opts sdk.Options) {
	t.Helper()
	m := open(t, "pooled", opts, testworld.Pack(t, "west", testworld.Schema, west), testworld.Pack(t, "east", testworld.Schema, east))
	const places = 24
	place := func(i int) loc2vec.LatLon { return border.Offset(float64(i*37%400-200), float64(i*53%600-300)) }
	want := make([]sdk.Result, places)
	for i := range want {
		want[i] = embed(t, m, place(i))
	}
	var wg sync.WaitGroup
	for g := range 4 * runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for k := range 2 * places {
				i := (k*5 + g) % places
				got, err := m.Embed(context.Background(), place(i))
				if err != nil || got != want[i] {
					t.Errorf("place %d: %+v, %v, want %+v", i, got, err, want[i])
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestCancelledAndClosed(t *testing.T) {
	m, err := sdk.OpenBundle(testworld.Bundle(t, "lite"), sdk.Options{Engine: sdk.Go})
	if err != nil {
		t.Fatal(err)
	}
	addPack(t, m, testworld.Pack(t, "west", testworld.Schema, west))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := m.Embed(ctx, testworld.At(west, 1, 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: error %v", err)
	}
	for range 2 {
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := m.SelfTest(t.Context()); !errors.Is(err, os.ErrClosed) {
		t.Errorf("self-test after Close: error %v", err)
	}
	if err := m.AddPack(openPack(t, testworld.Pack(t, "west", testworld.Schema, west))); !errors.Is(err, os.ErrClosed) {
		t.Errorf("adding a region after Close: error %v", err)
	}
}

func TestSelfTest(t *testing.T) {
	b := testworld.Bundle(t, "classic")
	m, err := sdk.OpenBundle(b, sdk.Options{Engine: sdk.Go})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	report, err := m.SelfTest(t.Context())
	if err != nil || report.Vectors != len(b.Golden) || report.Wrong != 0 {
		t.Errorf("%+v, %v", report, err)
	}
	b.Golden[2].Embedding[7] += 0.5
	report, err = m.SelfTest(t.Context())
	if !errors.Is(err, sdk.ErrSelfTest) || report.Wrong != 1 || math.Abs(report.Largest-0.5) > 1e-6 {
		t.Errorf("after a change: %+v, %v", report, err)
	}
}

func TestDistance(t *testing.T) {
	a := sdk.Vector{SpaceID: "a", Metric: loc2vec.Euclidean}
	b := a
	b.Values[3], b.Values[5] = 3, -4
	if d, err := sdk.Distance(a, b); err != nil || d != 5 {
		t.Errorf("distance %v, %v, want 5", d, err)
	}
	c := b
	c.SpaceID = "c"
	if _, err := sdk.Distance(b, c); !errors.Is(err, loc2vec.ErrSpaceMismatch) {
		t.Errorf("vectors of different spaces: error %v", err)
	}
	a.Metric, b.Metric = loc2vec.Cosine, loc2vec.Cosine
	if d, err := sdk.Distance(b, b); err != nil || math.Abs(d) > 1e-12 {
		t.Errorf("distance to itself %v, %v", d, err)
	}
	if d, err := sdk.Distance(a, b); err != nil || d != 1 {
		t.Errorf("distance to zeros %v, %v", d, err)
	}
}
