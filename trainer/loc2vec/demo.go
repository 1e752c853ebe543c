package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/loc2vec/loc2vec/trainer/internal/demo"
)

// runDemo is the verb demo: all steps on a real city.
func runDemo(ctx context.Context, std stdio, args []string) error {
	f := newFlags(std, "demo", "[-city NAME] [-for 5m] [-dir DIR]")
	o := demo.Options{Output: std.out, Messages: std.err}
	f.StringVar(&o.City, "city", "bremen", "extract to run on: "+strings.Join(demo.Cities(), ", "))
	f.DurationVar(&o.Train, "for", 5*time.Minute, "time to train")
	f.StringVar(&o.Dir, "dir", "demo", "directory for the pack, the bundle and the page")
	f.Uint64Var(&o.Seed, "seed", 1, "seed of everything random")
	if err := f.parse(args, false); err != nil {
		return err
	}
	if !slices.Contains(demo.Cities(), o.City) {
		return usagef("no city %q: there are %s", o.City, strings.Join(demo.Cities(), ", "))
	}
	if o.Train <= 0 {
		return usagef("-for is the time to train, above zero")
	}
	return demo.Run(ctx, o)
}
