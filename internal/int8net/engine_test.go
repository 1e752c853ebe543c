package int8net

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/kernel"
	"github.com/loc2vec/loc2vec/internal/onnx"
)

// TestEngineEqualsDefinition: every kernel gives the bits of a naive implementation.
func TestEngineEqualsDefinition(t *testing.T) {
	for _, k := range kernel.Int8Kernels() {
		for _, c := range []struct{ same, coverage bool }{{true, false}, {false, false}, {true, true}} {
			t.Run(fmt.Sprintf("%s/same=%v,coverage=%v", k.Name(), c.same, c.coverage), func(t *testing.T) {
				rng := rand.New(rand.NewPCG(7, 8))
				n := randomNetwork(rng, 12, c.same, c.coverage)
				e, err := New(n, k)
				if err != nil {
					t.Fatal(err)
				}
				r := e.NewRunner(1)
				for i := range 4 {
					raster := randomRaster(rng, n.Pixels)
					if i == 0 {
						clear(raster)
					}
					got := make([]float32, loc2vec.Dimension)
					if err := r.Embed(context.Background(), got, raster); err != nil {
						t.Fatal(err)
					}
					if want := naive(n, raster); !slices.Equal(got, want) {
						t.Fatalf("raster %d:\n%v, want\n%v", i, got, want)
					}
				}
			})
		}
	}
}

// TestThreads: the embedding does not depend on the number of goroutines, on any kernel. Some maps have
// rows that cannot be divided evenly, or fewer rows than there are goroutines. No goroutine outlives the
// computation.
func TestThreads(t *testing.T) {
	before := runtime.NumGoroutine()
	for _, k := range kernel.Int8Kernels() {
		for _, name := range models() {
			t.Run(k.Name()+"/"+name, func(t *testing.T) {
				n, err := onnx.Unmarshal(readModel(t, name))
				if err != nil {
					t.Fatal(err)
				}
				e, err := New(n, k)
				if err != nil {
					t.Fatal(err)
				}
				var runners []*Runner
				for _, threads := range []int{1, 2, 3, 7} {
					runners = append(runners, e.NewRunner(threads))
				}
				rng := rand.New(rand.NewPCG(11, 12))
				for i := range 4 {
					raster := randomRaster(rng, n.Pixels)
					var want []float32
					for j, r := range runners {
						got := make([]float32, loc2vec.Dimension)
						if err := r.Embed(context.Background(), got, raster); err != nil {
							t.Fatal(err)
						}
						if j == 0 {
							want = got
						}
						if !slices.Equal(got, want) {
							t.Errorf("raster %d: %d threads give\n%v, one gives\n%v", i, len(r.workers.scratch), got, want)
						}
					}
				}
			})
		}
	}
	// A goroutine signals completion just before it ends. On an emulated processor its thread may not be
	// scheduled for long.
	for range 1 << 22 {
		if runtime.NumGoroutine() <= before {
			return
		}
		runtime.Gosched()
	}
	t.Errorf("%d goroutines before, %d afterwards", before, runtime.NumGoroutine())
}

// TestAllocations: one thread allocates nothing, several only their goroutines.
func TestAllocations(t *testing.T) {
	n := liteNetwork(rand.New(rand.NewPCG(9, 10)), 64)
	e, err := New(n, kernel.Int8Kernels()[0])
	if err != nil {
		t.Fatal(err)
	}
	raster, dst := randomRaster(rand.New(rand.NewPCG(13, 14)), n.Pixels), make([]float32, loc2vec.Dimension)
	for threads, most := range map[int]float64{1: 0, 2: 8} {
		r := e.NewRunner(threads)
		allocs := testing.AllocsPerRun(50, func() {
			if err := r.Embed(context.Background(), dst, raster); err != nil {
				t.Fatal(err)
			}
		})
		if allocs > most {
			t.Errorf("%d threads: %v allocations an embedding, want at most %v", threads, allocs, most)
		}
	}
}

func TestEmbedRefusesWrongSizes(t *testing.T) {
	n := randomNetwork(rand.New(rand.NewPCG(7, 8)), 20, true, false)
	e, err := New(n, kernel.Int8Kernels()[0])
	if err != nil {
		t.Fatal(err)
	}
	if e.NewRunner(1).Embed(context.Background(), make([]float32, loc2vec.Dimension), make([]uint8, 5)) == nil {
		t.Error("no error for a raster of five bytes")
	}
}

// liteNetwork returns a network of architecture lite with random weights, for rasters of that size, a
// multiple of 32.
func liteNetwork(rng *rand.Rand, pixels int) *onnx.Network {
	n := &onnx.Network{Pixels: pixels, Rotations: 1, Input: onnx.Quant{Scale: 1.0 / 255}}
	for i, shape := range [][3]int{{3, 12, 32}, {3, 32, 32}, {3, 32, 64}, {3, 64, 64}, {3, 64, 256}, {1, 256, 64}, {1, 64, 64}} {
		c := onnx.Conv{
			Size: shape[0], In: shape[1], Out: shape[2], Same: shape[0] == 3, Pool: i < 5, Slope: 0.1,
			Sum: onnx.Quant{Scale: 0.03, Zero: 40}, Output: onnx.Quant{Scale: 0.03, Zero: 4},
		}
		c.Weight, c.WeightScale, c.Bias = randomWeights(rng, c.Out, c.In*c.Size*c.Size)
		n.Convs = append(n.Convs, c)
	}
	for _, shape := range [][2]int{{64 * (pixels / 32) * (pixels / 32), 64}, {64, loc2vec.Dimension}} {
		d := onnx.Dense{In: shape[0], Out: shape[1], Slope: 0.1, Output: onnx.Quant{Scale: 0.03, Zero: 4}}
		d.Weight, d.WeightScale, d.Bias = randomWeights(rng, d.Out, d.In)
		n.Dense = append(n.Dense, d)
	}
	return n
}

// BenchmarkLite embeds one raster, of which that many layers are not empty.
func BenchmarkLite(b *testing.B) {
	for _, layers := range []int{12, 8, 4} {
		for _, k := range kernel.Int8Kernels() {
			b.Run(fmt.Sprintf("%s/layers=%d", k.Name(), layers), func(b *testing.B) {
				benchmarkLite(b, k, 128, layers, 1)
			})
		}
	}
}

// BenchmarkThreads embeds one raster with several goroutines.
func BenchmarkThreads(b *testing.B) {
	for _, pixels := range []int{128, 64} {
		for _, threads := range []int{1, 2, 4} {
			b.Run(fmt.Sprintf("pixels=%d/threads=%d", pixels, threads), func(b *testing.B) {
				benchmarkLite(b, kernel.Int8Kernels()[0], pixels, 8, threads)
			})
		}
	}
}

func benchmarkLite(b *testing.B, k *kernel.Int8, pixels, layers, threads int) {
	rng := rand.New(rand.NewPCG(9, 10))
	raster := make([]uint8, loc2vec.NumLayers*pixels*pixels)
	for i := range layers * pixels * pixels {
		raster[i] = uint8(rng.IntN(256))
	}
	e, err := New(liteNetwork(rng, pixels), k)
	if err != nil {
		b.Fatal(err)
	}
	r := e.NewRunner(threads)
	dst := make([]float32, loc2vec.Dimension)
	b.ReportAllocs()
	for b.Loop() {
		if err := r.Embed(context.Background(), dst, raster); err != nil {
			b.Fatal(err)
		}
	}
}
