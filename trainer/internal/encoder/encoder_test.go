package encoder

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/kernel"
)

// naive computes one embedding in float64 with plain loops. Maps are [C][S][S].
func naive(n *Network, raster []uint8) []float64 {
	if n.Rotations == 1 {
		return naiveOnce(n, raster)
	}
	mean := make([]float64, loc2vec.Dimension)
	for range 4 {
		for d, v := range naiveOnce(n, raster) {
			mean[d] += v / 4
		}
		next := make([]uint8, len(raster))
		kernel.Rotate(next, raster, n.Pixels)
		raster = next
	}
	return mean
}

// naiveOnce is naive without averaging over rotations.
func naiveOnce(n *Network, raster []uint8) []float64 {
	x, size := make([]float64, len(raster)), n.Pixels
	for i, v := range raster {
		x[i] = float64(v) / 255
	}
	for i := range n.Convs {
		x, size = naiveConv(&n.Convs[i], x, size)
	}
	if n.Head.Pooled {
		x = naiveHead(&n.Head, x, size, raster, n.Pixels)
	}
	for _, l := range n.Dense {
		y := make([]float64, l.Out)
		for o := range y {
			y[o] = float64(l.Bias[o])
			for i, v := range x {
				y[o] += float64(l.Weight[o*l.In+i]) * v
			}
			y[o] = max(y[o], float64(l.Slope)*y[o])
		}
		x = y
	}
	return x
}

func naiveConv(l *Layer, x []float64, size int) ([]float64, int) {
	kernelSize, margin := 1, 0
	if l.Kind == Conv3 {
		kernelSize = 3
	}
	if l.Same {
		margin = 1
	}
	out := size + 2*margin - kernelSize + 1
	y := make([]float64, l.Out*out*out)
	for o := range l.Out {
		for i := range out * out {
			sum := float64(l.Bias[o])
			for c := range l.In {
				for t := range kernelSize * kernelSize {
					sy, sx := i/out+t/kernelSize-margin, i%out+t%kernelSize-margin
					if sy >= 0 && sx >= 0 && sy < size && sx < size {
						sum += float64(l.Weight[(o*l.In+c)*kernelSize*kernelSize+t]) * x[(c*size+sy)*size+sx]
					}
				}
			}
			y[o*out*out+i] = max(sum, float64(l.Slope)*sum)
		}
	}
	if !l.Pool {
		return y, out
	}
	p := make([]float64, l.Out*out*out/4)
	for i := range p {
		s := out / 2
		at := y[i/(s*s)*out*out+i/s%s*2*out+i%s*2:]
		p[i] = max(at[0], at[1], at[out], at[out+1])
	}
	return p, out / 2
}

func naiveHead(h *Head, x []float64, size int, raster []uint8, pixels int) []float64 {
	y := make([]float64, len(x)/(size*size))
	for i, v := range x {
		y[i/(size*size)] += v / float64(size*size)
	}
	for k, mask := range h.Masks {
		for c := range loc2vec.NumLayers {
			var sum, area float64
			for i, m := range mask {
				sum += float64(m) * float64(raster[c*pixels*pixels+i]) / 255
				area += float64(m)
			}
			f := 0.0
			if area > 0 {
				f = float64(h.FeatureScale[k*loc2vec.NumLayers+c]) * math.Sqrt(sum/area)
			}
			y = append(y, f)
		}
	}
	return y
}

// scales returns a different scale for each feature.
func scales(masks [][]uint8) []float32 {
	g := make([]float32, len(masks)*loc2vec.NumLayers)
	for i := range g {
		g[i] = 1 + float32(i%5)
	}
	return g
}

func layer(rng *rand.Rand, kind Kind, in, out int, slope float32) Layer {
	taps := 1
	if kind == Conv3 {
		taps = 9
	}
	l := Layer{Kind: kind, In: in, Out: out, Slope: slope, Weight: make([]float32, in*out*taps), Bias: make([]float32, out)}
	for i := range l.Weight {
		l.Weight[i] = float32(rng.NormFloat64() * math.Sqrt(2/float64(in*taps)))
	}
	for i := range l.Bias {
		l.Bias[i] = float32(rng.NormFloat64())
	}
	return l
}

// networks returns small networks with every kind of layer and head.
func networks(rng *rand.Rand) map[string]*Network {
	same := func(in, out int) Layer {
		l := layer(rng, Conv3, in, out, 0.01)
		l.Same, l.Pool = true, true
		return l
	}
	valid := func(in, out int, pool bool) Layer {
		l := layer(rng, Conv3, in, out, 0.01)
		l.Pool = pool
		return l
	}
	masks := [][]uint8{make([]uint8, 24*24), make([]uint8, 24*24), make([]uint8, 24*24)}
	for i := range masks[0] {
		masks[0][i], masks[1][i] = 1, uint8(rng.IntN(2))
	}
	all := map[string]*Network{
		"same, flattened": {
			Pixels: 24, Rotations: 1, Convs: []Layer{same(12, 32), same(32, 64), layer(rng, Conv1, 64, 32, 0.01)},
			Dense: []Layer{layer(rng, Dense, 32*36, 64, 0.01), layer(rng, Dense, 64, loc2vec.Dimension, 1)},
		},
		"valid, flattened": {
			Pixels: 24, Rotations: 1, Convs: []Layer{valid(12, 32, false), valid(32, 32, true), valid(32, 64, true)},
			Dense: []Layer{layer(rng, Dense, 64*16, loc2vec.Dimension, 1)},
		},
		"same, pooled with masks": {
			Pixels: 24, Rotations: 1, Convs: []Layer{same(12, 32), same(32, 32), layer(rng, Conv1, 32, 64, 0.01)}, Head: Head{Pooled: true, Masks: masks, FeatureScale: scales(masks)},
			Dense: []Layer{layer(rng, Dense, 64+36, 64, 0.01), layer(rng, Dense, 64, loc2vec.Dimension, 1)},
		},
		"same, pooled": {
			Pixels: 24, Rotations: 1, Convs: []Layer{same(12, 32)}, Head: Head{Pooled: true},
			Dense: []Layer{layer(rng, Dense, 32, loc2vec.Dimension, 1)},
		},
	}
	averaged := *all["same, pooled with masks"]
	averaged.Rotations = kernel.Rotations
	all["averaged over rotations"] = &averaged
	return all
}

// rasters returns sparse rasters, like maps: most channels are empty, the others fill parts of the image.
func rasters(rng *rand.Rand, batch, pixels int) []uint8 {
	r := make([]uint8, batch*loc2vec.NumLayers*pixels*pixels)
	for plane := range batch * loc2vec.NumLayers {
		if rng.IntN(2) == 0 {
			continue
		}
		from := rng.IntN(pixels * pixels)
		for i := from; i < pixels*pixels; i++ {
			r[plane*pixels*pixels+i] = uint8(rng.IntN(256) * rng.IntN(2))
		}
	}
	return r
}

func TestForwardAgainstNaive(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for name, n := range networks(rng) {
		const batch = 5
		in := rasters(rng, batch, n.Pixels)
		clear(in[:len(in)/batch]) // an empty raster
		got := make([]float32, batch*loc2vec.Dimension)
		if err := n.Forward(got, in); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for b := range batch {
			want := naive(n, in[b*len(in)/batch:][:len(in)/batch])
			for d, w := range want {
				if v := float64(got[b*loc2vec.Dimension+d]); math.Abs(v-w) > 1e-4*(1+math.Abs(w)) {
					t.Errorf("%s: embedding %d has %v at %d, want %v", name, b, v, d, w)
				}
			}
		}
	}
}

// An embedding does not depend on the other rasters of the batch.
func TestForwardOneByOne(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	n := networks(rng)["same, pooled with masks"]
	const batch = 7
	in := rasters(rng, batch, n.Pixels)
	all, one := make([]float32, batch*loc2vec.Dimension), make([]float32, loc2vec.Dimension)
	if err := n.Forward(all, in); err != nil {
		t.Fatal(err)
	}
	for b := range batch {
		if err := n.Forward(one, in[b*len(in)/batch:][:len(in)/batch]); err != nil {
			t.Fatal(err)
		}
		for d, v := range one {
			if v != all[b*loc2vec.Dimension+d] {
				t.Fatalf("embedding %d differs alone and in the batch", b)
			}
		}
	}
}

// Goroutines that share a plan all get the same bits.
func TestPlanShared(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	n := networks(rng)["same, pooled with masks"]
	p, err := n.Plan()
	if err != nil {
		t.Fatal(err)
	}
	const batch = 5
	in, want := rasters(rng, batch, n.Pixels), make([]float32, batch*loc2vec.Dimension)
	if err := n.Forward(want, in); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 3 {
				got := make([]float32, len(want))
				if err := p.Forward(got, in); err != nil {
					t.Error(err)
				}
				if !slices.Equal(got, want) {
					t.Error("the plan gives other bits than the network")
				}
			}
		})
	}
	wg.Wait()
}

func TestForwardRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(n *Network)
		says  string
	}{
		"no layers":      {func(n *Network) { n.Convs = nil }, "first"},
		"weights":        {func(n *Network) { n.Convs[1].Weight = n.Convs[1].Weight[1:] }, "convolution 1"},
		"channels":       {func(n *Network) { n.Convs[1].In = 33 }, "convolution 1"},
		"odd channels":   {func(n *Network) { n.Convs[1] = layer(rand.New(rand.NewPCG(0, 0)), Conv3, 32, 33, 1) }, "multiple of 32"},
		"dense input":    {func(n *Network) { n.Dense[0].In++ }, "dense layer 0"},
		"bias":           {func(n *Network) { n.Dense[1].Bias = nil }, "dense layer 1"},
		"slope":          {func(n *Network) { n.Dense[1].Slope = 2 }, "slope"},
		"pixels":         {func(n *Network) { n.Pixels = -1 }, "pixels"},
		"does not halve": {func(n *Network) { n.Pixels = 6 }, "pixels"},
		"a kind":         {func(n *Network) { n.Dense[0].Kind = Conv1 }, "kind"},
	} {
		n := networks(rand.New(rand.NewPCG(5, 6)))["same, flattened"]
		c.spoil(n)
		err := n.Forward(make([]float32, loc2vec.Dimension), make([]uint8, loc2vec.NumLayers*24*24))
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: error %v, want one about %q", name, err, c.says)
		}
	}
	n := networks(rand.New(rand.NewPCG(5, 6)))["same, flattened"]
	n.Head = Head{Pooled: true, Masks: [][]uint8{make([]uint8, n.Pixels*n.Pixels)}, FeatureScale: []float32{1}}
	if _, err := n.Plan(); err == nil || !strings.Contains(err.Error(), "1 feature scales for 1 masks") {
		t.Errorf("a head with one feature scale: error %v", err)
	}
	n = networks(rand.New(rand.NewPCG(5, 6)))["same, flattened"]
	if err := n.Forward(make([]float32, 3), make([]uint8, loc2vec.NumLayers*24*24)); err == nil {
		t.Error("no error for 3 numbers")
	}
}

func BenchmarkForward(b *testing.B) {
	rng := rand.New(rand.NewPCG(7, 8))
	same := func(in, out int) Layer {
		l := layer(rng, Conv3, in, out, 0.01)
		l.Same, l.Pool = true, true
		return l
	}
	n := &Network{
		Pixels: 128, Rotations: 1, Convs: []Layer{same(12, 32), same(32, 32), same(32, 64), same(64, 64), same(64, 256), layer(rng, Conv1, 256, 64, 0.01), layer(rng, Conv1, 64, 64, 0.01)},
		Dense: []Layer{layer(rng, Dense, 1024, 64, 0.01), layer(rng, Dense, 64, loc2vec.Dimension, 1)},
	}
	p, err := n.Plan()
	if err != nil {
		b.Fatal(err)
	}
	for name, forward := range map[string]func(dst []float32, rasters []uint8) error{"planned": p.Forward, "unplanned": n.Forward} {
		for _, batch := range []int{1, 32} {
			b.Run(fmt.Sprintf("%s/batch=%d", name, batch), func(b *testing.B) {
				in, dst := rasters(rng, batch, n.Pixels), make([]float32, batch*loc2vec.Dimension)
				b.ReportAllocs()
				for b.Loop() {
					if err := forward(dst, in); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(batch*b.N)/b.Elapsed().Seconds(), "rasters/s")
			})
		}
	}
}
