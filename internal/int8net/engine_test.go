package int8net

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/kernel"
)

// TestEngineEqualsDefinition: every kernel gives the bits of the naive computation.
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
				r := e.NewRunner()
				for i := range 4 {
					raster := randomRaster(rng, n.Pixels)
					if i == 0 {
						clear(raster)
					}
					got := make([]float32, loc2vec.Dimension)
					if err := r.Embed(got, raster); err != nil {
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

func TestEmbedRefusesWrongSizes(t *testing.T) {
	n := randomNetwork(rand.New(rand.NewPCG(7, 8)), 20, true, false)
	e, err := New(n, kernel.Int8Kernels()[0])
	if err != nil {
		t.Fatal(err)
	}
	if e.NewRunner().Embed(make([]float32, loc2vec.Dimension), make([]uint8, 5)) == nil {
		t.Error("no error for a raster of five bytes")
	}
}

// liteNetwork is the default layout at its size, with random weights.
func liteNetwork(rng *rand.Rand) *Network {
	n := &Network{Pixels: 128, Input: Quant{Scale: 1.0 / 255}}
	for i, shape := range [][3]int{{3, 12, 32}, {3, 32, 32}, {3, 32, 64}, {3, 64, 64}, {3, 64, 256}, {1, 256, 64}, {1, 64, 64}} {
		c := Conv{
			Size: shape[0], In: shape[1], Out: shape[2], Same: shape[0] == 3, Pool: i < 5, Slope: 0.1,
			Sum: Quant{0.03, 40}, Output: Quant{0.03, 4},
		}
		c.Weight, c.WeightScale, c.Bias = randomWeights(rng, c.Out, c.In*c.Size*c.Size)
		n.Convs = append(n.Convs, c)
	}
	for _, shape := range [][2]int{{1024, 64}, {64, loc2vec.Dimension}} {
		d := Dense{In: shape[0], Out: shape[1], Slope: 0.1, Output: Quant{0.03, 4}}
		d.Weight, d.WeightScale, d.Bias = randomWeights(rng, d.Out, d.In)
		n.Dense = append(n.Dense, d)
	}
	return n
}

// BenchmarkLite is one raster, all of whose layers have something in them, on one thread.
func BenchmarkLite(b *testing.B) {
	rng := rand.New(rand.NewPCG(9, 10))
	n := liteNetwork(rng)
	for _, layers := range []int{12, 8, 4} {
		raster := make([]uint8, loc2vec.NumLayers*128*128)
		for i := range layers * 128 * 128 {
			raster[i] = uint8(rng.IntN(256))
		}
		for _, k := range kernel.Int8Kernels() {
			b.Run(fmt.Sprintf("%s/layers=%d", k.Name(), layers), func(b *testing.B) {
				e, err := New(n, k)
				if err != nil {
					b.Fatal(err)
				}
				r := e.NewRunner()
				dst := make([]float32, loc2vec.Dimension)
				b.ReportAllocs()
				for b.Loop() {
					if err := r.Embed(dst, raster); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
