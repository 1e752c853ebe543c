package eval

import (
	"os"
	"testing"
)

func ExampleWriteAblation() {
	seeds := func(values ...float64) [][]NamedFigure {
		var out [][]NamedFigure
		for _, v := range values {
			out = append(out, []NamedFigure{{"80 m", v}, {RankName, 10 * v}})
		}
		return out
	}
	_ = WriteAblation(os.Stdout, []Variant{
		{"default", seeds(0.50, 0.52, 0.54)},
		{"masking", seeds(0.51, 0.53, 0.55)},
		{"one seed", seeds(0.40)},
	})
	// Output:
	// | variant  | seeds |       80 m |       rank |
	// | -------- | ----: | ---------: | ---------: |
	// | default  |     3 | 52.0 ± 5.0 |  5.2 ± 0.5 |
	// | masking  |     3 | +1.0 ± 0.0 | +0.1 ± 0.0 |
	// | one seed |     1 |      -10.0 |       -1.0 |
}

func TestStudent(t *testing.T) {
	for freedom, want := range map[int]float64{1: 12.71, 2: 4.30, 9: 2.26, 30: 2.2} {
		if got := student(freedom); got != want {
			t.Errorf("student(%d) = %v, want %v", freedom, got, want)
		}
	}
}
