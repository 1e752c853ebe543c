package main

import (
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/loc2vec/loc2vec/trainer/internal/demo"
)

// newDemo is the verb demo: all steps on a real city.
func newDemo(std stdio) *cobra.Command {
	o := demo.Options{Dir: "demo", Output: std.out, Messages: std.err}
	cmd := &cobra.Command{
		Use: "demo", GroupID: otherGroup, Args: noArguments,
		Short: "run every step on a real city, from the map to a report with vectors",
		Example: `  loc2vec demo
  loc2vec demo --city honolulu --for 1m -o out`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !slices.Contains(demo.Cities(), o.City) {
				return usagef("no city %q: there are %s", o.City, strings.Join(demo.Cities(), ", "))
			}
			if o.Train <= 0 {
				return usagef("--for is the time to train, above zero")
			}
			return demo.Run(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.City, "city", "bremen", "NAME|city to run on: "+strings.Join(demo.Cities(), ", "))
	f.DurationVar(&o.Train, "for", 5*time.Minute, "TIME|time to train")
	f.Uint64Var(&o.Seed, "seed", 1, "N|seed of all random numbers")
	outputFlag(cmd, &o.Dir, "DIR|directory for the pack, the bundle and the report")
	completeNames(cmd, "city", demo.Cities)
	return cmd
}
