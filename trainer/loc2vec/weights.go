package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/loc2vec/loc2vec/trainer/internal/metric"
	"github.com/loc2vec/loc2vec/trainer/internal/output"
	"github.com/loc2vec/loc2vec/trainer/internal/pairweights"
	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
	"github.com/loc2vec/loc2vec/trainer/internal/train"
)

// weightsFlags are the flags of the verb weights.
type weightsFlags struct {
	bundle   string
	packs    []string
	losses   []string
	settings []string
	out      string
	asJSON   bool
	seed     uint64
	engine   engineFlags
}

// newWeights is the verb weights.
func newWeights(std stdio) *cobra.Command {
	var o weightsFlags
	cmd := &cobra.Command{
		Use: "weights --bundle M.l2v --pack R.pmtiles", GroupID: judgeGroup, Args: noArguments,
		Short: "show how losses weigh the pairs of one batch (General Pair Weighting)",
		Example: `  loc2vec weights --bundle base --pack bremen.pmtiles
  loc2vec weights --bundle base --pack bremen.pmtiles --loss multisim,binomial -o weights.svg
  loc2vec weights --bundle base --pack bremen.pmtiles --loss binomial --set loss_params.beta=10 --set batch.places=20`,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.weigh(cmd, std) },
	}
	bundleFlag(cmd, &o.bundle, " whose vectors make up the batch")
	packFlag(cmd, &o.packs, " that the batch is drawn from")
	listFlag(cmd, &o.losses, "loss", "NAMES|losses to look at (default: all; train --losses explains them); may be repeated")
	cmd.Flags().Var(repeated{&o.settings}, "set", "KEY=VALUE|one setting of the batch or of the only loss: batch.places=10, batch.positives=5, loss_params.NAME; may be repeated")
	outputFlag(cmd, &o.out, "FILE|picture to write, .svg: each pair's weight over its similarity, a chart for each loss", "svg")
	jsonFlag(cmd, &o.asJSON, "every pair")
	cmd.Flags().Uint64Var(&o.seed, "seed", 1, "N|seed of the batch")
	o.engine.add(cmd)
	completeNames(cmd, "loss", metric.Names)
	completeNames(cmd, "set", batchKeys)
	return cmd
}

// batchKeys completes the values of --set.
func batchKeys() []string {
	var keys []string
	for _, key := range settingKeys() {
		if strings.HasPrefix(key, "batch.") {
			keys = append(keys, key)
		}
	}
	return keys
}

// config returns the configuration of the batch and the loss. By default a batch has few places with many views, drawn
// at random: easy and hard pairs.
func (o *weightsFlags) config() (train.Config, error) {
	c := train.DefaultConfig()
	c.Batch.Places, c.Batch.Positives, c.Batch.HardNegativeShare = 10, 5, 0
	for _, assignment := range o.settings {
		if !strings.HasPrefix(assignment, "batch.") && !strings.HasPrefix(assignment, "loss_params.") {
			return c, fmt.Errorf("--set %s: want a setting of the batch or of the loss", assignment)
		}
		if err := c.Set(assignment); err != nil {
			return c, err
		}
	}
	return c, c.Batch.Validate()
}

func (o *weightsFlags) weigh(cmd *cobra.Command, std stdio) error {
	if o.bundle == "" || len(o.packs) == 0 {
		return usagef("--bundle and --pack are needed")
	}
	if len(o.losses) == 0 {
		o.losses = metric.Names()
	}
	config, err := o.config()
	if err != nil {
		return usageError{err: err}
	}
	losses, err := pairweights.Losses(o.losses, config.LossParams, o.seed)
	if err != nil {
		return usageError{err: err}
	}
	if o.out != "" && strings.ToLower(filepath.Ext(o.out)) != ".svg" {
		return usagef("--output %s: the picture is an .svg", o.out)
	}
	if err := checkOutput("--output", o.out, append(o.packs, o.bundle, o.engine.library)...); err != nil {
		return err
	}
	model, encoder, err := o.engine.open(std, o.bundle)
	if err != nil {
		return err
	}
	defer encoder.Close()
	region, err := pipeline.OpenRegionFor(&model.Manifest, o.packs)
	if err != nil {
		return err
	}
	defer region.Close()
	r, err := pairweights.New(cmd.Context(), pairweights.Options{
		Losses: losses, Name: filepath.Base(o.bundle), Bundle: model, Encoder: encoder, Region: region, Batch: config.Batch, Seed: o.seed,
	})
	if err != nil {
		return err
	}
	if o.out != "" {
		if err := output.Write(o.out, r.Picture().WriteSVG); err != nil {
			return err
		}
		fmt.Fprintf(std.err, "%s: %d losses, %d pairs\n", o.out, len(r.Losses), len(r.Anchor))
	}
	if o.asJSON {
		return json.NewEncoder(std.out).Encode(r)
	}
	return r.WriteTable(std.out)
}
