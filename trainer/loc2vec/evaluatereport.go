package main

import (
	"fmt"
	"io"

	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
	"github.com/loc2vec/loc2vec/trainer/internal/report"
)

// evaluationPage shows an evaluation in charts.
func evaluationPage(r *pipeline.Evaluation, command string) *report.Page {
	return &report.Page{
		Title:      "Evaluation: " + r.Bundle,
		Intro:      "How good the embedding is, beside the baselines, on places that it is asked to tell apart.",
		Headline:   r.Headline,
		Evaluation: r.Regions,
		AtExport:   r.QuantisationAtExport,
		Details: []report.Fact{
			{Label: "bundle", Value: r.Bundle}, {Label: "space", Value: r.SpaceID}, {Label: "engine", Value: r.Engine}, {Label: "command", Value: command},
		},
	}
}

// writeEvaluation prints the tables of an evaluation.
func writeEvaluation(w io.Writer, r *pipeline.Evaluation) error {
	fmt.Fprintf(w, "# %s, space %s, engine %s\n", r.Bundle, r.SpaceID, r.Engine)
	if r.Headline != nil {
		fmt.Fprintln(w)
		if err := r.Headline.WriteTable(w); err != nil {
			return err
		}
	}
	for _, region := range r.Regions {
		fmt.Fprintln(w)
		if err := region.WriteTable(w); err != nil {
			return err
		}
	}
	if r.QuantisationAtExport == nil {
		return nil
	}
	fmt.Fprint(w, "\nWhen the bundle was made, the float32 network was at hand:\n\n")
	return r.QuantisationAtExport.WriteTable(w)
}
