package report

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/loc2vec/loc2vec/trainer/internal/eval"
	"github.com/loc2vec/loc2vec/trainer/internal/printable"
)

// WriteResult writes an evaluation as Markdown with aligned columns, for a terminal or a report.
// Shares are in per cent; intervals are 95 %.
func WriteResult(w io.Writer, r *eval.Result) error {
	var b strings.Builder
	fmt.Fprintf(&b, "## %s: %d places in %d blocks of %d km\n\n", printable.Text(r.Region), r.Places, r.Blocks, eval.BlockMetres/1000)
	fmt.Fprintf(&b, "%d candidates; dropped: %d empty, %d duplicates. Seed %d.\n", r.Candidates, r.Empty, r.Duplicates, r.Seed)
	if r.Split != "" {
		fmt.Fprintf(&b, "Split: %s.\n", printable.Text(r.Split))
	}
	if r.FittedOn != "" {
		fmt.Fprintf(&b, "Baselines fitted on: %s.\n", printable.Text(r.FittedOn))
	}
	if r.Blocks < eval.MinBlocks {
		fmt.Fprintf(&b, "No intervals: there are fewer than %d blocks to resample.\n", eval.MinBlocks)
	}
	if r.SamePlace != nil {
		writeSamePlace(&b, r.SamePlace)
	}
	if r.HardTriplets != nil {
		writeHardTriplets(&b, r.HardTriplets)
	}
	writeOtherMetrics(&b, r)
	if r.SpaceHealth != nil {
		writeSpaceHealth(&b, r.SpaceHealth)
	}
	if r.QuantisationFidelity != nil {
		writeQuantisationFidelity(&b, r.QuantisationFidelity)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// writeOtherMetrics writes the metrics that have no chart or table of their own on a Page.
func writeOtherMetrics(b *strings.Builder, r *eval.Result) {
	if r.LinearProbes != nil {
		writeLinearProbes(b, r.LinearProbes)
	}
	if r.Smoothness != nil {
		writeSmoothness(b, r.Smoothness)
	}
	if r.Arithmetic != nil {
		writeArithmetic(b, r.Arithmetic)
	}
	if r.JitterRobustness != nil {
		writeJitterRobustness(b, r.JitterRobustness)
	}
}

func writeHeading(b *strings.Builder, metric eval.MetricName) {
	fmt.Fprintf(b, "\n### %s (%s)\n\n", metric.Title(), metric)
}

func writeSamePlace(b *strings.Builder, s *eval.SamePlace) {
	writeHeading(b, eval.SamePlaceMetric)
	b.WriteString("R@1 in %, query rotated by any angle and shifted by up to … m along each axis\n\n")
	curve := markdownTable{{"method", "D"}}
	more := markdownTable{{"method", "R@10, 80 m", "MAP@5, 80 m", "R@1, 3 layers off", "R@1 within 2 km", "model leads by, 80 m"}}
	for i := range s.Rows {
		row := &s.Rows[i]
		line := []string{methodCell(row.Method, row.Role), fmt.Sprint(row.Dimension)}
		for _, shift := range row.Shifts {
			if i == 0 {
				curve[0] = append(curve[0], fmt.Sprintf("%g m", shift.Metres))
			}
			line = append(line, percentCell(shift.R1))
		}
		curve = append(curve, line)
		widest := row.Shifts[len(row.Shifts)-1]
		more = append(more, []string{
			methodCell(row.Method, row.Role), percentCell(widest.R10), percentCell(row.MAPAtR), percentCell(row.LayersOff.R1),
			percentCell(row.Nearby.R1), leadCell(widest.Lead),
		})
	}
	curve.write(b)
	b.WriteString("\n")
	more.write(b)
	b.WriteString("\nBold: the model. In brackets: an oracle, which knows more than a raster.\n")
}

func writeHardTriplets(b *strings.Builder, h *eval.HardTriplets) {
	writeHeading(b, eval.HardTripletsMetric)
	if h.Triplets == 0 {
		b.WriteString("No place has a hard negative: another place with the same coverages and another layout.\n")
		return
	}
	if h.Triplets < eval.MinTriplets {
		b.WriteString("Too few triplets for a conclusion: a larger gallery is needed.\n")
	}
	fmt.Fprintf(b, "%d triplets; between anchor and negative the median chi-square is %.4f, the median difference of layout %.2f.\n", h.Triplets, h.ChiSquare, h.LayoutDifference)
	b.WriteString("Share with d(anchor, positive) < d(anchor, negative), in %\n\n")
	t := markdownTable{{"method", "positive at 80 m", "positive at 20 m", "model leads by, 80 m"}}
	for _, row := range h.Rows {
		t = append(t, []string{methodCell(row.Method, row.Role), percentCell(row.Accuracy), percentCell(row.Accuracy20), leadCell(row.Lead)})
	}
	t.write(b)
}

func writeLinearProbes(b *strings.Builder, p *eval.LinearProbes) {
	writeHeading(b, eval.LinearProbesMetric)
	b.WriteString("What a linear probe reads from the vectors about layers withheld from the raster, in %\n\n")
	probeTable(p, p.Rows).write(b)
	if slices.ContainsFunc(p.Chance, func(v eval.Number) bool { return math.IsNaN(float64(v)) }) {
		b.WriteString("\n–: the places differ too little there for a probe to be right or wrong.\n")
	}
	if p.Across != nil {
		fmt.Fprintf(b, "\nThe same with probes fitted on %s\n\n", printable.Text(p.AcrossFrom))
		probeTable(p, p.Across).write(b)
	}
}

// probeTable lists the scores of rows, with chance in the last row.
func probeTable(p *eval.LinearProbes, rows []eval.ProbeRow) markdownTable {
	t := markdownTable{append([]string{"method"}, p.Tasks...)}
	for _, row := range rows {
		line := []string{methodCell(row.Method, row.Role)}
		for _, s := range row.Scores {
			line = append(line, percentCell(s))
		}
		t = append(t, line)
	}
	chance := []string{"(chance)"}
	for _, v := range p.Chance {
		chance = append(chance, shareCell(float64(v)))
	}
	return append(t, chance)
}

func writeSmoothness(b *strings.Builder, s *eval.Smoothness) {
	writeHeading(b, eval.SmoothnessMetric)
	t := markdownTable{{"method", "coverage from 10 neighbours, R² in %", "nearest beyond 100 km, %"}}
	for i, row := range s.Rows {
		line := []string{methodCell(row.Method, row.Role), percentCell(row.Coverage), percentCell(row.Far)}
		for hop, v := range row.Walk {
			if i == 0 {
				t[0] = append(t[0], fmt.Sprintf("hop %d", hop+1))
			}
			line = append(line, fmt.Sprintf("%.2f", v))
		}
		t = append(t, line)
	}
	t.write(b)
	b.WriteString("\nHops: layout difference from the start of a random walk over that of random pairs.\n")
}

func writeArithmetic(b *strings.Builder, a *eval.Arithmetic) {
	writeHeading(b, eval.ArithmeticMetric)
	t := markdownTable{{"method", "union, R@1 in %", "union, R@10 in %", "midpoint, R² in %", "random place"}}
	for _, row := range a.Rows {
		t = append(t, []string{
			methodCell(row.Method, row.Role), percentCell(row.Union.R1), percentCell(row.Union.R10), percentCell(row.Midpoint), percentCell(row.Control),
		})
	}
	t.write(b)
}

func writeJitterRobustness(b *strings.Builder, j *eval.JitterRobustness) {
	writeHeading(b, eval.JitterRobustnessMetric)
	b.WriteString("Distance moved by a position error of … m, in % of the median distance of two places\n\n")
	t := markdownTable{{"method"}}
	for i, row := range j.Rows {
		line := []string{methodCell(row.Method, row.Role)}
		for _, s := range row.Errors {
			if i == 0 {
				t[0] = append(t[0], fmt.Sprintf("%g m", s.Metres))
			}
			line = append(line, percentCell(s.Moved))
		}
		t = append(t, line)
	}
	t.write(b)
}

func writeSpaceHealth(b *strings.Builder, h *eval.SpaceHealth) {
	writeHeading(b, eval.SpaceHealthMetric)
	t := markdownTable{{"method", "D", "effective rank", "top 2 components, %", "alignment", "uniformity", "least and greatest deviation"}}
	for _, row := range h.Rows {
		least, greatest := math.Inf(1), 0.0
		for _, d := range row.Deviation {
			least, greatest = min(least, d), max(greatest, d)
		}
		name := methodCell(row.Method, row.Role)
		if row.Collapsed {
			name += " (collapsed)"
		}
		t = append(t, []string{
			name, fmt.Sprint(row.Dimension), decimalCell(row.EffectiveRank), percentCell(row.TopTwo),
			fmt.Sprintf("%.2f", row.Alignment.Value), fmt.Sprintf("%.2f", row.Uniformity), fmt.Sprintf("%.3g … %.3g", least, greatest),
		})
	}
	t.write(b)
}

func writeQuantisationFidelity(b *strings.Builder, q *eval.QuantisationFidelity) {
	writeHeading(b, eval.QuantisationFidelityMetric)
	markdownTable{
		{"10-NN overlap, %", "R@1 lost, 80 m, %", "cosine", "1st percentile", "distance error, median", "99th percentile"},
		{percentCell(q.Overlap), percentCell(q.RecallLoss), fmt.Sprintf("%.4f", q.Cosine.Value), fmt.Sprintf("%.4f", q.CosineLow),
			fmt.Sprintf("%.4f", q.DistanceErrorMedian), fmt.Sprintf("%.4f", q.DistanceError)},
	}.write(b)
}
