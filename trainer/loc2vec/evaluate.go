package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/loc2vec/loc2vec/trainer/internal/eval"
	"github.com/loc2vec/loc2vec/trainer/internal/output"
	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
)

// evaluateFlags are the flags of the verb evaluate.
type evaluateFlags struct {
	bundle          string
	packs, fitPacks []string
	run             string
	metrics         []string
	gallery         int
	seed            uint64
	engine          engineFlags
	asJSON          bool
	html            string
}

// newEvaluate is the verb evaluate.
func newEvaluate(std stdio) *cobra.Command {
	var o evaluateFlags
	cmd := &cobra.Command{
		Use: "evaluate --bundle M.l2v R.pmtiles...", GroupID: judgeGroup, Args: cobra.ArbitraryArgs,
		Short: "compare a model with baselines on places that it was not trained on",
		Example: `  loc2vec evaluate --bundle base malta.pmtiles
  loc2vec evaluate --bundle m.l2v malta.pmtiles andorra.pmtiles --json --html page.html`,
		RunE: func(cmd *cobra.Command, args []string) error { return o.evaluate(cmd, std, args) },
	}
	f := cmd.Flags()
	bundleFlag(cmd, &o.bundle, " to evaluate")
	packFlag(cmd, &o.packs, " to evaluate on, in addition to the arguments")
	filesFlag(cmd, &o.fitPacks, "fit-pack", "FILES|region packs to fit the baselines on, and linear probes (default: places of the evaluated region); may be repeated")
	f.StringVar(&o.run, "run", "", "DIR|training run that the model comes from, for its float32 network")
	listFlag(cmd, &o.metrics, "metrics", fmt.Sprintf("NAMES|metrics to compute, separated by commas, of %s (default: %s); may be repeated",
		spaced(eval.AllMetrics()), spaced(eval.DefaultMetrics())))
	f.IntVar(&o.gallery, "gallery", 2000, "N|places in a gallery, at most")
	f.Uint64Var(&o.seed, "seed", 1, "N|seed of places and queries")
	o.engine.add(cmd)
	jsonFlag(cmd, &o.asJSON, "all metrics")
	f.StringVar(&o.html, "html", "", "FILE|page with charts to write")
	completeNames(cmd, "metrics", func() []string { return strings.Split(eval.AllMetrics().String(), ",") })
	completeFiles(cmd, "fit-pack", packEnding)
	completeFiles(cmd, "html", "html")
	must(cmd.MarkFlagDirname("run"))
	completeArguments(cmd, packEnding)
	return cmd
}

// spaced lists metrics for people.
func spaced(m eval.Metrics) string { return strings.ReplaceAll(m.String(), ",", ", ") }

func (o *evaluateFlags) evaluate(cmd *cobra.Command, std stdio, args []string) error {
	packs := append(o.packs, args...)
	if o.bundle == "" || len(packs) == 0 {
		return usagef("--bundle and a region pack are needed")
	}
	if o.gallery < 2 {
		return usagef("--gallery is at least 2")
	}
	metrics := eval.DefaultMetrics()
	if len(o.metrics) > 0 {
		var err error
		if metrics, err = eval.ParseMetrics(strings.Join(o.metrics, ",")); err != nil {
			return usageError{err: err}
		}
	}
	inputs := slices.Concat(packs, o.fitPacks, []string{o.bundle, o.engine.library})
	if err := checkOutput("--html", o.html, inputs...); err != nil {
		return err
	}
	model, encoder, err := o.engine.open(std, o.bundle)
	if err != nil {
		return err
	}
	defer encoder.Close()
	found, err := pipeline.Evaluate(cmd.Context(), pipeline.EvaluateOptions{
		Name: filepath.Base(o.bundle), Bundle: model, Encoder: encoder, Packs: packs, FitPacks: o.fitPacks,
		Run: o.run, Metrics: metrics, Places: o.gallery, Seed: o.seed, Messages: std.err,
	})
	if err != nil {
		return err
	}
	// Neither is lost with the other; the page comes first, since a reader of the tables may leave early.
	if o.html != "" {
		err = output.Write(o.html, evaluationPage(found, std.command).Write)
	}
	if o.asJSON {
		return errors.Join(err, printJSON(std.out, found))
	}
	return errors.Join(err, writeEvaluation(std.out, found))
}
