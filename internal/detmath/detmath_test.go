package detmath_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/loc2vec/loc2vec/internal/detmath"
)

func TestSincosDegrees(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 100_000 {
		degrees := (rng.Float64() - 0.5) * 2000
		sin, cos := detmath.SincosDegrees(degrees)
		wantSin, wantCos := math.Sincos(math.Mod(degrees, 360) * (math.Pi / 180))
		// The reference rounds numbers up to 2π five times.
		if math.Abs(sin-wantSin) > 2e-15 || math.Abs(cos-wantCos) > 2e-15 {
			t.Fatalf("SincosDegrees(%v) = %v, %v, want %v, %v", degrees, sin, cos, wantSin, wantCos)
		}
	}
}

func TestSincosDegreesIsExactAtMultiplesOf90(t *testing.T) {
	for _, tt := range []struct{ degrees, sin, cos float64 }{
		{0, 0, 1}, {90, 1, 0}, {180, 0, -1}, {270, -1, 0}, {360, 0, 1},
		{-90, -1, 0}, {-180, 0, -1}, {-270, 1, 0}, {3690, 1, 0},
	} {
		if sin, cos := detmath.SincosDegrees(tt.degrees); sin != tt.sin || cos != tt.cos {
			t.Errorf("SincosDegrees(%v) = %v, %v, want %v, %v", tt.degrees, sin, cos, tt.sin, tt.cos)
		}
	}
}

func TestLog(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 100_000 {
		x := math.Exp((rng.Float64() - 0.5) * 40)
		got, want := detmath.Log(x), math.Log(x)
		if math.Abs(got-want) > 4e-16*max(1, math.Abs(want)) {
			t.Fatalf("Log(%v) = %v, want %v", x, got, want)
		}
	}
}

// TestBits pins results that every platform must reproduce. A compiler that fuses a product with a
// sum changes some of them.
func TestBits(t *testing.T) {
	var sum uint64
	rng := rand.New(rand.NewPCG(5, 6))
	for range 10_000 {
		sin, cos := detmath.SincosDegrees(rng.Float64() * 360)
		log := detmath.Log(rng.Float64() * 1000)
		for _, v := range []float64{sin, cos, log} {
			sum = sum*31 + math.Float64bits(v)
		}
	}
	const want = uint64(0x87474dfc0c6de17f)
	if sum != want {
		t.Errorf("checksum %#x, want %#x", sum, want)
	}
}
