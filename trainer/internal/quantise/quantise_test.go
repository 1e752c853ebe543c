package quantise

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/bundle"
	"github.com/loc2vec/loc2vec/internal/onnx"
	"github.com/loc2vec/loc2vec/sdk/base"
	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
)

func TestWeightsKeepTheirSize(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	const out, in = 5, 90
	weight, bias := make([]float32, out*in), make([]float32, out)
	for i := range weight {
		weight[i] = float32(rng.NormFloat64() * math.Pow(10, float64(i/in)-3))
	}
	clear(weight[:in]) // a channel of zeros
	bias[0] = 3
	x := onnx.Quant{Scale: 0.01, Zero: 7}
	q, scale, b := quantiseWeights(weight, bias, x)
	for i, w := range weight {
		s := float64(scale[i/in])
		// At most half a step, except for weights beyond the range.
		if e := math.Abs(float64(q[i])*s - float64(w)); e > s/2*1.001 && q[i] != 127 && q[i] != -127 {
			t.Errorf("weight %v becomes %v with steps of %v", w, float64(q[i])*s, s)
		}
	}
	if got := float64(b[0]) * float64(x.Scale) * float64(scale[0]); math.Abs(got-3) > 1e-6 {
		t.Errorf("the bias of the channel of zeros is %v, want 3", got)
	}
}

// TestActivationRange: the chosen range is no worse than any of many others.
func TestActivationRange(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 14))
	values := make([]float64, 20000)
	for i := range values {
		values[i] = rng.NormFloat64() * math.Exp(rng.NormFloat64()/2)
	}
	h := newHistogram(slices.All(values))
	const slope = 0.1
	squared := func(sum, out onnx.Quant) float64 {
		var e float64
		for _, v := range values {
			x := sum.Scale * float32(int(sum.Quantise(float32(v)))-int(sum.Zero))
			if x < 0 {
				x *= slope
			}
			got := float64(out.Scale) * float64(int(out.Quantise(x))-int(out.Zero))
			if v < 0 {
				v *= slope
			}
			e += (v - got) * (v - got)
		}
		return e
	}
	sum, out := h.activation(slope)
	chosen := squared(sum, out)
	for range 200 {
		low, high := h.low*rng.Float64(), h.high*rng.Float64()
		other := squared(Range(low, high), Range(slope*low, high))
		// The histogram and the grid of candidates have a finite resolution.
		if other < 0.9*chosen {
			t.Errorf("range %v to %v has error %v, the chosen one (%v, %v) %v", low, high, other, sum, out, chosen)
		}
	}
}

// The methods that Plain omits reduce the error of the base model.
func TestErrorBelowPlain(t *testing.T) {
	data := base.Bundle()
	bundle, err := bundle.Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	model, err := onnx.Unmarshal(bundle.Model)
	if err != nil {
		t.Fatal(err)
	}
	net, err := Dequantise(model, bundle.Manifest.Provenance.Net)
	if err != nil {
		t.Fatal(err)
	}
	// Its weights are multiples of their steps. They are moved to arbitrary values, like those of a trained network.
	rng := rand.New(rand.NewPCG(17, 18))
	for _, l := range slices.Concat(net.Convs, net.Dense) {
		for row := range slices.Chunk(l.Weight, len(l.Weight)/l.Out) {
			step := WeightScale(row)
			for i := range row {
				row[i] += float32(step * (rng.Float64() - 0.5))
			}
		}
	}
	var seen [][]uint8
	for _, g := range bundle.Golden {
		seen = append(seen, g.Raster)
	}
	off := func(opts Options) (sum float64) {
		q, err := Network(net, seen, opts)
		if err != nil {
			t.Fatal(err)
		}
		got, want := make([]float32, loc2vec.Dimension), make([]float32, loc2vec.Dimension)
		for _, r := range seen {
			if err := errors.Join(q.Forward(got, r), net.Forward(want, r)); err != nil {
				t.Fatal(err)
			}
			sum += squared(got, want)
		}
		return sum
	}
	fine, plain := off(Options{}), off(Options{Plain: true})
	t.Logf("squared error %.3g, plain %.3g", fine, plain)
	if fine > 0.7*plain {
		t.Errorf("squared error %.3g, plain %.3g", fine, plain)
	}
}

func TestNetworkRefuses(t *testing.T) {
	rng := rand.New(rand.NewPCG(15, 16))
	net := architectures(rng, 64)[0]
	if _, err := Network(net, nil, Options{}); err == nil {
		t.Error("no error without calibration")
	}
	if _, err := Network(net, [][]uint8{make([]uint8, 7)}, Options{}); err == nil {
		t.Error("no error for a raster of seven bytes")
	}
	net.Convs[1].Weight = net.Convs[1].Weight[1:]
	if _, err := Network(net, rasters(rng, 1, 64), Options{}); err == nil {
		t.Error("no error for missing weights")
	}
	pooled := architectures(rng, 64)[2]
	pooled.Head.FeatureScale = pooled.Head.FeatureScale[1:]
	if _, err := Network(pooled, rasters(rng, 1, 64), Options{}); err == nil {
		t.Error("no error for a missing feature scale")
	}
	if _, err := Network(&encoder.Network{}, rasters(rng, 1, 64), Options{}); err == nil {
		t.Error("no error for a network without layers")
	}
}
