package net

import (
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/quantise"
)

// newRounding returns the rounding of a batch of values.
func newRounding(batch, skip, size int) *activationRounding {
	return &activationRounding{
		skip: skip, workers: 2, running: make([]float32, 2), extremes: make([][2]float32, batch),
		y: make([]float32, size), dx: make([]float32, size),
	}
}

// Activations are rounded to the numbers that their bytes represent in the exported network.
func TestActivationsAreRoundedToBytes(t *testing.T) {
	rng := rand.New(rand.NewPCG(51, 52))
	const batch, per, skip = 3, 1000, 40
	for _, running := range [][]float32{{0, 0}, {-0.5, 1}, {-0.01, 2.5}, {0, 9}} {
		x, dy := normal(rng, batch*per), normal(rng, batch*per)
		x[skip], x[skip+1] = 0, float32(math.Copysign(0, -1))
		r := newRounding(batch, skip, len(x))
		copy(r.running, running)
		r.forward(x)
		r.backward(dy)
		real := func(b uint8) float32 { return r.bytes.Scale * float32(int(b)-int(r.bytes.Zero)) }
		half := r.bytes.Scale / 2 * 1.00001
		for i, v := range x {
			y, dx := v, dy[i]
			if i%per >= skip {
				y = real(r.bytes.Quantise(v))
				if v < real(0)-half || v > real(255)+half {
					dx = 0
				}
			}
			if r.y[i] != y || r.dx[i] != dx {
				t.Fatalf("range %v, value %d: %v becomes %v with gradient %v, want %v and %v", running, i, v, r.y[i], r.dx[i], y, dx)
			}
		}
	}
}

func TestRangeFollowsTheBatches(t *testing.T) {
	r := newRounding(2, 1, 4)
	r.forward([]float32{99, 2, -99, -1})
	if want := [2]float32{-1, 2}; r.current != want {
		t.Errorf("first batch: range %v, want %v", r.current, want)
	}
	copy(r.running, r.current[:])
	r.forward([]float32{99, 12, -99, 5})
	if want := [2]float32{-0.9, 3}; math.Abs(float64(r.current[0]-want[0])) > 1e-6 || r.current[1] != want[1] {
		t.Errorf("second batch: range %v, want %v", r.current, want)
	}
}

// roundedTest returns a Trainer that has taken a few steps, the last of them quantised.
func roundedTest(t *testing.T, c Config) (*Trainer, []uint8) {
	t.Helper()
	c.Quantise = true
	tr := newTest(t, c)
	rng := rand.New(rand.NewPCG(53, 54))
	for i := range 4 {
		tr.Quantise(i >= 2)
		step(t, tr, noise(rng, c.Batch, c.Pixels))
	}
	return tr, noise(rng, c.Batch, c.Pixels)
}

// roundings returns the values of the roundings in the graph, by name.
func roundings(tr *Trainer) map[string][]float32 {
	values := map[string][]float32{}
	for _, n := range tr.net.graph.AllNodes() {
		if o, ok := n.Op().(*switched); ok {
			values[o.name] = floats(n.Value())
		}
	}
	return values
}

// Without equalisation the exporter arrives at the bytes of training, although it rounds folded weights.
func TestWeightsAreRoundedLikeTheExporters(t *testing.T) {
	for _, architecture := range []string{Lite, Pooled} {
		tr, rasters := roundedTest(t, Config{Architecture: architecture, Pixels: 32, Batch: 6})
		if err := tr.Recalibrate(1, func() ([]uint8, error) { return rasters, nil }); err != nil {
			t.Fatal(err)
		}
		size := len(rasters) / 6
		q, err := quantise.Network(tr.Network(), [][]uint8{rasters[:size], rasters[size:][:size]}, quantise.Options{Plain: true})
		if err != nil {
			t.Fatal(err)
		}
		rounded := roundings(tr)
		check := func(name string, bytes []int8, out, from int) {
			values := rounded[name+".weight.rounded"]
			in, per, same := len(values)/out, len(bytes)/out, 0
			for o := range out {
				if proportional(values[o*in+from:][:per], bytes[o*per:][:per]) {
					same++
				}
			}
			// If two scales have nearly the same error, the last bits decide between them.
			if same < out-1 {
				t.Errorf("%s: %d of %d channels of %s agree", architecture, same, out, name)
			}
		}
		for i, c := range q.Net.Convs {
			check([]string{"conv1", "conv2", "conv3", "conv4", "conv5", "point1", "point2"}[i], c.Weight, c.Out, 0)
		}
		first, last := q.Net.Dense[0], q.Net.Dense[1]
		check("dense", first.Weight, first.Out, 0)
		if c := q.Net.Coverage; c != nil {
			check("dense", c.Weight, first.Out, tr.net.architecture.hidden)
		}
		turned := make([]float32, len(last.Weight))
		transpose(turned, rounded["embedding.weight.rounded"], 1, last.In, last.Out)
		rounded["embedding.weight.rounded"] = turned
		check("embedding", last.Weight, last.Out, 0)
	}
}

// proportional reports whether values are the bytes times one number.
func proportional(values []float32, bytes []int8) bool {
	var product, square float64
	for i, b := range bytes {
		product += float64(values[i]) * float64(b)
		square += float64(b) * float64(b)
	}
	scale := product / max(square, 1)
	for i, b := range bytes {
		if math.Abs(float64(values[i])-scale*float64(b)) > 1e-4*math.Abs(scale) {
			return false
		}
	}
	return true
}

// The straight-through estimator by its definition: for the gradient, rounding is the addition of a constant, the
// rounding error. With these constants, the slopes of the reference in float64 are the gradients. In the first
// quantised step no value is outside of the ranges.
func TestGradientGoesStraightThrough(t *testing.T) {
	for _, architecture := range []string{Lite, Pooled} {
		c := Config{Architecture: architecture, Pixels: 32, Batch: 6, Quantise: true}
		rng := rand.New(rand.NewPCG(55, 56))
		weights := normal(rng, c.Batch*loc2vec.Dimension)
		tr, err := New(c, weighted(weights))
		if err != nil {
			t.Fatal(err)
		}
		tr.Quantise(true)
		rasters := noise(rng, c.Batch, c.Pixels)
		grads, rounded := gradients(t, tr, rasters), roundings(tr)
		params := map[string][]float64{}
		for _, p := range tr.net.params {
			params[p.name] = widened(p.value)
			if v, ok := rounded[p.name+".rounded"]; ok {
				params[p.name] = widened(v)
			}
		}
		x := newMaps(c.Batch, loc2vec.NumLayers, c.Pixels)
		for i, v := range rasters {
			x.v[i] = float64(float32(v) * inputScale)
		}
		var extra []float64
		for i, v := range rounded["head.rounded"] {
			if i%tr.net.architecture.joined >= tr.net.architecture.hidden {
				extra = append(extra, float64(v))
			}
		}
		changes := roundingChanges(tr)
		run := func() []float64 {
			return referenceWith(tr.net.architecture, params, x, extra, func(layer string, m maps) maps {
				for i, d := range changes[layer].v {
					m.v[i] += d
				}
				return m
			})
		}
		for i, want := range run() {
			if v := float64(tr.Embeddings()[i]); math.Abs(v-want) > 2e-4*(1+math.Abs(want)) {
				t.Fatalf("embedding %d is %v, want %v", i, v, want)
			}
		}
		loss := func() (sum float64) {
			for i, v := range run() {
				sum += float64(weights[i])*v + v*v/2
			}
			return sum
		}
		for _, p := range tr.net.params {
			checkDirection(t, p.name, params[p.name], grads[p.name], rng, loss)
		}
	}
}

// roundingChanges returns the rounding errors of each layer's output.
func roundingChanges(tr *Trainer) map[string]maps {
	changes := map[string]maps{}
	for i, r := range tr.net.quantiser.activations {
		change := make([]float32, len(r.y))
		for k, v := range r.y {
			change[k] = v - r.x[k]
		}
		batch, size, halo := tr.net.config.Batch, 1, 0
		switch {
		case i < len(tr.net.convs):
			size, halo = tr.net.convs[i].outSize, tr.net.convs[i].outHalo
		case r.name == "point1" || r.name == "point2":
			size = tr.net.architecture.size
		}
		pitch := size + 2*halo
		changes[r.name] = channelsFirst(change, batch, len(change)/(batch*pitch*pitch), size, halo)
	}
	return changes
}

// Switched off, the operations change and copy nothing. Without Config.Quantise, they do not exist.
func TestQuantisationOffIsTheIdentity(t *testing.T) {
	c := Config{Architecture: Pooled, Pixels: 32, Batch: 6, Dropout: 0.2}
	plain := newTest(t, c)
	if n := len(roundings(plain)); n > 0 {
		t.Errorf("%d roundings in the graph of a plain Trainer", n)
	}
	plain.Quantise(true) // has no effect
	c.Quantise = true
	off := newTest(t, c)
	rng := rand.New(rand.NewPCG(57, 58))
	for range 3 {
		rasters := noise(rng, c.Batch, c.Pixels)
		step(t, plain, rasters)
		step(t, off, rasters)
	}
	requireSame(t, plain, off)
	x := dense(normal(rng, 6), 6)
	node := G.NewVector(G.NewGraph(), G.Float32, G.WithShape(6))
	y, err := unary{y: make([]float32, 6)}.switched("nothing", node, new(bool)).Do(x)
	if err != nil || y != G.Value(x) {
		t.Errorf("%v became %v, %v", x, y, err)
	}
}

func TestQuantisedTrainingIsTheSameForAnyWorkers(t *testing.T) {
	for _, architecture := range []string{Lite, Pooled} {
		one, _ := roundedTest(t, Config{Architecture: architecture, Pixels: 32, Batch: 7, Workers: 1, Dropout: 0.1})
		three, _ := roundedTest(t, Config{Architecture: architecture, Pixels: 32, Batch: 7, Workers: 3, Dropout: 0.1})
		requireSame(t, one, three)
		if !reflect.DeepEqual(one.State(), three.State()) {
			t.Errorf("%s: the states differ", architecture)
		}
	}
}

func TestQuantisedTrainingResumes(t *testing.T) {
	c := Config{Architecture: Pooled, Pixels: 32, Batch: 6}
	whole, rasters := roundedTest(t, c)
	state := whole.State()
	ranges := 0
	for _, v := range state.Tensors {
		if strings.HasSuffix(v.Name, ".range") && v.Data[0] < v.Data[1] {
			ranges++
		}
	}
	if ranges != 9 { // seven convolutions, coverages and the dense layer
		t.Errorf("the state has %d ranges, want 9", ranges)
	}
	c.Quantise = true
	resumed := newTest(t, c)
	if err := resumed.Restore(state); err != nil {
		t.Fatal(err)
	}
	resumed.Quantise(true)
	step(t, whole, rasters)
	step(t, resumed, rasters)
	if !reflect.DeepEqual(whole.State(), resumed.State()) {
		t.Error("the states differ")
	}

	// Neither recalibration nor a step that fails moves the ranges.
	state = whole.State()
	if err := whole.Recalibrate(1, func() ([]uint8, error) { return make([]uint8, len(rasters)), nil }); err != nil {
		t.Fatal(err)
	}
	whole.loss = func([]float32, []float32) (float64, error) { return math.NaN(), nil }
	if _, err := whole.Step(rasters, 1e-3); err == nil {
		t.Error("a loss that is not a number was accepted")
	}
	for i, v := range whole.State().Tensors {
		if strings.HasSuffix(v.Name, ".range") && !reflect.DeepEqual(v, state.Tensors[i]) {
			t.Errorf("%s has moved from %v to %v", v.Name, state.Tensors[i].Data, v.Data)
		}
	}
}
