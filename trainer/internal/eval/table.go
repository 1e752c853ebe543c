package eval

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// WriteTable writes the result as Markdown whose columns are aligned, to be read in a terminal or
// pasted into a report. Shares are in per cent; intervals are 95 %.
func (r *Result) WriteTable(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "## %s: %d places in %d blocks of %d km\n\n", r.Region, r.Places, r.Blocks, BlockMetres/1000)
	fmt.Fprintf(&b, "%d candidates looked at; dropped: %d empty, %d duplicates. Seed %d.\n", r.Candidates, r.Empty, r.Duplicates, r.Seed)
	if r.Split != "" {
		fmt.Fprintf(&b, "Split: %s.\n", r.Split)
	}
	if r.FittedOn != "" {
		fmt.Fprintf(&b, "Baselines fitted on: %s.\n", r.FittedOn)
	}
	if r.Blocks < minBlocks {
		fmt.Fprintf(&b, "No intervals: there are fewer than %d blocks to resample.\n", minBlocks)
	}
	if r.SamePlace != nil {
		r.SamePlace.write(&b)
	}
	if r.Twins != nil {
		r.Twins.write(&b)
	}
	r.writeOthers(&b)
	if r.Health != nil {
		r.Health.write(&b)
	}
	if r.Quantisation != nil {
		r.Quantisation.write(&b)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// WriteRest writes what WriteTable has beside the main figures: figures C to F. Nothing where there is none.
func (r *Result) WriteRest(w io.Writer) error {
	var b strings.Builder
	r.writeOthers(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

// writeOthers writes the figures that are not among the main ones.
func (r *Result) writeOthers(b *strings.Builder) {
	if r.Knowledge != nil {
		r.Knowledge.write(b)
	}
	if r.Smoothness != nil {
		r.Smoothness.write(b)
	}
	if r.Arithmetic != nil {
		r.Arithmetic.write(b)
	}
	if r.Jitter != nil {
		r.Jitter.write(b)
	}
}

func (f *SamePlace) write(b *strings.Builder) {
	b.WriteString("\n### A. The same place again\n\nR@1 in %, query rotated by any angle and shifted by up to … m on each axis\n\n")
	curve := table{{"method", "D"}}
	more := table{{"method", "R@10, 80 m", "MAP@5, 80 m", "R@1, 3 layers off", "R@1 within 2 km", "model leads by, 80 m"}}
	for _, s := range shifts() {
		curve[0] = append(curve[0], fmt.Sprintf("%g m", s))
	}
	for i := range f.Rows {
		row := &f.Rows[i]
		line := []string{label(row.Method, row.Role), fmt.Sprint(row.Dimension)}
		for _, s := range row.Shifts {
			line = append(line, percent(s.R1))
		}
		curve = append(curve, line)
		widest := row.at(shifts()[len(shifts())-1])
		lead := ""
		if widest.Lead != nil {
			lead = percent(*widest.Lead)
		}
		more = append(more, []string{label(row.Method, row.Role), percent(widest.R10), percent(row.MAPAtR), percent(row.LayersOff.R1), percent(row.Hard.R1), lead})
	}
	curve.write(b)
	b.WriteString("\n")
	more.write(b)
	b.WriteString("\nBold: the model. In brackets: knows more than a raster, and is no rival.\n")
}

func (f *Twins) write(b *strings.Builder) {
	fmt.Fprintf(b, "\n### B. Histogram twins\n\n")
	if f.Triplets == 0 {
		b.WriteString("No place has a twin: another with the same coverages and another layout.\n")
		return
	}
	if f.Triplets < MinTriplets {
		b.WriteString("Too few triplets to say anything: a larger gallery is needed.\n")
	}
	fmt.Fprintf(b, "%d triplets; between anchor and twin the median chi-square is %.4f, the median difference of layout %.2f.\nShare with d(anchor, positive) < d(anchor, twin), in %%\n\n", f.Triplets, f.ChiSquare, f.Layout)
	t := table{{"method", "positive at 80 m", "positive at 20 m", "model leads by, 80 m"}}
	for _, row := range f.Rows {
		lead := ""
		if row.Lead != nil {
			lead = percent(*row.Lead)
		}
		t = append(t, []string{label(row.Method, row.Role), percent(row.Share), percent(row.Near), lead})
	}
	t.write(b)
}

func (f *Knowledge) write(b *strings.Builder) {
	b.WriteString("\n### C. Held-out knowledge\n\nWhat a linear probe reads from the vectors about layers taken off the raster, in %\n\n")
	f.table(f.Rows).write(b)
	if slices.ContainsFunc(f.Chance, func(v Number) bool { return math.IsNaN(float64(v)) }) {
		b.WriteString("\n–: the places differ too little there for a probe to be right or wrong.\n")
	}
	if f.Across != nil {
		fmt.Fprintf(b, "\nThe same by probes fitted on %s\n\n", f.AcrossFrom)
		f.table(f.Across).write(b)
	}
}

// table lists the scores of rows, with chance below them.
func (f *Knowledge) table(rows []KnowledgeRow) table {
	t := table{append([]string{"method"}, f.Tasks...)}
	for _, row := range rows {
		line := []string{label(row.Method, row.Role)}
		for _, s := range row.Scores {
			line = append(line, percent(s))
		}
		t = append(t, line)
	}
	chance := []string{"(chance)"}
	for _, v := range f.Chance {
		chance = append(chance, share(float64(v)))
	}
	return append(t, chance)
}

func (f *Smoothness) write(b *strings.Builder) {
	b.WriteString("\n### D. Smoothness\n\n")
	t := table{{"method", "coverage from 10 neighbours, R² in %", "nearest beyond 100 km, %"}}
	for hop := range walkHops {
		t[0] = append(t[0], fmt.Sprintf("hop %d", hop+1))
	}
	for _, row := range f.Rows {
		line := []string{label(row.Method, row.Role), percent(row.Coverage), percent(row.Far)}
		for _, v := range row.Walk {
			line = append(line, fmt.Sprintf("%.2f", v))
		}
		t = append(t, line)
	}
	t.write(b)
	b.WriteString("\nHops: layout difference from the start of a random walk over that of random pairs.\n")
}

func (f *Arithmetic) write(b *strings.Builder) {
	b.WriteString("\n### E. Arithmetic\n\n")
	t := table{{"method", "union, R@1 in %", "union, R@10 in %", "midpoint, R² in %", "random place"}}
	for _, row := range f.Rows {
		t = append(t, []string{label(row.Method, row.Role), percent(row.Union.R1), percent(row.Union.R10), percent(row.Midpoint), percent(row.Control)})
	}
	t.write(b)
}

func (f *Jitter) write(b *strings.Builder) {
	b.WriteString("\n### F. Jitter\n\nDistance moved by an error of the position, in % of the median distance of two places\n\n")
	t := table{{"method"}}
	for _, metres := range jitters() {
		t[0] = append(t[0], fmt.Sprintf("%g m", metres))
	}
	for _, row := range f.Rows {
		line := []string{label(row.Method, row.Role)}
		for _, s := range row.Errors {
			line = append(line, percent(s.Moved))
		}
		t = append(t, line)
	}
	t.write(b)
}

func (f *Health) write(b *strings.Builder) {
	b.WriteString("\n### G. Health\n\n")
	t := table{{"method", "D", "effective rank", "top 2 components, %", "alignment", "uniformity", "least and greatest deviation"}}
	for _, row := range f.Rows {
		least, greatest := math.Inf(1), 0.0
		for _, d := range row.Deviation {
			least, greatest = min(least, d), max(greatest, d)
		}
		name := label(row.Method, row.Role)
		if row.Collapsed {
			name += " (collapsed)"
		}
		t = append(t, []string{
			name, fmt.Sprint(row.Dimension), decimal(row.EffectiveRank), percent(row.TopTwo),
			fmt.Sprintf("%.2f", row.Alignment.Value), fmt.Sprintf("%.2f", row.Uniformity), fmt.Sprintf("%.3g … %.3g", least, greatest),
		})
	}
	t.write(b)
}

func (q *Quantisation) write(b *strings.Builder) {
	b.WriteString("\n### H. int8 against float32\n\n")
	table{
		{"10-NN overlap, %", "R@1 lost, 80 m, %", "cosine", "1st percentile", "distance error, median", "99th percentile"},
		{percent(q.Overlap), percent(q.RecallLoss), fmt.Sprintf("%.4f", q.Cosine.Value), fmt.Sprintf("%.4f", q.CosineLow),
			fmt.Sprintf("%.4f", q.DistanceErrorMedian), fmt.Sprintf("%.4f", q.DistanceError)},
	}.write(b)
}

// label marks what is no rival.
func label(method string, role Role) string {
	switch role {
	case Model:
		return "**" + method + "**"
	case Oracle:
		return "(" + method + ")"
	}
	return method
}

// share formats a share without its interval.
func share(v float64) string { return percent(Estimate{v, math.NaN(), math.NaN()}) }

// percent formats an estimate of a share as "75.2 [73.1, 77.0]".
func percent(e Estimate) string {
	return decimal(Estimate{100 * e.Value, 100 * e.Low, 100 * e.High})
}

func decimal(e Estimate) string {
	switch {
	case math.IsNaN(e.Value):
		return "–"
	case math.IsNaN(e.Low):
		return fmt.Sprintf("%.1f", e.Value)
	}
	return fmt.Sprintf("%.1f [%.1f, %.1f]", e.Value, e.Low, e.High)
}

// table is rows of cells, the first row the head.
type table [][]string

// write writes the table in Markdown, columns padded to one width.
func (t table) write(b *strings.Builder) {
	width := make([]int, len(t[0]))
	for _, row := range t {
		for i, cell := range row {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	for i, row := range t {
		for j, cell := range row {
			pad := strings.Repeat(" ", width[j]-utf8.RuneCountInString(cell))
			if j == 0 {
				fmt.Fprintf(b, "| %s%s |", cell, pad)
			} else {
				fmt.Fprintf(b, " %s%s |", pad, cell)
			}
		}
		b.WriteString("\n")
		if i > 0 {
			continue
		}
		for j, n := range width {
			if j == 0 {
				fmt.Fprintf(b, "| %s |", strings.Repeat("-", n))
			} else {
				fmt.Fprintf(b, " %s: |", strings.Repeat("-", n-1))
			}
		}
		b.WriteString("\n")
	}
}
