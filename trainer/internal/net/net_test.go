package net

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/kernel"
)

// noise returns rasters in which ties are rare. If several pixels of a square equal its maximum, rounding decides which
// of them receives the gradient.
func noise(rng *rand.Rand, batch, pixels int) []uint8 {
	r := make([]uint8, batch*loc2vec.NumLayers*pixels*pixels)
	for i := range r {
		r[i] = uint8(rng.IntN(256))
	}
	return r
}

// weighted returns the loss sum(weights * e + e*e/2).
func weighted(weights []float32) Loss {
	return func(grad, e []float32) (float64, error) {
		var sum float64
		for i, v := range e {
			grad[i] = weights[i] + v
			sum += float64(weights[i])*float64(v) + float64(v)*float64(v)/2
		}
		return sum, nil
	}
}

func normal(rng *rand.Rand, n int) []float32 {
	s := make([]float32, n)
	for i := range s {
		s[i] = float32(rng.NormFloat64())
	}
	return s
}

func widened(s []float32) []float64 {
	d := make([]float64, len(s))
	for i, v := range s {
		d[i] = float64(v)
	}
	return d
}

// gradients runs the machine without the solver and returns the gradient of every parameter.
func gradients(t *testing.T, tr *Trainer, rasters []uint8) map[string][]float32 {
	t.Helper()
	if err := tr.run(tr.machine, rasters); err != nil {
		t.Fatal(err)
	}
	grads := map[string][]float32{}
	for i, p := range tr.net.params {
		g, err := tr.values[i].(*G.Node).Grad()
		if err != nil {
			t.Fatalf("%s: %v", p.name, err)
		}
		grads[p.name] = append([]float32(nil), floats(g)...)
		clear(floats(g))
	}
	return grads
}

// parameters counts the parameters of an architecture at 128 pixels with the default masks, as Keras does: four for each
// channel of batch normalisation, and the biases that Classic omits.
func parameters(t *testing.T, name string) int {
	t.Helper()
	l, err := newArchitecture(name, 128, len(DefaultMasks(128))*loc2vec.NumLayers)
	if err != nil {
		t.Fatal(err)
	}
	other := 4 // parameters of a channel besides its weights
	if name == Classic {
		other++
	}
	n, layers := 0, l.layers()
	for _, s := range layers[:len(layers)-1] {
		n += (s.weights + other) * s.out
	}
	last := layers[len(layers)-1]
	return n + (last.weights+1)*last.out
}

func TestParameters(t *testing.T) {
	for name, want := range map[string]int{Classic: 305_040, Lite: 305_040, Pooled: 246_672, Wide: 292_496} {
		if got := parameters(t, name); got != want {
			t.Errorf("%s has %d parameters, want %d", name, got, want)
		}
	}
}

// Embeddings and the gradient of every parameter agree with the reference in float64: the gradient along a random
// direction with central differences. Some gammas are negative.
func TestGradientsAgainstReference(t *testing.T) {
	for _, c := range []Config{
		{Architecture: Lite, Pixels: 32, Batch: 5},
		{Architecture: Pooled, Pixels: 64, Batch: 6},
		{Architecture: Wide, Pixels: 32, Batch: 7, Seed: 1}, // with seed 0 float32 and float64 are on different sides of a kink
		{Architecture: Pooled, Pixels: 32, Batch: 6, ISA: kernel.Portable},
	} {
		t.Run(fmt.Sprint(c.Architecture, c.Pixels, c.ISA), func(t *testing.T) { checkGradients(t, c) })
	}
}

func checkGradients(t *testing.T, c Config) {
	rng := rand.New(rand.NewPCG(21, 22))
	weights := normal(rng, c.Batch*loc2vec.Dimension)
	tr, err := New(c, weighted(weights))
	if err != nil {
		t.Fatal(err)
	}
	params := map[string][]float64{}
	for _, p := range tr.net.params {
		if !p.decay { // gamma, beta, bias: away from 1 and 0
			for i := range p.value {
				p.value[i] += float32(0.3 * rng.NormFloat64())
				if i%7 == 0 {
					p.value[i] = -p.value[i]
				}
			}
		}
		params[p.name] = widened(p.value)
	}
	rasters := noise(rng, c.Batch, c.Pixels)
	grads := gradients(t, tr, rasters)
	x := newMaps(c.Batch, loc2vec.NumLayers, c.Pixels)
	for i, v := range rasters {
		x.v[i] = float64(float32(v) * inputScale)
	}
	var extra []float64
	if tr.net.pooled != nil {
		extra = widened(tr.net.pooled.features)
	}
	want := reference(tr.net.architecture, params, x, extra)
	for i, v := range tr.Embeddings() {
		if math.Abs(float64(v)-want[i]) > 2e-4*(1+math.Abs(want[i])) {
			t.Fatalf("embedding %d is %v, want %v", i, v, want[i])
		}
	}
	loss := func() (sum float64) {
		for i, v := range reference(tr.net.architecture, params, x, extra) {
			sum += float64(weights[i])*v + v*v/2
		}
		return sum
	}
	for _, p := range tr.net.params {
		checkDirection(t, p.name, params[p.name], grads[p.name], rng, loss)
	}
}

// checkDirection compares a gradient with the slope of the loss along a direction.
func checkDirection(t *testing.T, name string, value []float64, grad []float32, rng *rand.Rand, loss func() float64) {
	t.Helper()
	direction := widened(normal(rng, len(value)))
	var along, norm, length float64
	for i, d := range direction {
		along += d * float64(grad[i])
		norm += float64(grad[i]) * float64(grad[i])
		length += d * d
	}
	const step = 1e-8 // so short that kinks of LeakyReLU and pooling hardly ever lie in between
	move := func(by float64) float64 {
		for i, d := range direction {
			value[i] += by * d
		}
		l := loss()
		for i, d := range direction {
			value[i] -= by * d
		}
		return l
	}
	slope := (move(step) - move(-step)) / (2 * step)
	// The slope along a random direction is of the order of the gradient's norm.
	if math.Abs(slope-along) > 2e-3*math.Sqrt(norm)+1e-6 {
		t.Errorf("%s: slope %v by differences, %v by the gradient (its norm is %v)", name, slope, along, math.Sqrt(norm))
	}
}

func newTest(t testing.TB, c Config) *Trainer {
	t.Helper()
	tr, err := New(c, weighted(normal(rand.New(rand.NewPCG(1, 1)), c.Batch*loc2vec.Dimension)))
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func step(t *testing.T, tr *Trainer, rasters []uint8) {
	t.Helper()
	if _, err := tr.Step(rasters, 1e-3); err != nil {
		t.Fatal(err)
	}
}

func TestSameBitsForAnyWorkers(t *testing.T) {
	for _, architecture := range []string{Lite, Pooled} {
		var first *Trainer
		for _, workers := range []int{1, 2, 3, 7} {
			tr := newTest(t, Config{Architecture: architecture, Pixels: 32, Batch: 11, Workers: workers, Dropout: 0.2, Seed: 5})
			rng := rand.New(rand.NewPCG(3, 3))
			for range 3 {
				step(t, tr, noise(rng, 11, 32))
			}
			if first == nil {
				first = tr
				continue
			}
			requireSame(t, first, tr)
		}
	}
}

// requireSame fails unless parameters and running statistics have the same bits.
func requireSame(t *testing.T, a, b *Trainer) {
	t.Helper()
	for i, p := range a.net.params {
		for k, v := range p.value {
			if b.net.params[i].value[k] != v {
				t.Fatalf("%s[%d] is %v and %v", p.name, k, v, b.net.params[i].value[k])
			}
		}
	}
	for i, n := range a.net.norms {
		for c := range n.channels {
			if n.runningMean[c] != b.net.norms[i].runningMean[c] || n.runningVar[c] != b.net.norms[i].runningVar[c] {
				t.Fatalf("%s: running statistics of channel %d differ", n.name, c)
			}
		}
	}
}

func TestTrainingLowersTheLoss(t *testing.T) {
	for _, architecture := range []string{Lite, Pooled} {
		tr := newTest(t, Config{Architecture: architecture, Pixels: 32, Batch: 8, WeightDecay: 1e-4})
		rasters := noise(rand.New(rand.NewPCG(4, 4)), 8, 32)
		first, err := tr.Step(rasters, 1e-3)
		if err != nil {
			t.Fatal(err)
		}
		var last float64
		for range 20 {
			if last, err = tr.Step(rasters, 1e-3); err != nil {
				t.Fatal(err)
			}
		}
		if !(last < first-5) {
			t.Errorf("%s: loss went from %v to %v", architecture, first, last)
		}
	}
}

func TestStepRefusesNonFiniteValues(t *testing.T) {
	bad := math.NaN()
	var inGradient bool
	tr, err := New(Config{Architecture: Pooled, Pixels: 32, Batch: 4}, func(grad, e []float32) (float64, error) {
		for i := range grad {
			grad[i] = 1
		}
		if inGradient {
			grad[3] = float32(bad)
			return 1, nil
		}
		return bad, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	fresh := newTest(t, Config{Architecture: Pooled, Pixels: 32, Batch: 4})
	rasters := noise(rand.New(rand.NewPCG(6, 6)), 4, 32)
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		for _, inGradient = range []bool{false, true} {
			bad = v
			if _, err := tr.Step(rasters, 1e-3); !errors.Is(err, ErrNotFinite) {
				t.Errorf("%v, in the gradient %v: error %v", v, inGradient, err)
			}
			requireSame(t, fresh, tr)
		}
	}
	bad, inGradient = 1, false
	step(t, tr, rasters) // the Trainer still works
	if got := tr.solver.step; got != 1 {
		t.Errorf("%d steps were counted, want 1", got)
	}
}

func TestNewRefuses(t *testing.T) {
	for name, c := range map[string]Config{
		"architecture": {Architecture: "resnet", Batch: 4},
		"batch":        {Batch: 1},
		"pixels":       {Pixels: 100, Batch: 4},
		"tiny":         {Pixels: 16, Batch: 4},
		"masks":        {Architecture: Pooled, Pixels: 64, Batch: 4, Masks: [][]uint8{make([]uint8, 10)}},
		"dropout":      {Batch: 4, Dropout: 1},
		"beta":         {Batch: 4, Beta1: 1.5},
		"isa":          {Batch: 4, ISA: 99},
	} {
		if _, err := New(c, nil); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// TestPixelsOfArchitectures checks the documentation of Config.Pixels for every size.
func TestPixelsOfArchitectures(t *testing.T) {
	for _, name := range Architectures() {
		for pixels := -32; pixels <= 500; pixels++ {
			want := pixels >= 32 && pixels%32 == 0
			if name == Classic {
				want = pixels >= 48 && pixels%16 == 0
			}
			if err := CheckPixels(name, pixels); (err == nil) != want {
				t.Errorf("%s, %d pixels: %v", name, pixels, err)
			}
		}
	}
}

func TestStepRefusesWrongLength(t *testing.T) {
	tr := newTest(t, Config{Architecture: Pooled, Pixels: 32, Batch: 4})
	if _, err := tr.Step(make([]uint8, 5), 1e-3); err == nil {
		t.Error("a batch of 5 bytes was accepted")
	}
}
