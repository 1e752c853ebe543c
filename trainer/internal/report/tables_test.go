package report

import (
	"errors"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/loc2vec/loc2vec/trainer/internal/eval"
)

// written returns the text of a table.
func written(t *testing.T, write func(*strings.Builder) error) string {
	t.Helper()
	var b strings.Builder
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "NaN") {
		t.Errorf("NaN in\n%s", b.String())
	}
	return b.String()
}

func checkContains(t *testing.T, text string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("no %q in\n%s", w, text)
		}
	}
}

func TestWriteResult(t *testing.T) {
	r := sampleResult()
	r.LinearProbes, r.Smoothness = &eval.LinearProbes{}, &eval.Smoothness{}
	r.Arithmetic, r.JitterRobustness = &eval.Arithmetic{}, &eval.JitterRobustness{}
	text := written(t, func(b *strings.Builder) error { return WriteResult(b, r) })
	checkContains(t, text, "1000 places in 87 blocks of 2 km", "290 empty, 22 duplicates", "**this model**", "(longitude, latitude)", "histogram (12) + LDA", "16 x 16 + PCA")
	for _, metric := range eval.AllMetrics() {
		checkContains(t, text, "### "+metric.Title()+" ("+string(metric)+")")
	}
}

func TestWriteSummary(t *testing.T) {
	yes, no := true, false
	score := func(name string, model, lead, low, high float64) eval.ScoreSummary {
		return eval.ScoreSummary{Name: name, Model: eval.Estimate{Value: model}, Lead: eval.Estimate{Value: lead, Low: low, High: high}}
	}
	region := func(name string, passed *bool, scores ...eval.ScoreSummary) eval.RegionSummary {
		return eval.RegionSummary{Region: name, Places: 600, Scores: scores, Thresholds: []eval.ThresholdResult{{Name: "fast", Passed: passed}}}
	}
	none := math.NaN()
	s := &eval.Summary{
		Regions: []eval.RegionSummary{
			region("ahead", &yes, score("0 m", 0.8, 0.3, 0.2, 0.4), score("land use", 0.4, 0.1, 0.05, 0.2)),
			region("behind", &no, score("0 m", 0.6, -0.1, -0.2, -0.1), score("land use", none, none, none, none)),
			region("level", nil, score("0 m", 0.6, 0.1, -0.1, 0.3)),
		},
		Mean: eval.RegionSummary{Region: "mean", Places: 1800, Scores: []eval.ScoreSummary{score("0 m", 0.7, 0.1, none, none)}},
	}
	text := written(t, func(b *strings.Builder) error { return WriteSummary(b, s) })
	checkContains(t, text,
		"| ahead  |  600 | 80.0 (+30.0*) |", "40.0 (+10.0*) |", "60.0 (-10.0!) |             – |", " 60.0 (+10.0) |             – |", "| mean   | 1800 |  70.0 (+10.0) |",
		"| threshold | ahead | behind | level |", "| fast      |   yes |     no |     – |")
	checkContains(t, written(t, func(b *strings.Builder) error { return WriteSummary(b, eval.Summarise(nil)) }), "None.")
}

// TestTablesFitATerminal: no line of a table is wider than a terminal, and none of its columns is lost.
func TestTablesFitATerminal(t *testing.T) {
	r := sampleResult()
	r.LinearProbes = &eval.LinearProbes{Tasks: []string{"buildings, R²", "civic and commerce, average precision", "land use, macro F1"}, Chance: []eval.Number{0, 0, 0}}
	for _, row := range r.SamePlace.Rows {
		r.LinearProbes.Rows = append(r.LinearProbes.Rows, eval.ProbeRow{Method: row.Method, Role: row.Role, Scores: []eval.Estimate{estimate(-1), estimate(.4), estimate(.5)}})
	}
	var results []*eval.Result
	for _, name := range []string{"reisterstown-maryland-2016-02", "malta-2016-11", "liechtenstein-2022-12"} {
		region := *r
		region.Region = name
		results = append(results, &region)
	}
	text := written(t, func(b *strings.Builder) error {
		return errors.Join(WriteSummary(b, eval.Summarise(results)), WriteResult(b, r))
	})
	for _, line := range strings.Split(text, "\n") {
		if n := utf8.RuneCountInString(line); strings.HasPrefix(line, "|") && n > terminalWidth {
			t.Errorf("%d characters: %s", n, line)
		}
	}
	checkContains(t, text, " 0 m |", " 10 m |", " 20 m |", " 40 m |", " 80 m |", "model leads by, 80 m |", "least and greatest deviation |", "land use, macro F1 |")
	if n := strings.Count(text, "| **this model** "); n < 5 {
		t.Errorf("the model has %d rows: tables that are broken repeat the names of their rows", n)
	}
}

// TestOneColumn: a table of one column is written once.
func TestOneColumn(t *testing.T) {
	alone := table{head: []string{"method"}}
	alone.add("a|b")
	var b strings.Builder
	if err := (document{alone}).writeMarkdown(&b); err != nil || b.String() != "| method |\n| ------ |\n| a\\|b   |\n" {
		t.Errorf("%v\n%s", err, b.String())
	}
}

// TestProbesWithoutAScoreAreDashes: a task without a score has no number.
func TestProbesWithoutAScoreAreDashes(t *testing.T) {
	none := math.NaN()
	r := &eval.Result{}
	r.LinearProbes = &eval.LinearProbes{
		Tasks: []string{"water", "land use"}, Chance: []eval.Number{0, eval.Number(none)},
		Rows: []eval.ProbeRow{{Method: "model", Role: eval.Model, Scores: []eval.Estimate{estimate(0.4), {Value: none, Low: none, High: none}}}},
	}
	text := written(t, func(b *strings.Builder) error { return WriteResult(b, r) })
	checkContains(t, text, "| **model** | 40.0 [37.0, 43.0] |        – |", "–: the places differ too little")
}
