package kernel

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// Every byte goes where the definition says.
func TestTurn(t *testing.T) {
	rng := rand.New(rand.NewPCG(51, 52))
	for _, edge := range []int{1, 2, 5, 8} {
		const planes = 3
		src, dst := make([]uint8, planes*edge*edge), make([]uint8, planes*edge*edge)
		for i := range src {
			src[i] = uint8(rng.IntN(256))
		}
		Turn(dst, src, edge)
		for p := range planes {
			for y := range edge {
				for x := range edge {
					if got, want := dst[(p*edge+x)*edge+edge-1-y], src[(p*edge+y)*edge+x]; got != want {
						t.Fatalf("edge %d, plane %d: row %d, column %d became %d, want %d", edge, p, y, x, got, want)
					}
				}
			}
		}
		back := slices.Clone(src)
		for range 4 {
			Turn(dst, back, edge)
			back, dst = dst, back
		}
		if !slices.Equal(back, src) {
			t.Errorf("edge %d: four quarter turns are not the whole one", edge)
		}
	}
}
