package osmextract

import (
	"math"
	"slices"
	"testing"
)

func TestSimplify(t *testing.T) {
	tests := []struct {
		name       string
		line, want []gridPoint
	}{
		{"straight", []gridPoint{{0, 0}, {10, 0}, {20, 0}, {30, 0}}, []gridPoint{{0, 0}, {30, 0}}},
		{"one step off", []gridPoint{{0, 0}, {10, 1}, {20, 0}}, []gridPoint{{0, 0}, {20, 0}}},
		{"two steps off", []gridPoint{{0, 0}, {10, 2}, {20, 0}}, []gridPoint{{0, 0}, {10, 2}, {20, 0}}},
		{"there and back", []gridPoint{{0, 0}, {20, 0}, {10, 0}}, []gridPoint{{0, 0}, {20, 0}, {10, 0}}},
		{"there and back again", []gridPoint{{0, 0}, {20, 0}, {0, 0}}, []gridPoint{{0, 0}, {20, 0}, {0, 0}}},
		{"closed", []gridPoint{{0, 0}, {20, 0}, {20, 20}, {0, 0}}, []gridPoint{{0, 0}, {20, 0}, {20, 20}, {0, 0}}},
		{"two points", []gridPoint{{0, 0}, {1, 0}}, []gridPoint{{0, 0}, {1, 0}}},
	}
	for _, test := range tests {
		if got := simplify(slices.Clone(test.line)); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

// No point of a line ends up further than a step from what is left of it, the end of a spur included.
func TestSimplifyStaysNear(t *testing.T) {
	rng := newRNG(4)
	for range 500 {
		line := []gridPoint{{0, 0}}
		x, y, heading := 0.0, 0.0, 0.0
		for range 1 + rng.IntN(200) {
			heading += rng.NormFloat64() * 0.1
			x, y = x+10*math.Cos(heading), y+10*math.Sin(heading)
			at := gridPoint{int32(x), int32(y)}
			line = append(line, at)
			if rng.IntN(10) == 0 {
				sin, cos := math.Sincos(rng.Float64() * 2 * math.Pi)
				line = append(line, gridPoint{int32(x + 50*cos), int32(y + 50*sin)}, at)
			}
		}
		left := simplify(slices.Clone(line))
		if left[0] != line[0] || left[len(left)-1] != line[len(line)-1] {
			t.Fatal("the ends have moved")
		}
		for _, p := range line {
			nearest := math.Inf(1)
			for i := 1; i < len(left); i++ {
				a, b := left[i-1], left[i]
				dx, dy := float64(b.x-a.x), float64(b.y-a.y)
				along := (float64(p.x-a.x)*dx + float64(p.y-a.y)*dy) / max(dx*dx+dy*dy, 1) // a and b may be one
				along = min(max(along, 0), 1)
				nearest = min(nearest, math.Hypot(float64(p.x-a.x)-along*dx, float64(p.y-a.y)-along*dy))
			}
			if nearest > 1+1e-9 {
				t.Fatalf("%v is %g steps away", p, nearest)
			}
		}
	}
}
