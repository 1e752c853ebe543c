package quantise

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/loc2vec/loc2vec/internal/onnx"
	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
)

// The mean of a replicated unit has a quarter of the step, and mergeReplicas restores the unit.
func TestReplicate(t *testing.T) {
	rng := rand.New(rand.NewPCG(71, 72))
	const in, units, out = 8, 5, 3
	input := onnx.Quant{Scale: 0.02, Zero: 3}
	l := randomLayer(rng, encoder.Layer{Kind: encoder.Dense, In: in, Out: units, Slope: 0.1})
	next := randomLayer(rng, encoder.Layer{Kind: encoder.Dense, In: units, Out: out, Slope: 1})
	d := onnx.Dense{In: in, Out: units, Slope: l.Slope, Output: onnx.Quant{Scale: 0.05, Zero: 40}}
	d.Weight, d.WeightScale, d.Bias = quantiseWeights(l.Weight, l.Bias, input)
	plain, reads := d, next
	replicate(&d, nil, input, &reads)
	if !isReplicated(&d) || isReplicated(&plain) {
		t.Fatal("isReplicated does not distinguish replicated units")
	}

	real := func(d *onnx.Dense, unit int, x []float64) float64 {
		sum := float64(d.Bias[unit])
		for i, v := range x {
			sum += v * float64(d.Weight[unit*in+i])
		}
		return sum * float64(input.Scale) * float64(d.WeightScale[unit])
	}
	for range 100 {
		x := make([]float64, in)
		for i := range x {
			x[i] = float64(rng.IntN(60)) - 20
		}
		for u := range units {
			want := real(&plain, u, x)
			var got float64
			for k := range replicas {
				b := d.Output.Quantise(float32(real(&d, u*replicas+k, x)))
				got += float64(d.Output.Scale) * float64(int(b)-int(d.Output.Zero)) / replicas
			}
			step := float64(d.Output.Scale) / replicas
			if low, high := -39.0*0.05, 214.0*0.05; want > low && want < high && math.Abs(got-want) > 0.55*step {
				t.Errorf("unit %d: %v is represented as %v, half a step is %v", u, want, got, step/2)
			}
		}
	}

	back := encoder.Layer{Kind: encoder.Dense, In: in, Out: d.Out, Weight: realWeights(d.Weight, d.WeightScale), Bias: realBias(d.Bias, d.WeightScale, input)}
	mergeReplicas(&back, &reads)
	if back.Out != units || reads.In != units {
		t.Fatalf("%d units, of which %d are read, want %d", back.Out, reads.In, units)
	}
	for i, w := range realWeights(plain.Weight, plain.WeightScale) {
		if back.Weight[i] != w {
			t.Errorf("weight %d is %v, want %v", i, back.Weight[i], w)
		}
	}
	for i, b := range realBias(plain.Bias, plain.WeightScale, input) {
		if math.Abs(float64(back.Bias[i]-b)) > 1e-5 {
			t.Errorf("bias %d is %v, want %v", i, back.Bias[i], b)
		}
	}
	for i, w := range next.Weight {
		if math.Abs(float64(reads.Weight[i]-w)) > 1e-6 {
			t.Errorf("weight %d of the next layer is %v, want %v", i, reads.Weight[i], w)
		}
	}
}
