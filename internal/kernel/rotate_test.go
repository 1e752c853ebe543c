package kernel

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// Rotate moves every byte to the place that its definition names.
func TestRotate(t *testing.T) {
	rng := rand.New(rand.NewPCG(51, 52))
	for _, size := range []int{1, 2, 5, 8} {
		const planes = 3
		src, dst := make([]uint8, planes*size*size), make([]uint8, planes*size*size)
		for i := range src {
			src[i] = uint8(rng.IntN(256))
		}
		Rotate(dst, src, size)
		for p := range planes {
			for y := range size {
				for x := range size {
					if got, want := dst[(p*size+x)*size+size-1-y], src[(p*size+y)*size+x]; got != want {
						t.Fatalf("size %d, plane %d: row %d, column %d became %d, want %d", size, p, y, x, got, want)
					}
				}
			}
		}
		back := slices.Clone(src)
		for range 4 {
			Rotate(dst, back, size)
			back, dst = dst, back
		}
		if !slices.Equal(back, src) {
			t.Errorf("size %d: four rotations by 90 degrees change the planes", size)
		}
	}
}
