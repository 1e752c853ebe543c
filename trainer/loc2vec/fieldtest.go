package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/loc2vec/loc2vec/trainer/internal/fieldtest"
	"github.com/loc2vec/loc2vec/trainer/internal/printable"
	"github.com/loc2vec/loc2vec/trainer/internal/report"
)

// fieldtestFlags are the flags of the verb fieldtest.
type fieldtestFlags struct {
	bundle    string
	packs     []string
	track     string // the argument
	generate  time.Duration
	seed      uint64
	threshold float64
	engine    engineFlags
	html, gpx string
	vectors   string
	asJSON    bool

	vectorsFormat string // of the file of vectors
}

// fieldtestOutput is the verb's JSON.
type fieldtestOutput struct {
	Bundle    string `json:"bundle"`
	Packs     string `json:"packs"`
	File      string `json:"file,omitempty"`
	Generated bool   `json:"generated"` // simulated, not recorded
	*fieldtest.Result
}

// newFieldtest is the verb fieldtest.
func newFieldtest(std stdio) *cobra.Command {
	var o fieldtestFlags
	cmd := &cobra.Command{
		Use: "fieldtest --bundle M.l2v --pack R.pmtiles TRACK", GroupID: useGroup,
		Short: "replay a recorded track as a phone would embed it",
		Long: `Replay a track through the sdk as a phone would: a recording (.gpx, .nmea, .csv with columns time, lat and
lon, or the .txt log of a GNSS logger on Android), or with --generate a simulated visit to four places of the region.
Times without a zone are UTC. Files may be compressed with gzip.`,
		Example: `  loc2vec fieldtest --bundle base --pack bremen.pmtiles walk.gpx --html walk.html
  loc2vec fieldtest --bundle base --pack bremen.pmtiles --generate 2h --json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef("unexpected argument %q: one track is replayed", args[1])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.track = strings.Join(args, "")
			if err := o.check(cmd.Flags().Changed("generate")); err != nil {
				return err
			}
			return o.run(cmd.Context(), std)
		},
	}
	f := cmd.Flags()
	bundleFlag(cmd, &o.bundle, "")
	packFlag(cmd, &o.packs, "")
	f.StringVar(&o.html, "html", "", "FILE|page to write, with the track coloured by the embedding")
	jsonFlag(cmd, &o.asJSON, "the result")
	f.DurationVar(&o.generate, "generate", 0, "TIME|length of a track to simulate, such as 2h, in place of a recording")
	f.StringVar(&o.gpx, "gpx", "", "FILE|file to write the simulated track to")
	f.StringVar(&o.vectors, "vectors", "", "FILE|table of the fixes with their vectors to write: .csv, .tsv, .jsonl, .geojson, .parquet or .npy")
	f.Uint64Var(&o.seed, "seed", 1, "N|seed of the simulated track")
	f.Float64Var(&o.threshold, "threshold", 0, "METRES|distance to move before another vector is computed (0: the sdk's default, negative: always)")
	o.engine.add(cmd)
	completeFiles(cmd, "html", "html")
	completeFiles(cmd, "gpx", "gpx")
	completeFiles(cmd, "vectors", tableFormats()...)
	completeArguments(cmd, "gpx", "nmea", "csv", "txt", "gz")
	return cmd
}

// check validates the command line; generate reports whether --generate is given.
func (o *fieldtestFlags) check(generate bool) error {
	switch {
	case o.bundle == "" || len(o.packs) == 0:
		return usagef("--bundle and --pack are needed")
	case generate && o.generate <= 0:
		return usagef("--generate is how long the track is, above zero")
	case (o.track == "") == (o.generate == 0):
		return usagef("either a track or --generate is needed")
	case o.gpx != "" && o.generate == 0:
		return usagef("--gpx is for a simulated track")
	case o.gpx != "" && o.gpx == o.html:
		return usagef("--gpx and --html are the same file")
	case o.vectors != "" && (o.vectors == o.gpx || o.vectors == o.html):
		return usagef("--vectors is the same file as --gpx or --html")
	}
	if o.vectors != "" {
		var err error
		if o.vectorsFormat, err = tableFormat("", o.vectors); err != nil {
			return usagef("--vectors %s: want a file that ends with one of .%s", o.vectors, strings.Join(tableFormats(), ", ."))
		}
	}
	inputs := append(slices.Clone(o.packs), o.bundle, o.track, o.engine.library)
	if err := checkOutput("--html", o.html, inputs...); err != nil {
		return err
	}
	if err := checkOutput("--vectors", o.vectors, inputs...); err != nil {
		return err
	}
	return checkOutput("--gpx", o.gpx, inputs...)
}

func (o *fieldtestFlags) run(ctx context.Context, std stdio) error {
	t, err := o.readTrack(ctx)
	if err != nil {
		return err
	}
	for _, note := range t.Notes {
		fmt.Fprintf(std.err, "fieldtest: %s\n", printable.Text(note))
	}
	if t.Bad > 0 {
		fmt.Fprintf(std.err, "fieldtest: %d rows skipped, the first: %s\n", t.Bad, printable.Lines(t.First.Error()))
	}
	result, err := o.replay(ctx, std, t)
	if err != nil {
		return err
	}
	if o.html != "" {
		if err := o.writePage(result, t); err != nil {
			return err
		}
	}
	if o.asJSON {
		return printJSON(std.out, fieldtestOutput{o.bundle, strings.Join(o.packs, ","), o.track, o.generate > 0, result})
	}
	table := newListing(std.out)
	row := func(fact report.Fact) {
		table.row(fact.Label, "%s%s", fact.Value, map[bool]string{true: ", " + fact.Note}[fact.Note != ""])
	}
	for _, fact := range o.trackFacts(result) {
		row(fact)
	}
	for i := range result.Stops {
		row(report.Fact{Label: fmt.Sprintf("stop %d", i+1), Value: stopTime(result, &result.Stops[i]), Note: result.Stops[i].Seen})
	}
	for _, fact := range o.measurements(result) {
		row(fact)
	}
	return table.Flush()
}
