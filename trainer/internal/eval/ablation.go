package eval

import (
	"fmt"
	"io"
	"math"
	"strings"
)

// Variant is one recipe of an ablation: the mean over held-out regions of each figure, for each seed
// that it was trained with.
type Variant struct {
	Name  string
	Seeds [][]NamedFigure // the same figures in the same order for each seed
}

// NamedFigure is a figure with its value.
type NamedFigure struct {
	Name  string
	Value float64
}

// WriteAblation writes a Markdown table of variants: the first as it is, the others as what they
// change about it. Behind a mean over seeds stands half of its 95 % interval, Student's, from the
// differences between runs of the same seed; nothing stands there with a single seed. Shares are in
// per cent.
func WriteAblation(w io.Writer, variants []Variant) error {
	if len(variants) == 0 || len(variants[0].Seeds) == 0 {
		return nil
	}
	base := variants[0]
	t := table{{"variant", "seeds"}}
	for _, f := range base.Seeds[0] {
		t[0] = append(t[0], f.Name)
	}
	for i, v := range variants {
		row := []string{v.Name, fmt.Sprint(len(v.Seeds))}
		for k, f := range base.Seeds[0] {
			var values []float64
			for s := range min(len(v.Seeds), len(base.Seeds)) {
				value := v.Seeds[s][k].Value
				if i > 0 {
					value -= base.Seeds[s][k].Value
				}
				values = append(values, value)
			}
			format := "%.1f"
			if i > 0 {
				format = "%+.1f"
			}
			row = append(row, spread(format, f.scale(), values))
		}
		t = append(t, row)
	}
	var b strings.Builder
	t.write(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

// scale is what the figure is multiplied by to be read: 100 for shares.
func (f NamedFigure) scale() float64 {
	if f.Name == RankName {
		return 1
	}
	return 100
}

// RankName names the effective rank among the figures of a Variant.
const RankName = "rank"

// spread writes the mean of values and half of its interval.
func spread(format string, scale float64, values []float64) string {
	n := float64(len(values))
	if n == 0 {
		return ""
	}
	var sum, square float64
	for _, v := range values {
		sum += scale * v / n
	}
	for _, v := range values {
		square += (scale*v - sum) * (scale*v - sum)
	}
	if len(values) == 1 {
		return fmt.Sprintf(format, sum)
	}
	return fmt.Sprintf(format+" ± %.1f", sum, student(len(values)-1)*math.Sqrt(square/(n-1)/n))
}

// student is the 97.5th percentile of Student's distribution.
func student(freedom int) float64 {
	table := []float64{12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26}
	if freedom > len(table) {
		return 2.2
	}
	return table[freedom-1]
}
