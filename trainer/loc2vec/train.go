package main

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
)

// trainFlags are the flags of the verb train.
type trainFlags struct {
	packs        []string
	out          string
	settings     pipeline.Settings
	places       string
	holdout      float64
	gallery      int
	resume       string
	losses, keys bool
}

// newTrain is the verb train.
func newTrain(std stdio) *cobra.Command {
	var o trainFlags
	cmd := &cobra.Command{
		Use: "train R.pmtiles... -o M.l2v", GroupID: makeGroup, Args: cobra.ArbitraryArgs,
		Short: "train a model on region packs",
		Long: `Train a model on region packs and write it as a bundle, with its evaluation.

The configuration is made of layers, each over those before it: the defaults, what a run takes from the
model of --from, --preset, --config, --set, and the flags below. "loc2vec help settings" lists the keys.

Ctrl-C stops the training and keeps a checkpoint; the same command with --resume goes on from there.`,
		Example: `  loc2vec train bremen.pmtiles -o bremen.l2v --from base --steps 500
  loc2vec train *.pmtiles -o m.l2v --for 30m --loss multisim --set loss_params.alpha=2 --set batch.places=60
  loc2vec train bremen.pmtiles -o published.l2v --preset loc2vec`,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case o.losses:
				return listLosses(std.out)
			case o.keys:
				return printSettings(std.out)
			}
			run, err := o.options(cmd, std, args)
			if err != nil {
				return err
			}
			run.Messages = std.err
			return pipeline.Train(cmd.Context(), run)
		},
	}
	o.addTo(cmd)
	completeArguments(cmd, packEnding)
	return cmd
}

// options returns the training that the command line describes.
func (o *trainFlags) options(cmd *cobra.Command, std stdio, args []string) (pipeline.TrainOptions, error) {
	run := pipeline.TrainOptions{
		Packs: append(o.packs, args...), Out: o.out, Places: o.places, Holdout: o.holdout, Gallery: o.gallery, Resume: o.resume,
	}
	switch {
	case o.out == "":
		return run, usagef("--output (-o) is missing: the bundle to write")
	case len(run.Packs) == 0:
		return run, usagef("a region pack to train on is needed")
	case !(o.holdout >= 0 && o.holdout < 1) || o.gallery < 0:
		return run, usagef("--holdout is within 0..1, --evaluate is not negative")
	case cmd.Flags().Changed("steps") && cmd.Flags().Changed("for"):
		return run, usagef("give either --steps or --for")
	}
	inputs := slices.Concat(run.Packs, o.settings.Files, []string{o.places, o.settings.From})
	if err := checkOutput("--output", o.out, inputs...); err != nil {
		return run, err
	}
	configured, err := o.layers(cmd).Configure()
	if err != nil {
		return run, err
	}
	run.Configured = *configured
	run.Command = std.command
	return run, nil
}

// layers returns the settings of the command line, those of flags last.
func (o *trainFlags) layers(cmd *cobra.Command) pipeline.Settings {
	s := o.settings
	s.Assignments = slices.Clone(s.Assignments)
	for _, set := range settingFlags() {
		if f := cmd.Flags().Lookup(set.name); f.Changed {
			s.Assignments = append(s.Assignments, set.key+"="+f.Value.String())
		}
	}
	return s
}
