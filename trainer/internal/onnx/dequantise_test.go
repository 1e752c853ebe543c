package onnx

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/int8net"
)

// What is dequantised embeds as the quantised network does, but for the rounding of activations, and
// reads back from the file of the model alone.
func TestDequantise(t *testing.T) {
	rng := rand.New(rand.NewPCG(41, 42))
	for _, net := range layouts(rng, 64) {
		t.Run(net.Layout, func(t *testing.T) {
			seen := rasters(rng, 24, 64)
			q, err := Quantise(net, seen, Options{})
			if err != nil {
				t.Fatal(err)
			}
			read, err := int8net.ReadONNX(q.ONNX())
			if err != nil {
				t.Fatal(err)
			}
			back, err := Dequantise(read, net.Layout)
			if err != nil {
				t.Fatal(err)
			}
			if len(back.Head.Gain) != len(net.Head.Gain) || len(back.Dense[0].Weight) != len(net.Dense[0].Weight) {
				t.Fatalf("%d gains and %d weights of the first dense layer, want %d and %d",
					len(back.Head.Gain), len(back.Dense[0].Weight), len(net.Head.Gain), len(net.Dense[0].Weight))
			}
			// Quantising stretches features and shrinks their weights: the products are the same.
			for i, g := range net.Head.Gain {
				l, m := &net.Dense[0], &back.Dense[0]
				column := l.In - len(net.Head.Gain) + i
				if back.Head.Gain[i] < 0.999*g {
					t.Errorf("gain %d is %v, was %v", i, back.Head.Gain[i], g)
				}
				for o := range l.Out {
					want, got := g*l.Weight[o*l.In+column], back.Head.Gain[i]*m.Weight[o*l.In+column]
					if step := back.Head.Gain[i] * read.Coverage.WeightScale[o]; math.Abs(float64(got-want)) > 0.51*float64(step) && math.Abs(float64(want)) < 126*float64(step) {
						t.Fatalf("gain times weight %d of output %d is %v, want %v", i, o, got, want)
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
				t.Errorf("off by %.3f of the distance between embeddings", share)
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
	if _, err := Dequantise(&int8net.Network{Pixels: 64}, "lite"); err == nil {
		t.Error("a network without layers passes")
	}
}
