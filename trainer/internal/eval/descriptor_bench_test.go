package eval

import (
	"math/rand/v2"
	"testing"

	"github.com/loc2vec/loc2vec"
)

// BenchmarkDescribe128px describes rasters with half of the layers empty.
func BenchmarkDescribe128px(b *testing.B) {
	s := newDescriber(128)
	image := make([]uint8, s.size())
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range len(image) / 2 {
		image[i] = uint8(rng.UintN(256))
	}
	dst := make([]Descriptor, 1)
	b.ReportAllocs()
	for b.Loop() {
		s.describe(dst, image)
	}
}

// BenchmarkRanks2000 ranks a full gallery of the model's dimension once.
func BenchmarkRanks2000(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	gallery, queries := random(2000, loc2vec.Dimension, rng), random(2000, loc2vec.Dimension, rng)
	for b.Loop() {
		ranks(gallery, queries, nil)
	}
}
