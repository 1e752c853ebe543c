package quantise

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/onnx"
)

// A dequantised network gives the embeddings of the quantised one, up to the rounding of activations. Its layers are
// those of the network before quantisation.
func TestDequantise(t *testing.T) {
	rng := rand.New(rand.NewPCG(41, 42))
	for _, net := range architectures(rng, 64) {
		t.Run(net.Architecture, func(t *testing.T) {
			seen := rasters(rng, 24, 64)
			q, err := Network(net, seen, Options{})
			if err != nil {
				t.Fatal(err)
			}
			read, err := onnx.Unmarshal(q.ONNX())
			if err != nil {
				t.Fatal(err)
			}
			back, err := Dequantise(read, net.Architecture)
			if err != nil {
				t.Fatal(err)
			}
			if len(back.Head.Masks) != len(net.Head.Masks) {
				t.Fatalf("%d masks, want %d", len(back.Head.Masks), len(net.Head.Masks))
			}
			for i, l := range slices.Concat(back.Convs, back.Dense) {
				want := slices.Concat(net.Convs, net.Dense)[i]
				if l.In != want.In || l.Out != want.Out || l.Slope != want.Slope || len(l.Weight) != len(want.Weight) || len(l.Bias) != len(want.Bias) {
					t.Fatalf("layer %d is of %d to %d channels, slope %v, want %d to %d, slope %v", i, l.In, l.Out, l.Slope, want.In, want.Out, want.Slope)
				}
			}
			for i, g := range net.Head.FeatureScale {
				if got := back.Head.FeatureScale[i]; math.Abs(float64(got/g)-1) > 1e-6 {
					t.Errorf("feature scale %d is %v, was %v", i, got, g)
				}
				l := &net.Dense[0]
				column := l.In - len(net.Head.FeatureScale) + i
				for o := range l.Out {
					want, got := l.Weight[o*l.In+column], back.Dense[0].Weight[o*l.In+column]
					step := read.Coverage.WeightScale[o*replicas]
					if math.Abs(float64(got-want)) > 0.51*secondTerm*float64(step) {
						t.Fatalf("weight %d of output %d is %v, want %v, with steps of %v", i, o, got, want, step)
					}
				}
			}
			var off, between float64
			var last []float32
			for _, r := range seen {
				got, want := make([]float32, loc2vec.Dimension), make([]float32, loc2vec.Dimension)
				if err := back.Forward(got, r); err != nil {
					t.Fatal(err)
				}
				if err := q.Forward(want, r); err != nil {
					t.Fatal(err)
				}
				off += squared(got, want)
				if last != nil {
					between += squared(want, last)
				}
				last = want
			}
			if share := math.Sqrt(off / between); share > 0.1 {
				t.Errorf("the error is %.3f of the distance between embeddings", share)
			}
		})
	}
}

func squared(a, b []float32) float64 {
	var sum float64
	for i := range a {
		d := float64(a[i] - b[i])
		sum += d * d
	}
	return sum
}

func TestDequantiseChecks(t *testing.T) {
	if _, err := Dequantise(&onnx.Network{Pixels: 64}, "lite"); err == nil {
		t.Error("no error for a network without layers")
	}
}
