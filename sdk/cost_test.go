package sdk_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/testworld"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/sdk"
)

// With a real model and region the measurements are those of an app:
//
//	go test ./sdk -run Resident -bench 'Open|Embed' -bundle $PWD/M.l2v -pack $PWD/R.pmtiles
var (
	bundleFlag = flag.String("bundle", "", "measure with this bundle instead of a small one")
	packFlag   = flag.String("pack", "", "measure with this region pack")
)

// measured returns the files to measure with, and places along a walk in the region.
func measured(t testing.TB, places int) (bundlePath, packPath string, walk []loc2vec.LatLon) {
	t.Helper()
	bundlePath, packPath = *bundleFlag, *packFlag
	start := testworld.At(west, 4000, 3000)
	switch {
	case bundlePath == "":
		bundlePath, packPath = testFiles(t)
	default:
		pack, err := pack.OpenFile(packPath)
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

// fullest returns the centre of the tile with the most data.
func fullest(t testing.TB, pack *pack.Reader) loc2vec.LatLon {
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
			most, best = len(data), testworld.At(tile, loc2vec.Extent/2, loc2vec.Extent/2)
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

// TestAllocations: an embedding allocates at most 20 times once buffers have grown.
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

// maxResident is what the sdk may add to a process, in bytes.
const maxResident = 25e6

// footprint is what opening and embedding added to a process, in bytes.
type footprint struct{ opened, embedded, highest int64 }

// TestResidentMemory measures how much memory the sdk adds to a process that embeds ten thousand places. It
// runs in a process of its own, because this one has memory left from other tests. A second process that
// holds too much memory shows that the measurement works.
func TestResidentMemory(t *testing.T) {
	places := 10_000
	if testing.Short() {
		places = 1000
	}
	bundlePath, packPath, walk := measured(t, places)
	added := footprintOf(t, bundlePath, packPath, walk, 0)
	t.Logf("%d embeddings: %.1f MB more resident, %.1f MB at the highest; %.1f MB once opened",
		places, float64(added.embedded)/1e6, float64(added.highest)/1e6, float64(added.opened)/1e6)
	if added.highest > maxResident {
		t.Errorf("%.1f MB, want at most %.1f", float64(added.highest)/1e6, maxResident/1e6)
	}
	if added.opened <= 0 || added.embedded < 500e3 || added.highest < added.embedded {
		t.Errorf("%+v is implausible", added)
	}
	const ballast = 2 * maxResident
	if over := footprintOf(t, bundlePath, packPath, walk[:10], ballast); over.embedded < ballast {
		t.Errorf("with %v MB of ballast: %+v", ballast/1e6, over)
	}
}

// footprintOf starts a process that embeds the places and also holds ballast bytes.
func footprintOf(t *testing.T, bundlePath, packPath string, walk []loc2vec.LatLon, ballast int) (f footprint) {
	t.Helper()
	resident(t) // skips on systems without this measurement
	places, err := json.Marshal(walk)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestResidentChild$", "-bundle", bundlePath, "-pack", packPath)
	cmd.Env = append(os.Environ(), ballastVariable+"="+strconv.Itoa(ballast))
	cmd.Stdin = bytes.NewReader(places)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if _, err := fmt.Sscan(string(out), &f.opened, &f.embedded, &f.highest); err != nil {
		t.Fatalf("the process says %q: %v", out, err)
	}
	return f
}

// ballastVariable is set in the process that TestResidentMemory starts: bytes that it holds.
const ballastVariable = "LOC2VEC_TEST_BALLAST"

// TestResidentChild is the process that TestResidentMemory starts.
func TestResidentChild(t *testing.T) {
	ballast, err := strconv.Atoi(os.Getenv(ballastVariable))
	if err != nil {
		t.Skip("started by TestResidentMemory only")
	}
	var walk []loc2vec.LatLon
	if err := json.NewDecoder(os.Stdin).Decode(&walk); err != nil {
		t.Fatal(err)
	}
	debug.FreeOSMemory()
	before, _ := resident(t)
	held := bytes.Repeat([]byte{1}, ballast)
	m := openMeasured(t, *bundleFlag, *packFlag)
	defer m.Close()
	opened, _ := resident(t)
	for _, place := range walk {
		if _, err := m.Embed(t.Context(), place); err != nil {
			t.Fatal(err)
		}
	}
	embedded, highest := resident(t)
	runtime.KeepAlive(held)
	fmt.Println(opened-before, embedded-before, highest-before)
}

// resident returns the resident memory of the process in bytes: now, and at the highest.
func resident(t testing.TB) (now, highest int64) {
	t.Helper()
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip("needs /proc: not on this system")
	}
	field := func(name string) (kB int64) {
		_, rest, _ := strings.Cut(string(text), name)
		if _, err := fmt.Sscan(rest, &kB); err != nil {
			t.Fatalf("%s in /proc/self/status: %v", name, err)
		}
		return kB << 10
	}
	return field("VmRSS:"), field("VmHWM:")
}

// TestClosedModelIsSmall: Java keeps closed models until its garbage collector runs, and the collector does
// not know how much Go memory they hold.
func TestClosedModelIsSmall(t *testing.T) {
	bundlePath, packPath, walk := measured(t, 1)
	inUse := func() int64 {
		runtime.GC()
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		return int64(stats.HeapAlloc)
	}
	const models = 50
	closed := make([]*sdk.Model, models)
	before := inUse()
	for i := range closed {
		closed[i] = openMeasured(t, bundlePath, packPath)
		if _, err := closed[i].Embed(t.Context(), walk[0]); err != nil {
			t.Fatal(err)
		}
		if err := closed[i].Close(); err != nil {
			t.Fatal(err)
		}
	}
	each := (inUse() - before) / models
	runtime.KeepAlive(closed)
	t.Logf("a closed model holds %d bytes", each)
	if each > 16<<10 {
		t.Errorf("a closed model holds %d bytes", each)
	}
}

// BenchmarkOpen opens a bundle and a region from a warm disk cache.
func BenchmarkOpen(b *testing.B) {
	bundlePath, packPath, _ := measured(b, 1)
	b.ReportAllocs()
	for b.Loop() {
		if err := openMeasured(b, bundlePath, packPath).Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOpenAndEmbed also computes the first vector.
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
