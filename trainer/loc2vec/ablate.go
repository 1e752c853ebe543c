package main

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/loc2vec/loc2vec/internal/textfile"
	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
	"github.com/loc2vec/loc2vec/trainer/internal/report"
	"github.com/loc2vec/loc2vec/trainer/internal/train"
)

// ablateFlags are the flags of the verb ablate.
type ablateFlags struct {
	pipeline.AblateOptions
	plan   string
	asJSON bool
}

// newAblate is the verb ablate.
func newAblate(std stdio) *cobra.Command {
	var o ablateFlags
	cmd := &cobra.Command{
		Use: "ablate --plan FILE R.pmtiles... --test-pack T.pmtiles -o DIR", GroupID: judgeGroup, Args: cobra.ArbitraryArgs,
		Short: "compare variants of a training, with several seeds, on held-out regions",
		Long: `Train each variant of a plan with several seeds, evaluate it on held-out regions, and print a table of means.

A line of a plan is a variant: a name, a colon, and settings as in "loc2vec train --set", with from=BUNDLE and
preset=NAME among them. The first variant is what the others are compared with. What the directory holds
already is not computed again.`,
		Example: `  loc2vec ablate --plan trainer/ablation/rates.plan bremen.pmtiles --test-pack malta.pmtiles -o runs
  loc2vec ablate --plan p bremen.pmtiles --test-pack malta.pmtiles -o runs --seeds 1 --set steps=350`,
		RunE: func(cmd *cobra.Command, args []string) error { return o.ablate(cmd, std, args) },
	}
	f := cmd.Flags()
	f.StringVar(&o.plan, "plan", "", "FILE|variants, one a line")
	packFlag(cmd, &o.Packs, " to train on, in addition to the arguments")
	filesFlag(cmd, &o.HeldOut, "test-pack", "FILES|region packs to evaluate on; may be repeated")
	outputFlag(cmd, &o.Dir, "DIR|directory for bundles and results")
	f.IntVar(&o.Seeds, "seeds", 3, "N|runs of each variant")
	f.IntVar(&o.Places, "gallery", 1000, "N|places in a gallery, at most")
	f.Var(repeated{&o.Common}, "set", "KEY=VALUE|one setting of all variants, below their own; may be repeated")
	jsonFlag(cmd, &o.asJSON, "the metrics of every run")
	completeFiles(cmd, "plan", "plan")
	completeFiles(cmd, "test-pack", packEnding)
	completeNames(cmd, "set", settingKeys)
	completeArguments(cmd, packEnding)
	return cmd
}

func (o *ablateFlags) ablate(cmd *cobra.Command, std stdio, args []string) error {
	o.Packs, o.Messages = append(o.Packs, args...), std.err
	switch {
	case o.plan == "" || len(o.Packs) == 0 || len(o.HeldOut) == 0 || o.Dir == "":
		return usagef("--plan, a region pack to train on, --test-pack and --output are needed")
	case o.Seeds < 1 || o.Places < 2:
		return usagef("--seeds is at least 1, --gallery at least 2")
	}
	text, err := textfile.ReadFile(o.plan, train.MaxSettings)
	if err != nil {
		return err
	}
	if o.Variants, err = train.ReadPlan(bytes.NewReader(text)); err != nil {
		return fmt.Errorf("reading %s: %w", o.plan, err)
	}
	if len(o.Variants) == 0 {
		return fmt.Errorf("%s has no variants", o.plan)
	}
	found, err := pipeline.Ablate(cmd.Context(), o.AblateOptions)
	if o.asJSON && found != nil {
		return errors.Join(err, printJSON(std.out, found))
	}
	return errors.Join(err, report.WriteAblation(std.out, found))
}
