package sdk_test

import (
	"bytes"
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/testworld"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/sdk"
)

// oddNumbers are unusual values of coordinates.
var oddNumbers = []float64{
	math.NaN(), math.Inf(1), math.Inf(-1), 0, math.Copysign(0, -1), 90, -90, 180, -180, 180.0000001, 540,
	math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64, loc2vec.MaxLatitude, 1e9,
}

// randomPlace returns a place anywhere, an invalid one, or one near the two tiles.
func randomPlace(rng *rand.Rand) loc2vec.LatLon {
	number := func(limit float64) float64 {
		if rng.IntN(8) == 0 {
			return oddNumbers[rng.IntN(len(oddNumbers))]
		}
		return (2*rng.Float64() - 1) * limit
	}
	if rng.IntN(500) == 0 {
		return border.Offset(rng.NormFloat64()*800, rng.NormFloat64()*800)
	}
	return loc2vec.LatLon{Lat: number(100), Lon: number(200)}
}

// TestRandomCoordinates embeds a million coordinates from 8 threads while regions are added and removed.
// Each coordinate has a vector or the right error.
func TestRandomCoordinates(t *testing.T) {
	const threads = 8
	each := 125_000
	if testing.Short() {
		each = 2_500
	}
	eastPack := testworld.Pack(t, "east", testworld.Schema, east)
	m := open(t, "lite", sdk.Options{Engine: sdk.Go}, testworld.Pack(t, "west", testworld.Schema, west))
	calm := open(t, "lite", sdk.Options{Engine: sdk.Go}, testworld.Pack(t, "west", testworld.Schema, west), eastPack)
	before := runtime.NumGoroutine()
	var vectors, outside, bad atomic.Int64
	var group sync.WaitGroup
	for g := range threads {
		group.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(g), 1))
			for range each {
				place := randomPlace(rng)
				r, err := m.Embed(context.Background(), place)
				switch {
				case place.Validate() != nil:
					bad.Add(1)
					if !errors.Is(err, loc2vec.ErrCoordinate) {
						t.Errorf("%v: error %v", place, err)
					}
				case err == nil:
					vectors.Add(1)
					// Far from the border the eastern region does not matter.
					if want, err := calm.Embed(context.Background(), place); r.Region == "west" && place.Lon < border.Lon-0.002 && (err != nil || r != want) {
						t.Errorf("%v: %+v, want %+v, %v", place, r, want, err)
					}
				case errors.Is(err, loc2vec.ErrNoCoverage):
					outside.Add(1)
				default:
					t.Errorf("%v: error %v", place, err)
				}
			}
		})
	}
	done := make(chan struct{})
	changes := make(chan int)
	go func() {
		n := 0
		for ; ; n++ {
			select {
			case <-done:
				changes <- n
				return
			default:
			}
			if err := m.AddPack(openPack(t, eastPack)); err != nil {
				t.Error(err)
			}
			if err := m.RemoveRegion("east"); err != nil {
				t.Error(err)
			}
		}
	}()
	group.Wait()
	close(done)
	t.Logf("%d vectors, %d outside, %d invalid; a region was added and removed %d times", vectors.Load(), outside.Load(), bad.Load(), <-changes)
	checkGoroutines(t, before)
	if vectors.Load() == 0 || outside.Load() == 0 || bad.Load() == 0 {
		t.Error("one of the cases never occurred")
	}
}

// TestCloseWhileBusy: calls that run while a model is closed succeed or return os.ErrClosed, as later ones do.
func TestCloseWhileBusy(t *testing.T) {
	westPack, b := testworld.Pack(t, "west", testworld.Schema, west), testworld.Bundle(t, "lite")
	for round := range 20 {
		m, err := sdk.OpenBundle(b, sdk.Options{Engine: sdk.Go})
		if err != nil {
			t.Fatal(err)
		}
		addPack(t, m, westPack)
		want := embed(t, m, testworld.At(west, 3000, 4000))
		follower := m.Follow(sdk.FollowOptions{Threshold: -1})
		var group sync.WaitGroup
		started := make(chan struct{}, 8)
		for g := range 8 {
			group.Go(func() {
				for i := 0; ; i++ {
					if i == round%5 {
						started <- struct{}{}
					}
					var r sdk.Result
					var err error
					switch g % 4 {
					case 0:
						r, err = m.Embed(context.Background(), testworld.At(west, 3000, 4000))
					case 1:
						r, _, err = follower.At(context.Background(), testworld.At(west, 3000, 4000))
					case 2:
						var e *sdk.Explanation
						if e, err = m.Explain(context.Background(), testworld.At(west, 3000, 4000)); err == nil {
							r = e.Result
						}
					case 3:
						if _, err = m.Status(context.Background()); err == nil {
							r = want
						}
					}
					switch {
					case errors.Is(err, os.ErrClosed):
						return
					case err != nil || r != want:
						t.Errorf("%+v, %v, want %+v", r, err, want)
						return
					}
				}
			})
		}
		for range 8 {
			<-started
		}
		var closers sync.WaitGroup
		for range 2 {
			closers.Go(func() {
				if err := m.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		closers.Wait()
		group.Wait()
	}
}

// TestOpenAndClose: a thousand models leave no files and goroutines behind.
func TestOpenAndClose(t *testing.T) {
	bundlePath, packPath := testFiles(t)
	rounds := 1000
	if testing.Short() {
		rounds = 50
	}
	openFiles := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skip("needs /proc: not on this system")
		}
		return len(entries)
	}
	files, goroutines := openFiles(), runtime.NumGoroutine()
	for range rounds {
		m, err := sdk.Open(bundlePath, sdk.Options{Engine: sdk.Go})
		if err != nil {
			t.Fatal(err)
		}
		if err := m.AddRegion(packPath); err != nil {
			t.Fatal(err)
		}
		if err := m.AddRegion(bundlePath); !errors.Is(err, loc2vec.ErrCorrupt) {
			t.Fatalf("a bundle as a region: error %v", err)
		}
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if after := openFiles(); after > files {
		t.Errorf("%d open files, %d before", after, files)
	}
	checkGoroutines(t, goroutines)
}

// testFiles writes a bundle and a pack of one region.
func testFiles(t testing.TB) (bundlePath, packPath string) {
	t.Helper()
	return writeFile(t, "city.l2v", testworld.BundleFile(t, "pooled")), writeFile(t, "west.pmtiles", testworld.Pack(t, "west", testworld.Schema, west))
}

// TestHostileTile: tiles at the limits of the format, of which everything lies under the window, are drawn, and their
// memory is released. It logs what the worst ones cost.
func TestHostileTile(t *testing.T) {
	const points, parts = 1 << 19, 1 << 17 // mvt.MaxPoints, mvt.MaxParts
	rng := rand.New(rand.NewPCG(3, 4))     // random points hardly compress
	near := func() loc2vec.TilePoint {     // around the place
		return loc2vec.TilePoint{X: 2800 + rng.Int32N(400), Y: 3800 + rng.Int32N(400)}
	}
	across := make([]loc2vec.TilePoint, points)
	for i := range across {
		across[i] = loc2vec.TilePoint{X: 2600 + int32(i%2)*700 + rng.Int32N(100), Y: 3800 + rng.Int32N(400)}
	}
	discs, strokes := make([][]loc2vec.TilePoint, parts), make([][]loc2vec.TilePoint, parts)
	for i := range parts {
		discs[i] = []loc2vec.TilePoint{near()}
		strokes[i] = []loc2vec.TilePoint{{X: 2600 + rng.Int32N(100), Y: 3800 + rng.Int32N(400)}, {X: 3300 + rng.Int32N(100), Y: 3800 + rng.Int32N(400)}}
	}
	for name, f := range map[string]loc2vec.Feature{
		"one line":    {Layer: loc2vec.MinorRoad, Kind: loc2vec.KindLine, Size: 600, Parts: [][]loc2vec.TilePoint{across}},
		"one ring":    {Layer: loc2vec.Water, Kind: loc2vec.KindArea, Parts: [][]loc2vec.TilePoint{append(across[:points-2:points-2], loc2vec.TilePoint{X: 2600, Y: 8000}, loc2vec.TilePoint{X: 0, Y: 8000})}},
		"wide lines":  {Layer: loc2vec.MinorRoad, Kind: loc2vec.KindLine, Size: 65535, Parts: strokes},
		"large discs": {Layer: loc2vec.Commerce, Kind: loc2vec.KindDisc, Size: 65535, Parts: discs},
	} {
		hostile := testworld.PackOf(t, testworld.Metadata("hostile", testworld.Schema, west), func(loc2vec.Tile) []loc2vec.Feature {
			return []loc2vec.Feature{f}
		}, west)
		m := open(t, "lite", sdk.Options{Engine: sdk.Go}, hostile)
		inUse := func() uint64 {
			var stats runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&stats)
			return stats.HeapAlloc
		}
		before, start := inUse(), time.Now()
		embed(t, m, testworld.At(west, 3000, 4000))
		took := time.Since(start)
		kept := int64(inUse()) - int64(before)
		t.Logf("%s in %d bytes of pack: %v, %d kB kept", name, len(hostile), took.Round(time.Millisecond), kept>>10)
		if kept > 8<<20 {
			t.Errorf("%s: %d MB kept", name, kept>>20)
		}
	}
}

// TestHostileFiles: for any damage of a bundle or pack, the sdk returns a result or an error.
func TestHostileFiles(t *testing.T) {
	rounds := 600
	if testing.Short() {
		rounds = 60
	}
	rng := rand.New(rand.NewPCG(5, 6))
	bundleBytes, packBytes := testworld.BundleFile(t, "lite"), testworld.Pack(t, "west", testworld.Schema, west)
	b := testworld.Bundle(t, "lite")
	for range rounds {
		// Damage of the golden vectors is found when they are read.
		if m, err := sdk.OpenBytes(damage(rng, bundleBytes), sdk.Options{Engine: sdk.Go}); err == nil {
			if _, err := m.SelfTest(t.Context()); !errors.Is(err, loc2vec.ErrCorrupt) {
				t.Errorf("self-test of a damaged bundle: %v", err)
			}
			_ = m.Close()
		}
		// Damage of the model in an intact bundle: only the ONNX reader can detect it.
		hostile := *b
		hostile.Model = damage(rng, b.Model)
		if m, err := sdk.OpenBundle(&hostile, sdk.Options{Engine: sdk.Go}); err == nil {
			if _, err := m.SelfTest(t.Context()); err != nil && !errors.Is(err, sdk.ErrSelfTest) {
				t.Errorf("self-test of a damaged model: %v", err)
			}
			_ = m.Close()
		} else if !errors.Is(err, loc2vec.ErrCorrupt) && !errors.Is(err, loc2vec.ErrVersion) {
			t.Errorf("damaged model: error %v", err)
		}
		damaged := damage(rng, packBytes)
		p, err := pack.Open(bytes.NewReader(damaged), int64(len(damaged)))
		if err != nil {
			continue
		}
		m := open(t, "lite", sdk.Options{Engine: sdk.Go})
		if err := m.AddPack(p); err != nil {
			continue
		}
		if _, err := m.Embed(context.Background(), testworld.At(west, 3000, 4000)); err != nil && !errors.Is(err, loc2vec.ErrCorrupt) && !errors.Is(err, loc2vec.ErrNoCoverage) {
			t.Errorf("damaged pack: error %v", err)
		}
	}
}

// damage returns the data with a few bytes changed, or cut short.
func damage(rng *rand.Rand, data []byte) []byte {
	data = bytes.Clone(data)
	for range 1 + rng.IntN(4) {
		data[rng.IntN(len(data))] ^= byte(1 + rng.IntN(255))
	}
	if rng.IntN(4) == 0 {
		data = data[:rng.IntN(len(data))]
	}
	return data
}
