package report

import (
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/loc2vec/loc2vec/trainer/internal/eval"
)

// WriteResult writes an evaluation in Markdown, for a terminal or a file. Shares are in per cent; intervals are 95 %.
func WriteResult(w io.Writer, r *eval.Result) error { return resultOf(r).writeMarkdown(w) }

// WriteVerdict writes a verdict in three lines. It writes nothing for nil.
func WriteVerdict(w io.Writer, v *eval.Verdict) error {
	if v == nil {
		return nil
	}
	return document{paragraph(v.Lines())}.writeMarkdown(w)
}

// resultOf returns an evaluation with all of its metrics.
func resultOf(r *eval.Result) document {
	var d document
	d.add(heading{2, fmt.Sprintf("%s: %d places in %d blocks of %d km", r.Region, r.Places, r.Blocks, eval.BlockMetres/1000)})
	d.say("%d candidates; dropped: %d empty, %d duplicates. Seed %d.", r.Candidates, r.Empty, r.Duplicates, r.Seed)
	if r.Split != "" {
		d.say("Split: %s.", r.Split)
	}
	if r.FittedOn != "" {
		d.say("Baselines fitted on: %s.", r.FittedOn)
	}
	if r.Blocks < eval.MinBlocks {
		d.say("No intervals: there are fewer than %d blocks to resample.", eval.MinBlocks)
	}
	if r.SamePlace != nil {
		d.samePlace(r.SamePlace)
	}
	if r.HardTriplets != nil {
		d.hardTriplets(r.HardTriplets)
	}
	d.add(otherMetricsOf(r)...)
	if r.SpaceHealth != nil {
		d.spaceHealth(r.SpaceHealth)
	}
	if r.QuantisationFidelity != nil {
		d.quantisationFidelity(r.QuantisationFidelity)
	}
	return d
}

// otherMetricsOf returns the metrics that have no chart or table of their own on a Page.
func otherMetricsOf(r *eval.Result) document {
	var d document
	if r.LinearProbes != nil {
		d.linearProbes(r.LinearProbes)
	}
	if r.Smoothness != nil {
		d.smoothness(r.Smoothness)
	}
	if r.Arithmetic != nil {
		d.arithmetic(r.Arithmetic)
	}
	if r.JitterRobustness != nil {
		d.jitterRobustness(r.JitterRobustness)
	}
	return d
}

// metric begins the section of a metric.
func (d *document) metric(m eval.MetricName) {
	d.add(heading{3, fmt.Sprintf("%s (%s)", m.Title(), m)})
}

func (d *document) samePlace(s *eval.SamePlace) {
	d.metric(eval.SamePlaceMetric)
	d.say("R@1 in %%, query rotated by any angle and shifted by up to … m along each axis. Bold: the model. In brackets: an oracle, which knows more than a raster.")
	curve := table{head: []string{"method", "D"}}
	more := table{head: []string{"method", "R@10, 80 m", "MAP@5, 80 m", "R@1, 3 layers off", "R@1 within 2 km", "model leads by, 80 m"}}
	for i := range s.Rows {
		row := &s.Rows[i]
		line := []string{row.Method, fmt.Sprint(row.Dimension)}
		for _, shift := range row.Shifts {
			if i == 0 {
				curve.head = append(curve.head, fmt.Sprintf("%g m", shift.Metres))
			}
			line = append(line, percentCell(shift.R1))
		}
		curve.addMethod(row.Role, line...)
		widest := row.Shifts[len(row.Shifts)-1]
		more.addMethod(row.Role, row.Method, percentCell(widest.R10), percentCell(row.MAPAtR), percentCell(row.LayersOff.R1),
			percentCell(row.Nearby.R1), leadCell(widest.Lead))
	}
	d.add(curve, more)
}

func (d *document) hardTriplets(h *eval.HardTriplets) {
	d.metric(eval.HardTripletsMetric)
	if h.Triplets == 0 {
		d.say("No place has a hard negative: another place with the same coverages and another layout.")
		return
	}
	if h.Triplets < eval.MinTriplets {
		d.say("Too few triplets for a conclusion: a larger gallery is needed.")
	}
	d.say("Triplets: %d. Between anchor and negative the median chi-square is %.4f, the median difference of layout %.2f.", h.Triplets, h.ChiSquare, h.LayoutDifference)
	d.say("Share with d(anchor, positive) < d(anchor, negative), in %%.")
	t := table{head: []string{"method", "positive at 80 m", "positive at 20 m", "model leads by, 80 m"}}
	for _, row := range h.Rows {
		t.addMethod(row.Role, row.Method, percentCell(row.Accuracy), percentCell(row.Accuracy20), leadCell(row.Lead))
	}
	d.add(t)
}

func (d *document) linearProbes(p *eval.LinearProbes) {
	d.metric(eval.LinearProbesMetric)
	d.say("What a linear probe reads from the vectors about layers withheld from the raster, in %%.")
	d.add(probeTable(p, p.Rows))
	if slices.ContainsFunc(p.Chance, func(v eval.Number) bool { return math.IsNaN(float64(v)) }) {
		d.say("–: the places differ too little there for a probe to be right or wrong.")
	}
	if p.Across != nil {
		d.say("The same with probes fitted on %s.", p.AcrossFrom)
		d.add(probeTable(p, p.Across))
	}
}

// probeTable lists the scores of rows, with chance in the last row.
func probeTable(p *eval.LinearProbes, rows []eval.ProbeRow) table {
	t := table{head: append([]string{"method"}, p.Tasks...)}
	for _, row := range rows {
		line := []string{row.Method}
		for _, s := range row.Scores {
			line = append(line, percentCell(s))
		}
		t.addMethod(row.Role, line...)
	}
	chance := []string{"(chance)"}
	for _, v := range p.Chance {
		chance = append(chance, shareCell(float64(v)))
	}
	t.add(chance...)
	return t
}

func (d *document) smoothness(s *eval.Smoothness) {
	d.metric(eval.SmoothnessMetric)
	d.say("Hops: layout difference from the start of a random walk over that of random pairs.")
	t := table{head: []string{"method", "coverage from 10 neighbours, R² in %", "nearest beyond 100 km, %"}}
	for i, row := range s.Rows {
		line := []string{row.Method, percentCell(row.Coverage), percentCell(row.Far)}
		for hop, v := range row.Walk {
			if i == 0 {
				t.head = append(t.head, fmt.Sprintf("hop %d", hop+1))
			}
			line = append(line, fmt.Sprintf("%.2f", v))
		}
		t.addMethod(row.Role, line...)
	}
	d.add(t)
}

func (d *document) arithmetic(a *eval.Arithmetic) {
	d.metric(eval.ArithmeticMetric)
	t := table{head: []string{"method", "union, R@1 in %", "union, R@10 in %", "midpoint, R² in %", "random place"}}
	for _, row := range a.Rows {
		t.addMethod(row.Role, row.Method, percentCell(row.Union.R1), percentCell(row.Union.R10), percentCell(row.Midpoint), percentCell(row.Control))
	}
	d.add(t)
}

func (d *document) jitterRobustness(j *eval.JitterRobustness) {
	d.metric(eval.JitterRobustnessMetric)
	d.say("Distance moved by a position error of … m, in %% of the median distance of two places.")
	t := table{head: []string{"method"}}
	for i, row := range j.Rows {
		line := []string{row.Method}
		for _, s := range row.Errors {
			if i == 0 {
				t.head = append(t.head, fmt.Sprintf("%g m", s.Metres))
			}
			line = append(line, percentCell(s.Moved))
		}
		t.addMethod(row.Role, line...)
	}
	d.add(t)
}

func (d *document) spaceHealth(h *eval.SpaceHealth) {
	d.metric(eval.SpaceHealthMetric)
	t := table{head: []string{"method", "D", "effective rank", "top 2 components, %", "alignment", "uniformity", "least and greatest deviation"}}
	for _, row := range h.Rows {
		least, greatest := math.Inf(1), 0.0
		for _, v := range row.Deviation {
			least, greatest = min(least, v), max(greatest, v)
		}
		name := row.Method
		if row.Collapsed {
			name += " (collapsed)"
		}
		t.addMethod(row.Role, name, fmt.Sprint(row.Dimension), decimalCell(row.EffectiveRank), percentCell(row.TopTwo),
			fmt.Sprintf("%.2f", row.Alignment.Value), fmt.Sprintf("%.2f", row.Uniformity), fmt.Sprintf("%.3g … %.3g", least, greatest))
	}
	d.add(t)
}

func (d *document) quantisationFidelity(q *eval.QuantisationFidelity) {
	d.metric(eval.QuantisationFidelityMetric)
	t := table{head: []string{"int8 against float32", ""}}
	t.add("10-NN overlap, %", percentCell(q.Overlap))
	t.add("R@1 lost at 80 m, %", percentCell(q.RecallLoss))
	t.add("cosine", fmt.Sprintf("%.4f", q.Cosine.Value))
	t.add("cosine, 1st percentile", fmt.Sprintf("%.4f", q.CosineLow))
	t.add("distance error, median", fmt.Sprintf("%.4f", q.DistanceErrorMedian))
	t.add("distance error, 99th percentile", fmt.Sprintf("%.4f", q.DistanceError))
	d.add(t)
}
