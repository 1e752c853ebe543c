package sdk

import (
	"math/rand/v2"
	"testing"
)

// TestSumBytes compares sums with those of a naive loop, of full and of random bytes.
func TestSumBytes(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	for _, size := range []int{0, 1, 7, 8, 9, 127 * 8, 128 * 8, 129*8 + 3, 64 * 64, 128*128 + 5} {
		for _, full := range []bool{true, false} {
			data, want := make([]uint8, size), 0
			for i := range data {
				data[i] = 255
				if !full {
					data[i] = uint8(rng.IntN(256))
				}
				want += int(data[i])
			}
			if got := sumBytes(data); got != want {
				t.Errorf("%d bytes, full %v: %d, want %d", size, full, got, want)
			}
		}
	}
}

func BenchmarkCoverages(b *testing.B) {
	raster := make([]uint8, 12*64*64)
	for b.Loop() {
		coverages(raster)
	}
}
