package int8net

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/kernel"
)

// A network that is a mean over turns gives the bits of the same network without, on the raster turned by hand: with
// masks that differ from turn to turn, with such as do not, and on several threads.
func TestTurns(t *testing.T) {
	rng := rand.New(rand.NewPCG(41, 42))
	for name, spoil := range map[string]func(n *Network){
		"masks at random": func(*Network) {},
		"round masks":     func(n *Network) { roundMasks(n.Coverage, n.Pixels) },
		"stripes":         func(n *Network) { stripes(n.Coverage, n.Pixels) },
		"no masks":        func(n *Network) { n.Coverage = nil },
	} {
		t.Run(name, func(t *testing.T) {
			once := randomNetwork(rng, 20, true, true)
			spoil(once)
			turned := *once
			turned.Turned = true
			k := kernel.Int8Kernels()[0]
			for range 3 {
				raster := randomRaster(rng, once.Pixels)
				clear(raster[:5*once.Pixels*once.Pixels]) // layers that are left out
				want := make([]float32, loc2vec.Dimension)
				for turn, view := 0, raster; turn < 4; turn++ {
					for i, v := range embedOn(t, once, k, 1, view) {
						want[i] += v
					}
					next := make([]uint8, len(view))
					kernel.Turn(next, view, once.Pixels)
					view = next
				}
				for i := range want {
					want[i] *= 0.25
				}
				for _, threads := range []int{1, 3} {
					if got := embedOn(t, &turned, k, threads, raster); !slices.Equal(got, want) {
						t.Fatalf("%d threads: got %v\nwant %v", threads, got, want)
					}
				}
			}
		})
	}
}

// roundMasks makes masks of rings about the middle, which no turn changes.
func roundMasks(c *Coverage, pixels int) {
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

// stripes makes masks that half a turn does not change, and a quarter does.
func stripes(c *Coverage, pixels int) {
	for k, mask := range c.Masks {
		for i := range mask {
			x := min(i%pixels, pixels-1-i%pixels)
			mask[i] = uint8(x >> k & 1)
		}
	}
}

func embedOn(t *testing.T, n *Network, k *kernel.Int8, threads int, raster []uint8) []float32 {
	t.Helper()
	e, err := New(n, k)
	if err != nil {
		t.Fatal(err)
	}
	dst := make([]float32, loc2vec.Dimension)
	if err := e.NewRunner(threads).Embed(dst, raster); err != nil {
		t.Fatal(err)
	}
	return dst
}
