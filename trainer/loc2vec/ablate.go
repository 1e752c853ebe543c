package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
	"github.com/loc2vec/loc2vec/trainer/internal/report"
	"github.com/loc2vec/loc2vec/trainer/internal/train"
)

// runAblate is the verb ablate: each variant of a plan trained with several seeds and evaluated on regions that
// were held out.
func runAblate(ctx context.Context, std stdio, args []string) error {
	f := newFlags(std, "ablate", "-plan FILE -pack R.pmtiles[,R…] -held-out R.pmtiles[,R…] -o DIR [-seeds 3] [-- key=value...]")
	plan := f.String("plan", "", "file of variants, one a line: a name, a colon, settings as train --set takes them; the first is what the others are compared with")
	packs := f.String("pack", "", "region packs to train on, separated by commas")
	heldOut := f.String("held-out", "", "region packs to evaluate on, separated by commas")
	o := pipeline.AblateOptions{Messages: std.err}
	f.StringVar(&o.Dir, "o", "", "directory for bundles and results")
	f.IntVar(&o.Seeds, "seeds", 3, "runs of each variant")
	f.IntVar(&o.Places, "n", 1000, "places in a gallery, at most")
	if err := f.parse(args, true); err != nil {
		return err
	}
	o.Common, o.Packs, o.HeldOut = f.Args(), splitList(*packs), splitList(*heldOut)
	if *plan == "" || len(o.Packs) == 0 || len(o.HeldOut) == 0 || o.Dir == "" || o.Seeds < 1 || o.Places < 2 {
		return usagef("-plan, -pack, -held-out and -o are needed; -seeds is at least 1, -n at least 2")
	}
	text, err := os.ReadFile(*plan)
	if err != nil {
		return err
	}
	if o.Variants, err = train.ReadPlan(bytes.NewReader(text)); err != nil {
		return fmt.Errorf("%s: %w", *plan, err)
	}
	if len(o.Variants) == 0 {
		return fmt.Errorf("%s has no variants", *plan)
	}
	variants, err := pipeline.Ablate(ctx, o)
	return errors.Join(err, report.WriteAblation(std.out, variants))
}
