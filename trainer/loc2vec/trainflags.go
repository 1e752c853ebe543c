package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/loc2vec/loc2vec/trainer/internal/metric"
	"github.com/loc2vec/loc2vec/trainer/internal/net"
	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
	"github.com/loc2vec/loc2vec/trainer/internal/train"
)

// settingFlag is a flag that sets a setting.
type settingFlag struct{ name, key string }

func settingFlags() []settingFlag {
	return []settingFlag{
		{"loss", "loss"}, {"net", "net"}, {"steps", "steps"}, {"for", "for"}, {"rate", "rate"}, {"seed", "seed"}, {"draw", "draw.count"},
	}
}

// addTo adds the flags to the verb.
func (o *trainFlags) addTo(cmd *cobra.Command) {
	f, c := cmd.Flags(), train.DefaultConfig()
	outputFlag(cmd, &o.out, "FILE|bundle to write", bundleEnding)
	packFlag(cmd, &o.packs, " to train on, in addition to the arguments")
	f.StringVar(&o.settings.From, "from", "", "FILE|bundle of a model to start from, or "+pipeline.BaseModel+" for the one that comes with loc2vec")
	f.StringVar(&o.settings.Preset, "preset", "", "NAME|preset: "+strings.Join(train.Presets(), ", ")+" (Loc2Vec as published in 2018)")
	filesFlag(cmd, &o.settings.Files, "config", "FILES|settings in JSON, or directories of runs for theirs; may be repeated")
	f.Var(repeated{&o.settings.Assignments}, "set", "KEY=VALUE|one setting; may be repeated")
	f.String("loss", c.Loss, "NAME|loss; --losses lists them")
	f.String("net", c.Architecture, "NAME|architecture of the network: "+strings.Join(net.Architectures(), ", "))
	f.Int("steps", c.Steps, "N|length of the run in steps")
	f.Duration("for", 0, "TIME|length of the run in time, such as 5m, in place of --steps")
	f.Float64("rate", c.Schedule.Peak, "X|highest learning rate")
	f.Uint64("seed", c.Seed, "N|seed of all random numbers")
	f.StringVar(&o.places, "places", "", "FILE|places to train on (.csv, .geojson, .gpx), in place of --draw")
	f.Int("draw", c.Draw.Count, "N|places to draw from the packs")
	f.Float64Var(&o.holdout, "holdout", 0.2, "X|share of the map held out of training, in blocks of 2 km with a margin of 1 km")
	f.IntVar(&o.gallery, "evaluate", 500, "N|held-out places to evaluate on, 0 for none")
	f.StringVar(&o.resume, "resume", "", "DIR|run to go on with (default: a new run in the bundle's name with .run)")
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
