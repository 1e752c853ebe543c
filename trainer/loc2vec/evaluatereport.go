package main

import (
	"fmt"
	"io"

	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
	"github.com/loc2vec/loc2vec/trainer/internal/printable"
	"github.com/loc2vec/loc2vec/trainer/internal/report"
)

// evaluationPage shows an evaluation in charts.
func evaluationPage(r *pipeline.Evaluation, command string) *report.Page {
	return &report.Page{
		Title:      "Evaluation: " + r.Bundle,
		Intro:      "The quality of the embedding, compared with the baselines.",
		Verdict:    r.Verdict,
		Evaluation: &report.Evaluation{Summary: r.Summary, Regions: r.Regions, AtExport: r.QuantisationAtExport},
		Details: []report.Fact{
			{Label: "bundle", Value: r.Bundle}, {Label: "space", Value: r.SpaceID}, {Label: "engine", Value: r.Engine}, {Label: "command", Value: command},
		},
	}
}

// writeEvaluation prints the tables of an evaluation.
func writeEvaluation(w io.Writer, r *pipeline.Evaluation) error {
	fmt.Fprintf(w, "# %s, space %s, engine %s\n", printable.Text(r.Bundle), printable.Text(r.SpaceID), r.Engine)
	if r.Verdict != nil {
		fmt.Fprintln(w)
		if err := report.WriteVerdict(w, r.Verdict); err != nil {
			return err
		}
	}
	if r.Summary != nil {
		fmt.Fprintln(w)
		if err := report.WriteSummary(w, r.Summary); err != nil {
			return err
		}
	}
	for _, region := range r.Regions {
		fmt.Fprintln(w)
		if err := report.WriteResult(w, region); err != nil {
			return err
		}
	}
	if r.QuantisationAtExport == nil {
		return nil
	}
	fmt.Fprint(w, "\nMeasured when the bundle was made:\n\n")
	return report.WriteResult(w, r.QuantisationAtExport)
}
