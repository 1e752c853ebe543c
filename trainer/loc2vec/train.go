package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/loc2vec/loc2vec/trainer/internal/metric"
	"github.com/loc2vec/loc2vec/trainer/internal/net"
	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
	"github.com/loc2vec/loc2vec/trainer/internal/train"
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

// settingFlag is a flag that sets a setting.
type settingFlag struct{ name, key string }

func settingFlags() []settingFlag {
	return []settingFlag{
		{"loss", "loss"}, {"net", "net"}, {"steps", "steps"}, {"for", "for"}, {"rate", "rate"}, {"seed", "seed"}, {"draw", "draw.count"},
	}
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

// addTo adds the flags to the verb.
func (o *trainFlags) addTo(cmd *cobra.Command) {
	f, c := cmd.Flags(), train.DefaultConfig()
	outputFlag(cmd, &o.out, "bundle `FILE` to write", bundleEnding)
	packFlag(cmd, &o.packs, " to train on, in addition to the arguments")
	f.StringVar(&o.settings.From, "from", "", "bundle `FILE` of a model to start from, or "+pipeline.BaseModel+" for the one that comes with loc2vec")
	f.StringVar(&o.settings.Preset, "preset", "", "`NAME` of a preset: "+strings.Join(train.Presets(), ", ")+" (Loc2Vec as published in 2018)")
	listFlag(cmd, &o.settings.Files, "config", "JSON `FILES` of settings, or directories of runs for theirs; may be repeated")
	f.Var(repeated{&o.settings.Assignments}, "set", "one setting, `KEY=VALUE`; may be repeated")
	f.String("loss", c.Loss, "`LOSS` to minimise; --losses lists them")
	f.String("net", c.Architecture, "`ARCHITECTURE` of the network: "+strings.Join(net.Architectures(), ", "))
	f.Int("steps", c.Steps, "train for `N` steps")
	f.Duration("for", 0, "train for a `TIME` such as 5m, in place of --steps")
	f.Float64("rate", c.Schedule.Peak, "highest learning rate `X`")
	f.Uint64("seed", c.Seed, "seed `N` of all random numbers")
	f.StringVar(&o.places, "places", "", "`FILE` of places to train on (.csv, .geojson, .gpx), in place of --draw")
	f.Int("draw", c.Draw.Count, "draw `N` places from the packs")
	f.Float64Var(&o.holdout, "holdout", 0.2, "share `X` of the map held out of training, in blocks of 2 km with a margin of 1 km")
	f.IntVar(&o.gallery, "evaluate", 500, "evaluate on `N` held-out places, 0 for none")
	f.StringVar(&o.resume, "resume", "", "`DIR` of the run to go on with (default: a new run in the bundle's name with .run)")
	f.BoolVar(&o.losses, "losses", false, "list the losses with their parameters, and stop")
	f.BoolVar(&o.keys, "keys", false, "list the settings with their defaults, and stop")
	completeBundles(cmd, "from")
	completeNames(cmd, "preset", train.Presets)
	completeFiles(cmd, "config", "json")
	completeNames(cmd, "set", settingKeys)
	completeNames(cmd, "loss", metric.Names)
	completeNames(cmd, "net", net.Architectures)
	completeFiles(cmd, "places", "csv", "geojson", "gpx")
	must(cmd.MarkFlagDirname("resume"))
}

// settingKeys completes the values of --set.
func settingKeys() []string {
	var keys []string
	for _, k := range train.Keys() {
		keys = append(keys, k.Name+"=")
	}
	return keys
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
