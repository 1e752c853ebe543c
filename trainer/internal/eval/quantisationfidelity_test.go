package eval

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestQuantisationOfTheSameAndOfANoisyModel(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 11))
	const n = 200
	float := embedded{method: Method{Name: "float", Role: Float}}
	for range galleryViews() {
		float.views = append(float.views, random(n, 16, rng))
	}
	boot := newBootstrap(blocksOfOne(n), rng)
	same := quantisationFidelity(&float, &float, boot)
	if same.Overlap.Value != 1 || same.RecallLoss.Value != 0 || math.Abs(same.Cosine.Value-1) > 1e-9 || same.DistanceError != 0 {
		t.Errorf("a model against itself: %+v", same)
	}
	noisy := embedded{method: Method{Name: "int8", Role: Model}}
	for _, m := range float.views {
		noise := random(n, 16, rng)
		for i := range noise.data {
			noise.data[i] = m.data[i] + noise.data[i]/10
		}
		noisy.views = append(noisy.views, noise)
	}
	got := quantisationFidelity(&float, &noisy, boot)
	if got.Overlap.Value < 0.6 || got.Overlap.Value > 0.97 || got.Cosine.Value < 0.98 || got.Cosine.Value >= 1 {
		t.Errorf("a model against itself with a tenth of noise: %+v", got)
	}
	if got.DistanceError < 0.03 || got.DistanceError > 0.3 || got.DistanceErrorMedian > got.DistanceError {
		t.Errorf("distance errors with a tenth of noise: %+v", got)
	}
}

func TestCosineAbout(t *testing.T) {
	origin := []float32{10, 10}
	if got := cosineAbout(origin, []float32{11, 10}, []float32{10, 11}); got != 0 {
		t.Errorf("right angle: %v", got)
	}
	if got := cosineAbout(origin, origin, origin); got != 1 {
		t.Errorf("both at the origin: %v", got)
	}
	if got := cosineAbout(origin, origin, []float32{11, 10}); got != 0 {
		t.Errorf("one at the origin: %v", got)
	}
}
