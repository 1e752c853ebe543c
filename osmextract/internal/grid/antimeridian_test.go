package grid

import (
	"slices"
	"testing"
)

func TestUnwrap(t *testing.T) {
	const w = Across
	tests := []struct {
		xs, want []int32
	}{
		{[]int32{1, 2, 3}, []int32{1, 2, 3}},
		{[]int32{w - 5, 5, w - 1}, []int32{w - 5, w + 5, w - 1}},
		{[]int32{5, w - 5, 1}, []int32{5, -5, 1}},
		{[]int32{0, w / 3, 2 * w / 3, 0, w / 3}, []int32{0, w / 3, 2 * w / 3, w, w + w/3}},
	}
	for _, test := range tests {
		var line []Point
		for _, x := range test.xs {
			line = append(line, Point{X: x})
		}
		ok := Unwrap(line)
		var got []int32
		for _, p := range line {
			got = append(got, p.X)
		}
		if !ok || !slices.Equal(got, test.want) {
			t.Errorf("%v becomes %v, %v, want %v", test.xs, got, ok, test.want)
		}
	}
	if UnwrapRing([]Point{{0, 1}, {w / 3, 1}, {2 * w / 3, 1}}) {
		t.Error("a ring around a pole has been unwrapped")
	}
	var turns []Point
	for i := range int32(60) {
		turns = append(turns, Point{X: i % 3 * (w / 3)})
	}
	if Unwrap(turns) {
		t.Error("a line twenty times around the world has been unwrapped")
	}
}

func TestOpposite(t *testing.T) {
	for _, lon := range []int32{-1799999999, -1, 1, 1799999999} {
		if l := (Location{Lon: lon}); l.Opposite().Opposite() != l {
			t.Errorf("%d becomes %d and %d", lon, l.Opposite().Lon, l.Opposite().Opposite().Lon)
		}
	}
	if a, b := (Location{Lon: 1800000000}).Opposite(), (Location{Lon: -1800000000}).Opposite(); a != b {
		t.Errorf("both sides of the antimeridian become %v and %v", a, b)
	}
}
