package report

import (
	"fmt"
	"math"

	"github.com/loc2vec/loc2vec/trainer/internal/eval"
)

// shareCell formats a share without its interval.
func shareCell(v float64) string {
	return percentCell(eval.Estimate{Value: v, Low: math.NaN(), High: math.NaN()})
}

// percentCell formats an estimate of a share as "75.2 [73.1, 77.0]".
func percentCell(e eval.Estimate) string {
	return decimalCell(eval.Estimate{Value: 100 * e.Value, Low: 100 * e.Low, High: 100 * e.High})
}

// decimalCell formats an estimate as "14.5 [13.9, 14.8]".
func decimalCell(e eval.Estimate) string {
	switch {
	case math.IsNaN(e.Value):
		return "–"
	case math.IsNaN(e.Low):
		return fmt.Sprintf("%.1f", e.Value)
	}
	return fmt.Sprintf("%.1f [%.1f, %.1f]", e.Value, e.Low, e.High)
}

// leadCell formats the model's lead, which its own row lacks.
func leadCell(lead *eval.Estimate) string {
	if lead == nil {
		return ""
	}
	return percentCell(*lead)
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

// passedCell formats the outcome of a threshold.
func passedCell(passed *bool) string {
	switch {
	case passed == nil:
		return "–"
	case *passed:
		return "yes"
	}
	return "no"
}
