package report

import (
	"os"
	"testing"

	"github.com/loc2vec/loc2vec/trainer/internal/eval"
)

func ExampleWriteAblation() {
	seeds := func(values ...float64) [][]eval.NamedScore {
		var out [][]eval.NamedScore
		for _, v := range values {
			out = append(out, []eval.NamedScore{{Name: "80 m", Value: v}, {Name: eval.RankName, Value: 10 * v}})
		}
		return out
	}
	_ = WriteAblation(os.Stdout, []eval.Variant{
		{Name: "default", Seeds: seeds(0.50, 0.52, 0.54)},
		{Name: "masking", Seeds: seeds(0.51, 0.53, 0.55)},
		{Name: "one seed", Seeds: seeds(0.40)},
	})
	// Output:
	// | variant  | seeds |       80 m |       rank |
	// | -------- | ----: | ---------: | ---------: |
	// | default  |     3 | 52.0 ± 5.0 |  5.2 ± 0.5 |
	// | masking  |     3 | +1.0 ± 0.0 | +0.1 ± 0.0 |
	// | one seed |     1 |      -10.0 |       -1.0 |
}

func TestMeanCell(t *testing.T) {
	// Student's 97.5th percentile with 1, 2 and 9 degrees of freedom: 12.71, 4.30 and 2.26.
	for _, c := range []struct {
		values []float64
		want   string
	}{
		{nil, ""},
		{[]float64{3}, "3.0"},
		{[]float64{0, 2}, "1.0 ± 12.7"},
		{[]float64{0, 1, 2}, "1.0 ± 2.5"},
		{[]float64{0, 10, 0, 10, 0, 10, 0, 10, 0, 10}, "5.0 ± 3.8"},
	} {
		if got := meanCell("%.1f", c.values); got != c.want {
			t.Errorf("%v: %q, want %q", c.values, got, c.want)
		}
	}
}
