package int8net

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/kernel"
	"github.com/loc2vec/loc2vec/internal/onnx"
)

// A network that averages over rotations gives the mean of the same network without, applied to rotated
// rasters: with masks that rotations change and with masks that they do not, on one thread and several.
func TestRotations(t *testing.T) {
	rng := rand.New(rand.NewPCG(41, 42))
	for name, spoil := range map[string]func(n *onnx.Network){
		"masks at random": func(*onnx.Network) {},
		"round masks":     func(n *onnx.Network) { roundMasks(n.Coverage, n.Pixels) },
		"stripes":         func(n *onnx.Network) { stripes(n.Coverage, n.Pixels) },
		"no masks":        func(n *onnx.Network) { n.Coverage = nil },
	} {
		t.Run(name, func(t *testing.T) {
			once := randomNetwork(rng, 20, true, true)
			spoil(once)
			averaged := *once
			averaged.Rotations = kernel.Rotations
			k := kernel.Int8Kernels()[0]
			for range 3 {
				raster := randomRaster(rng, once.Pixels)
				clear(raster[:5*once.Pixels*once.Pixels]) // empty layers
				want := make([]float32, loc2vec.Dimension)
				for rotation, view := 0, raster; rotation < 4; rotation++ {
					for i, v := range embedOn(t, once, k, 1, view) {
						want[i] += v
					}
					next := make([]uint8, len(view))
					kernel.Rotate(next, view, once.Pixels)
					view = next
				}
				for i := range want {
					want[i] *= 0.25
				}
				for _, threads := range []int{1, 3} {
					if got := embedOn(t, &averaged, k, threads, raster); !slices.Equal(got, want) {
						t.Fatalf("%d threads: got %v\nwant %v", threads, got, want)
					}
				}
			}
		})
	}
}

// roundMasks makes masks of rings around the centre, which no rotation changes.
func roundMasks(c *onnx.Coverage, pixels int) {
	for k, mask := range c.Masks {
		for i := range mask {
			x, y := 2*(i%pixels)-pixels+1, 2*(i/pixels)-pixels+1
			mask[i] = 0
			if (x*x+y*y)/(pixels*pixels/3) == k {
				mask[i] = 1
			}
		}
	}
}

// stripes makes masks that a rotation by 180 degrees does not change and one by 90 degrees does.
func stripes(c *onnx.Coverage, pixels int) {
	for k, mask := range c.Masks {
		for i := range mask {
			x := min(i%pixels, pixels-1-i%pixels)
			mask[i] = uint8(x >> k & 1)
		}
	}
}

func embedOn(t *testing.T, n *onnx.Network, k *kernel.Int8, threads int, raster []uint8) []float32 {
	t.Helper()
	e, err := New(n, k)
	if err != nil {
		t.Fatal(err)
	}
	dst := make([]float32, loc2vec.Dimension)
	if err := e.NewRunner(threads).Embed(context.Background(), dst, raster); err != nil {
		t.Fatal(err)
	}
	return dst
}
