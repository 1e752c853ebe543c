package tiler

import (
	"math"
	"slices"
	"testing"

	"github.com/loc2vec/loc2vec/osmextract/internal/grid"
)

func TestSimplify(t *testing.T) {
	tests := []struct {
		name       string
		line, want []grid.Point
	}{
		{"straight", []grid.Point{{X: 0, Y: 0}, {X: 10, Y: 0}, {X: 20, Y: 0}, {X: 30, Y: 0}}, []grid.Point{{X: 0, Y: 0}, {X: 30, Y: 0}}},
		{"one step off", []grid.Point{{X: 0, Y: 0}, {X: 10, Y: 1}, {X: 20, Y: 0}}, []grid.Point{{X: 0, Y: 0}, {X: 20, Y: 0}}},
		{"two steps off", []grid.Point{{X: 0, Y: 0}, {X: 10, Y: 2}, {X: 20, Y: 0}}, []grid.Point{{X: 0, Y: 0}, {X: 10, Y: 2}, {X: 20, Y: 0}}},
		{"there and back", []grid.Point{{X: 0, Y: 0}, {X: 20, Y: 0}, {X: 10, Y: 0}}, []grid.Point{{X: 0, Y: 0}, {X: 20, Y: 0}, {X: 10, Y: 0}}},
		{"there and back again", []grid.Point{{X: 0, Y: 0}, {X: 20, Y: 0}, {X: 0, Y: 0}}, []grid.Point{{X: 0, Y: 0}, {X: 20, Y: 0}, {X: 0, Y: 0}}},
		{"closed", []grid.Point{{X: 0, Y: 0}, {X: 20, Y: 0}, {X: 20, Y: 20}, {X: 0, Y: 0}}, []grid.Point{{X: 0, Y: 0}, {X: 20, Y: 0}, {X: 20, Y: 20}, {X: 0, Y: 0}}},
		{"two points", []grid.Point{{X: 0, Y: 0}, {X: 1, Y: 0}}, []grid.Point{{X: 0, Y: 0}, {X: 1, Y: 0}}},
	}
	for _, test := range tests {
		if got := simplify(slices.Clone(test.line)); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

// No point of a line is further than a step from the simplified line, the end of a spur included.
func TestSimplifyStaysNear(t *testing.T) {
	rng := newRNG(4)
	for range 500 {
		line := []grid.Point{{X: 0, Y: 0}}
		x, y, heading := 0.0, 0.0, 0.0
		for range 1 + rng.IntN(200) {
			heading += rng.NormFloat64() * 0.1
			x, y = x+10*math.Cos(heading), y+10*math.Sin(heading)
			at := grid.Point{X: int32(x), Y: int32(y)}
			line = append(line, at)
			if rng.IntN(10) == 0 {
				sin, cos := math.Sincos(rng.Float64() * 2 * math.Pi)
				line = append(line, grid.Point{X: int32(x + 50*cos), Y: int32(y + 50*sin)}, at)
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
				dx, dy := float64(b.X-a.X), float64(b.Y-a.Y)
				along := (float64(p.X-a.X)*dx + float64(p.Y-a.Y)*dy) / max(dx*dx+dy*dy, 1) // a may equal b
				along = min(max(along, 0), 1)
				nearest = min(nearest, math.Hypot(float64(p.X-a.X)-along*dx, float64(p.Y-a.Y)-along*dy))
			}
			if nearest > 1+1e-9 {
				t.Fatalf("%v is %g steps away", p, nearest)
			}
		}
	}
}
