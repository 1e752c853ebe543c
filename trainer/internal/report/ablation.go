package report

import (
	"fmt"
	"io"
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/loc2vec/loc2vec/trainer/internal/eval"
)

// WriteAblation writes a Markdown table of variants: the scores of the first one, and of the others
// their difference from it. A mean over seeds is followed by half of its 95 % interval, Student's,
// from the differences between runs of the same seed. A single seed has no interval. Shares are in
// per cent.
func WriteAblation(w io.Writer, variants []eval.Variant) error {
	if len(variants) == 0 || len(variants[0].Seeds) == 0 {
		return nil
	}
	base := variants[0]
	t := table{head: []string{"variant", "seeds"}}
	for _, score := range base.Seeds[0] {
		t.head = append(t.head, score.Name)
	}
	for i, v := range variants {
		line := []string{v.Name, fmt.Sprint(len(v.Seeds))}
		for k, score := range base.Seeds[0] {
			var values []float64
			for s := range min(len(v.Seeds), len(base.Seeds)) {
				value := v.Seeds[s][k].Value
				if i > 0 {
					value -= base.Seeds[s][k].Value
				}
				values = append(values, printedScale(score)*value)
			}
			format := "%.1f"
			if i > 0 {
				format = "%+.1f"
			}
			line = append(line, meanCell(format, values))
		}
		t.add(line...)
	}
	return document{t}.writeMarkdown(w)
}

// printedScale is the factor from a score to its printed number: 100 for shares.
func printedScale(s eval.NamedScore) float64 {
	if s.Name == eval.RankName {
		return 1
	}
	return 100
}

// meanCell formats the mean of values and half of its 95 % interval.
func meanCell(format string, values []float64) string {
	switch len(values) {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf(format, values[0])
	}
	mean, deviation := stat.MeanStdDev(values, nil)
	n := float64(len(values))
	t := distuv.StudentsT{Sigma: 1, Nu: n - 1}.Quantile(0.975)
	return fmt.Sprintf(format+" ± %.1f", mean, t*deviation/math.Sqrt(n))
}
