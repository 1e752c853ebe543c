package metric

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestEffectiveRank(t *testing.T) {
	line, even := make([]float64, 40*4), make([]float64, 8*4)
	for i := range 40 {
		for k := range 4 {
			line[i*4+k] = float64(i * (k + 1))
		}
	}
	for k := range 4 { // ±1 along each axis
		even[2*k*4+k], even[(2*k+1)*4+k] = 1, -1
	}
	for name, c := range map[string]struct {
		e    []float64
		want float64
	}{
		"all equal": {slices.Repeat([]float64{3, 1, 4, 1}, 7), 0},
		"on a line": {line, 1},
		"even":      {even, 4},
	} {
		if got := EffectiveRank(singularValues(c.e, 4)); math.Abs(got-c.want) > 1e-6 {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestEffectiveRankOfFixtures(t *testing.T) {
	for _, f := range fixtures(t) {
		if f.Diagnostics.RankMe == nil {
			continue
		}
		got := EffectiveRank(singularValues(slices.Concat(f.Embeddings...), len(f.Embeddings[0])))
		// The references add 1e-12 or so to each share.
		if math.Abs(got-*f.Diagnostics.RankMe) > 1e-8 {
			t.Errorf("%s: %v, want %v", f.Case, got, *f.Diagnostics.RankMe)
		}
	}
}

// TestSingularValues: their squares add up to the variance, and rotating the space does not move them.
func TestSingularValues(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 4))
	b := randomBatch(rng, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 6, 1)
	e := slices.Concat(b.e...)
	values := singularValues(slices.Clone(e), 6)
	slices.Sort(values)

	var variance, squares float64
	for k := range 6 {
		var mean float64
		for i := range 10 {
			mean += e[i*6+k] / 10
		}
		for i := range 10 {
			variance += (e[i*6+k] - mean) * (e[i*6+k] - mean)
		}
	}
	for _, v := range values {
		squares += v * v
	}
	if math.Abs(squares-variance) > 1e-10*variance {
		t.Errorf("squares add up to %v, variance is %v", squares, variance)
	}

	sin, cos := math.Sincos(0.7)
	for i := range 10 {
		x, y := e[i*6+1], e[i*6+4]
		e[i*6+1], e[i*6+4] = cos*x-sin*y, sin*x+cos*y
	}
	turned := singularValues(e, 6)
	slices.Sort(turned)
	near(t, "singular values after a rotation", turned, values, 1e-12)
}

func TestDiagnose(t *testing.T) {
	// A 3-4-5 triangle: two rows of one label 3 apart, the third 4 and 5 away.
	d, err := Diagnose([]float32{0, 0, 3, 0, 0, 4}, []int{1, 1, 2})
	if err != nil {
		t.Fatal(err)
	}
	if d.MeanPositive != 3 || d.MeanNegative != 4.5 || math.Abs(d.MeanNorm-7.0/3) > 1e-12 {
		t.Errorf("got %+v", d)
	}
	if d.EffectiveRank <= 1 || d.EffectiveRank > 2 {
		t.Errorf("effective rank %v of three points in the plane", d.EffectiveRank)
	}
}
