package report

import (
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/loc2vec/loc2vec/trainer/internal/eval"
)

// WriteSummary writes the summary of held-out regions in Markdown.
func WriteSummary(w io.Writer, s *eval.Summary) error {
	var b strings.Builder
	b.WriteString("## Summary: regions held out as a whole\n\n")
	if len(s.Regions) == 0 {
		b.WriteString("None.\n")
	} else {
		writeScores(&b, s)
		writeThresholds(&b, s)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func writeScores(b *strings.Builder, s *eval.Summary) {
	b.WriteString("The model in %, and its lead over the best baseline; *: the interval of the lead lies above 0, !: below 0.\n")
	b.WriteString("Metres: R@1 of the same place, the query shifted by up to the given distance along each axis\n\n")
	t := markdownTable{append([]string{"region", "N"}, s.ScoreNames()...)}
	for _, region := range append(s.Regions, s.Mean) {
		line := []string{region.Region, fmt.Sprint(region.Places)}
		for _, name := range s.ScoreNames() {
			line = append(line, scoreCell(&region, name))
		}
		t = append(t, line)
	}
	t.write(b)
}

// scoreCell formats a score and its lead as "75.2 (+3.1*)".
func scoreCell(region *eval.RegionSummary, name string) string {
	s, ok := region.Score(name)
	if !ok || math.IsNaN(s.Model.Value) {
		return "–"
	}
	mark := ""
	switch {
	case s.Lead.Low > 0:
		mark = "*"
	case s.Lead.High < 0:
		mark = "!"
	}
	return fmt.Sprintf("%.1f (%+.1f%s)", 100*s.Model.Value, 100*s.Lead.Value, mark)
}

func writeThresholds(b *strings.Builder, s *eval.Summary) {
	fmt.Fprintf(b, "\nThresholds, meant for regions of %d places or more\n\n", eval.ThresholdPlaces)
	t := markdownTable{{"region", "N"}}
	for _, threshold := range s.Regions[0].Thresholds {
		t[0] = append(t[0], threshold.Name)
	}
	for _, region := range s.Regions {
		line := []string{region.Region, fmt.Sprint(region.Places)}
		for _, threshold := range region.Thresholds {
			switch {
			case threshold.Passed == nil:
				line = append(line, "–")
			case *threshold.Passed:
				line = append(line, "yes")
			default:
				line = append(line, "no")
			}
		}
		t = append(t, line)
	}
	t.write(b)
}
