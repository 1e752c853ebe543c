package main

import (
	"fmt"

	"github.com/loc2vec/loc2vec/trainer/internal/eval"
	"github.com/loc2vec/loc2vec/trainer/internal/report"
)

// evaluationReport is what evaluate -json prints.
type evaluationReport struct {
	Bundle  string `json:"bundle"`
	SpaceID string `json:"space_id"`
	Engine  string `json:"engine"`
	// Headline sums up the regions that the model was not trained on; nil when there are none.
	Headline *eval.Headline `json:"headline,omitempty"`
	Regions  []*eval.Result `json:"regions"`
	// AtExport is the evaluation that the bundle brings along; its figure H compares the model with
	// the float32 network that it was made from.
	AtExport map[string]any `json:"at_export,omitempty"`
}

// writePage writes the page with the charts.
func (e *evaluation) writePage(path string, found *evaluationReport, command string) error {
	page := found.page(command)
	page.AtExport = e.atExport
	return writeFile(path, page.Write)
}

// page shows the evaluation in charts.
func (r *evaluationReport) page(command string) *report.Page {
	return &report.Page{
		Title:      "Evaluation: " + r.Bundle,
		Intro:      "How good the embedding is, beside the baselines, on places that it is asked to tell apart.",
		Headline:   r.Headline,
		Evaluation: r.Regions,
		Details: []report.Fact{
			{Label: "bundle", Value: r.Bundle}, {Label: "space", Value: r.SpaceID}, {Label: "engine", Value: r.Engine}, {Label: "command", Value: command},
		},
	}
}

// write prints the tables.
func (e *evaluation) write(found *evaluationReport) error {
	fmt.Fprintf(e.std.out, "# %s, space %s, engine %s\n", found.Bundle, found.SpaceID, found.Engine)
	if found.Headline != nil {
		fmt.Fprintln(e.std.out)
		if err := found.Headline.WriteTable(e.std.out); err != nil {
			return err
		}
	}
	for _, r := range found.Regions {
		fmt.Fprintln(e.std.out)
		if err := r.WriteTable(e.std.out); err != nil {
			return err
		}
	}
	if e.atExport == nil {
		return nil
	}
	fmt.Fprint(e.std.out, "\nWhen the bundle was made, the float32 network was at hand:\n\n")
	return e.atExport.WriteTable(e.std.out)
}

// figureAtExport returns figure H as the bundle brings it along, where it is asked for and there is no float32
// network to compute it from now; nil otherwise.
func (e *evaluation) figureAtExport(found *evaluationReport) (*eval.Result, error) {
	if len(e.figures.Within("H")) == 0 || found.AtExport == nil || e.float != nil {
		return nil, nil
	}
	r, err := eval.ParseResult(found.AtExport)
	if err != nil {
		return nil, fmt.Errorf("evaluation in %s: %w", found.Bundle, err)
	}
	if r.Quantisation == nil {
		return nil, nil
	}
	return r.QuantisationOnly(), nil
}
