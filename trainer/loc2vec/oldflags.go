package main

import (
	"regexp"

	"github.com/spf13/cobra"
)

// checkOldForms returns an error for the first flag of the form -name, which names the form of today. A value of a
// flag is not mistaken for one.
func checkOldForms(cmd *cobra.Command, args []string) error {
	cmd.InitDefaultHelpFlag()
	cmd.InitDefaultVersionFlag()
	form := regexp.MustCompile(`^-([a-z][a-z-]+)(=.*)?$`)
	for i, arg := range args {
		if arg == "--" {
			return nil
		}
		match := form.FindStringSubmatch(arg)
		if match == nil || i > 0 && takesValue(cmd, args[i-1]) {
			continue
		}
		name := match[1]
		if _, ok := oldFlags(cmd.Name())[name]; ok {
			return unknownFlag(cmd, "-", name)
		}
		if cmd.Flags().Lookup(name) != nil {
			return usagef("-%s is written --%s", name, name)
		}
	}
	return nil
}

// takesValue reports whether an argument is a flag whose value is the next argument.
func takesValue(cmd *cobra.Command, arg string) bool {
	for _, dashes := range []string{"--", "-"} {
		if len(arg) <= len(dashes) || arg[:len(dashes)] != dashes {
			continue
		}
		f := cmd.Flags().Lookup(arg[len(dashes):])
		if dashes == "-" && len(arg) == 2 {
			f = cmd.Flags().ShorthandLookup(arg[1:])
		}
		return f != nil && f.NoOptDefVal == "" && (dashes == "--" || len(arg) == 2)
	}
	return false
}

// gone explains a former flag without a successor.
const gone = "there is no such flag any more"

// oldFlags maps the former flags of a verb to what took their place.
func oldFlags(verb string) map[string]string {
	switch verb {
	case "extract":
		return map[string]string{
			"pbf": "files are arguments now: loc2vec extract a.osm.pbf b.osm.pbf -o R.pmtiles",
		}
	case "train":
		return oldTrainFlags()
	case "evaluate":
		return map[string]string{
			"ceiling":      gone,
			"random":       "the baseline with random weights is always evaluated now",
			"random-split": gone,
			"unturned":     gone,

			"figures":    "metrics have names now: --metrics",
			"float":      "it is named --run now",
			"n":          "it is named --gallery now",
			"train-pack": "it is named --fit-pack now",
		}
	case "ablate":
		return map[string]string{
			"held-out": "it is named --test-pack now",
			"n":        "it is named --gallery now",
		}
	case "weights":
		return map[string]string{
			"loss-param": "it is --set loss_params.NAME=VALUE now",
			"places":     "it is --set batch.places=N now",
			"positives":  "it is --set batch.positives=N now",
			"hard":       gone,
		}
	case "fieldtest":
		return map[string]string{
			"track": "the track is an argument now: loc2vec fieldtest --bundle M.l2v --pack R.pmtiles T.gpx",
		}
	case "demo":
		return map[string]string{"dir": "it is named --output now"}
	}
	return nil
}

// oldTrainFlags maps the former flags of train to settings.
func oldTrainFlags() map[string]string {
	set := func(key string) string { return "it is --set " + key + " now" }
	return map[string]string{
		"batch":         set("batch.places=N"),
		"density":       set("draw.density=X"),
		"dropout":       set("dropout=X"),
		"hard":          gone,
		"hard-reach":    gone,
		"layer-dropout": set("batch.layer_dropout=X"),
		"loss-param":    set("loss_params.NAME=VALUE"),
		"mask":          set("batch.mask=X"),
		"mine-every":    set("mine_every=N"),
		"mined":         set("batch.mined=X"),
		"mirror":        set("batch.mirror=X"),
		"pixels":        set("raster.pixels=N"),
		"positives":     set("batch.positives=N"),
		"published":     "it is --preset loc2vec now",
		"quantise":      set("quantise=X"),
		"settle":        gone,
		"train-turned":  set("train_rotations=true"),
		"turned":        set("rotations=4 or rotations=1"),
		"twins-among":   gone,
		"twins":         set("batch.hard_negatives=X"),
		"weight-decay":  set("weight_decay=X"),
	}
}
