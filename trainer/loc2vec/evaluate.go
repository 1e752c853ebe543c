package main

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"github.com/loc2vec/loc2vec/trainer/internal/eval"
	"github.com/loc2vec/loc2vec/trainer/internal/output"
	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
)

// runEvaluate is the verb evaluate.
func runEvaluate(ctx context.Context, std stdio, args []string) error {
	f := newFlags(std, "evaluate", "-bundle M.l2v -pack R.pmtiles[,R…] [-train-pack R.pmtiles[,R…]] [-n 2000] [-json] [-html PAGE.html]")
	bundle := f.String("bundle", "", "model to evaluate, or base for the one that comes with loc2vec")
	packs := f.String("pack", "", "region packs to evaluate on, one after the other, separated by commas")
	trained := f.String("train-pack", "", "region packs to fit the baselines on, and linear probes across regions (default: places of the evaluated region)")
	float := f.String("float", "", "directory of the training run that the model comes from: for quantisation_fidelity")
	names := f.String("metrics", eval.DefaultMetrics().String(), "metrics to compute: "+eval.AllMetrics().String())
	engine := f.engine()
	asJSON := f.Bool("json", false, "print JSON instead of tables")
	html := f.String("html", "", "`file` to write a page to, with charts beside the tables")
	places := f.Int("n", 2000, "places in a gallery, at most")
	seed := f.Uint64("seed", 1, "seed of places and queries")
	if err := f.parse(args, false); err != nil {
		return err
	}
	if *bundle == "" || *packs == "" {
		return usagef("-bundle and -pack are needed")
	}
	if *places < 2 {
		return usagef("-n is at least 2")
	}
	metrics, err := eval.ParseMetrics(*names)
	if err != nil {
		return usageError{err: err}
	}
	inputs := slices.Concat(splitList(*packs), splitList(*trained), []string{*bundle, engine.library})
	if err := checkOutput("-html", *html, inputs...); err != nil {
		return err
	}
	model, encoder, err := engine.open(std, *bundle)
	if err != nil {
		return err
	}
	defer encoder.Close()
	found, err := pipeline.Evaluate(ctx, pipeline.EvaluateOptions{
		Name: filepath.Base(*bundle), Bundle: model, Encoder: encoder, Packs: splitList(*packs), FitPacks: splitList(*trained),
		Run: *float, Metrics: metrics, Places: *places, Seed: *seed, Messages: std.err,
	})
	if err != nil {
		return err
	}
	// Neither is lost with the other; the page comes first, since a reader of the tables may leave early.
	if *html != "" {
		err = output.Write(*html, evaluationPage(found, "loc2vec evaluate "+strings.Join(args, " ")).Write)
	}
	if *asJSON {
		return errors.Join(err, printJSON(std.out, found))
	}
	return errors.Join(err, writeEvaluation(std.out, found))
}
