package sdk_test

import (
	"context"
	"flag"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/sdk"
)

// With a real model and region the figures below are those of an app:
//
//	go test ./sdk -run Resident -bench 'Open|Embed' -bundle M.l2v -pack R.pmtiles
var (
	bundleFlag = flag.String("bundle", "", "measure with this bundle, not with a small one")
	packFlag   = flag.String("pack", "", "measure with this region pack")
)

// measured returns the files to measure with, and places in the region: a walk.
func measured(t testing.TB, places int) (bundlePath, packPath string, walk []loc2vec.LatLon) {
	t.Helper()
	bundlePath, packPath = *bundleFlag, *packFlag
	start := at(west, 4000, 3000)
	switch {
	case bundlePath == "":
		bundlePath, packPath = testFiles(t)
	default:
		pack, err := loc2vec.OpenPackFile(packPath)
		if err != nil {
			t.Fatal(err)
		}
		defer pack.Close()
		start = fullest(t, pack)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range places {
		walk = append(walk, start.Offset(rng.NormFloat64()*250, rng.NormFloat64()*200))
	}
	return bundlePath, packPath, walk
}

// fullest returns the middle of the tile with the most data.
func fullest(t testing.TB, pack *loc2vec.Pack) loc2vec.LatLon {
	t.Helper()
	var best loc2vec.LatLon
	var most int
	for tile, err := range pack.Tiles() {
		if err != nil {
			t.Fatal(err)
		}
		data, err := pack.ReadTile(nil, tile)
		if err != nil {
			t.Fatal(err)
		}
		if len(data) > most {
			most, best = len(data), at(tile, loc2vec.Extent/2, loc2vec.Extent/2)
		}
	}
	return best
}

func openMeasured(t testing.TB, bundlePath, packPath string) *sdk.Model {
	t.Helper()
	m, err := sdk.Open(bundlePath, sdk.Options{Engine: sdk.Go})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.AddRegion(packPath); err != nil {
		t.Fatal(err)
	}
	return m
}

// TestAllocations: at most 20 for each embedding once buffers have grown; there are fewer.
func TestAllocations(t *testing.T) {
	bundlePath, packPath, walk := measured(t, 50)
	m := openMeasured(t, bundlePath, packPath)
	defer m.Close()
	i := 0
	one := func() {
		if _, err := m.Embed(context.Background(), walk[i%len(walk)]); err != nil {
			t.Fatal(err)
		}
		i++
	}
	for range walk {
		one()
	}
	n := testing.AllocsPerRun(100, one)
	t.Logf("%v allocations an embedding", n)
	if n > 20 {
		t.Errorf("%v allocations, want at most 20", n)
	}
}

// TestResidentMemory: what the sdk adds to a process that embeds ten thousand places of a walk.
func TestResidentMemory(t *testing.T) {
	places := 10_000
	if testing.Short() {
		places = 1000
	}
	bundlePath, packPath, walk := measured(t, places)
	before := resident(t)
	start := time.Now()
	m := openMeasured(t, bundlePath, packPath)
	defer m.Close()
	opened := time.Since(start)
	for _, place := range walk {
		if _, err := m.Embed(context.Background(), place); err != nil {
			t.Fatal(err)
		}
	}
	added := resident(t) - before
	t.Logf("%d embeddings: %.1f MB more resident; opened in %v", places, float64(added)/1e6, opened.Round(time.Millisecond))
	if added > 25e6 {
		t.Errorf("%.1f MB, want at most 25", float64(added)/1e6)
	}
}

// resident returns the resident memory of the process in bytes.
func resident(t testing.TB) int64 {
	t.Helper()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skip("needs /proc: not on this system")
	}
	pages, err := strconv.ParseInt(strings.Fields(string(text))[1], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return pages * int64(os.Getpagesize())
}

// BenchmarkOpen opens a bundle and a region and embeds nothing; what is cold is the process, not the
// disk.
func BenchmarkOpen(b *testing.B) {
	bundlePath, packPath, _ := measured(b, 1)
	b.ReportAllocs()
	for b.Loop() {
		if err := openMeasured(b, bundlePath, packPath).Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOpenAndEmbed goes on to the first vector.
func BenchmarkOpenAndEmbed(b *testing.B) {
	bundlePath, packPath, walk := measured(b, 1)
	for b.Loop() {
		m := openMeasured(b, bundlePath, packPath)
		if _, err := m.Embed(context.Background(), walk[0]); err != nil {
			b.Fatal(err)
		}
		if err := m.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEmbed(b *testing.B) {
	bundlePath, packPath, walk := measured(b, 100)
	m := openMeasured(b, bundlePath, packPath)
	defer m.Close()
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if _, err := m.Embed(context.Background(), walk[i%len(walk)]); err != nil {
			b.Fatal(err)
		}
		i++
	}
}

func BenchmarkStandingStill(b *testing.B) {
	bundlePath, packPath, walk := measured(b, 1)
	m := openMeasured(b, bundlePath, packPath)
	defer m.Close()
	f := m.Follow(sdk.FollowOptions{})
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := f.At(context.Background(), walk[0]); err != nil {
			b.Fatal(err)
		}
	}
}
