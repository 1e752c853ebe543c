package report

import (
	"fmt"
	"io"

	"github.com/loc2vec/loc2vec/trainer/internal/eval"
)

// WriteSummary writes the summary of held-out regions in Markdown.
func WriteSummary(w io.Writer, s *eval.Summary) error {
	var d document
	d.add(heading{2, "Summary: regions held out as a whole"})
	d.add(summaryOf(s)...)
	return d.writeMarkdown(w)
}

// summaryOf returns the tables of a summary.
func summaryOf(s *eval.Summary) document {
	var d document
	if len(s.Regions) == 0 {
		d.say("None.")
		return d
	}
	d.say("The model in %%, and its lead over the best baseline; *: the interval of the lead lies above 0, !: below 0.")
	d.say("Metres: R@1 of the same place, the query shifted by up to the given distance along each axis.")
	d.add(scoresOf(s))
	d.say("Thresholds, meant for regions of %d places or more:", eval.ThresholdPlaces)
	d.add(thresholdsOf(s))
	return d
}

// scoresOf returns the scores of each region and their means.
func scoresOf(s *eval.Summary) table {
	t := table{head: append([]string{"region", "N"}, s.ScoreNames()...)}
	for _, region := range append(s.Regions, s.Mean) {
		line := []string{region.Region, fmt.Sprint(region.Places)}
		for _, name := range s.ScoreNames() {
			line = append(line, scoreCell(&region, name))
		}
		t.add(line...)
	}
	return t
}

// thresholdsOf returns which thresholds each region passes.
func thresholdsOf(s *eval.Summary) table {
	t := table{head: []string{"threshold"}}
	for _, region := range s.Regions {
		t.head = append(t.head, region.Region)
	}
	for i, threshold := range s.Regions[0].Thresholds {
		line := []string{threshold.Name}
		for _, region := range s.Regions {
			line = append(line, passedCell(region.Thresholds[i].Passed))
		}
		t.add(line...)
	}
	return t
}
