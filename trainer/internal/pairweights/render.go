package pairweights

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/loc2vec/loc2vec/trainer/internal/metric"
	"github.com/loc2vec/loc2vec/trainer/internal/printable"
	"github.com/loc2vec/loc2vec/trainer/internal/report"
)

// Picture draws each pair's weight over its measure.
func (r *Report) Picture() *report.Scatter {
	s := &report.Scatter{
		Title: "How each loss weighs the pairs of one batch",
		Note: fmt.Sprintf("%d places of %s, %d views each, embedded by %s: %d pairs. The weight is the size of the loss's slope along the pair's measure, times the rows of the batch.",
			r.Places, printable.Text(r.Region), r.Views, printable.Text(r.Bundle), len(r.Anchor)),
		Kinds: [2]string{"positives", "negatives"}, YLabel: "weight",
	}
	for _, p := range r.Losses {
		panel := report.ScatterPanel{XLabel: p.Measure}
		panel.Title, panel.Note, _ = strings.Cut(p.Loss, " ")
		for i, w := range p.Weight {
			kind := 1
			if r.Positive[i] {
				kind = 0
			}
			panel.Points[kind] = append(panel.Points[kind], report.Point{X: r.Measures[p.Measure][i], Y: w})
		}
		s.Panels = append(s.Panels, panel)
	}
	return s
}

// WriteTable prints the summary.
func (r *Report) WriteTable(w io.Writer) error {
	fmt.Fprintf(w, "%d places of %s, %d views each, embedded by %s: %d pairs\n\n", r.Places, printable.Text(r.Region), r.Views, printable.Text(r.Bundle), len(r.Anchor))
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "loss\tmeasure\tvalue\tweight +\tactive +\ttop tenth +\tweight -\tactive -\ttop tenth -\tbackwards")
	for _, p := range r.Losses {
		fmt.Fprintf(t, "%s\t%s\t%.4g", p.Loss, p.Measure, p.Value)
		for _, s := range []Side{p.Positives, p.Negatives} {
			fmt.Fprintf(t, "\t%.4g\t%.0f %%\t%.0f %%", s.Sum, 100*s.Active, 100*s.TopTenth)
		}
		fmt.Fprintf(t, "\t%.0f %%\n", 100*max(p.Positives.Backwards, p.Negatives.Backwards))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(w, "\n+ positives, - negatives. Active: share of the pairs with a weight above zero. Top tenth: share of the weight on the heaviest tenth of the pairs.")
	for _, name := range metric.Names() {
		if why, ok := r.LeftOut[name]; ok {
			fmt.Fprintf(w, "left out: %s\n", why)
		}
	}
	return nil
}
