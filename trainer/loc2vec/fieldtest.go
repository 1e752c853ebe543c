package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/fieldtest"
	"github.com/loc2vec/loc2vec/trainer/internal/geofile"
	"github.com/loc2vec/loc2vec/trainer/internal/output"
	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
	"github.com/loc2vec/loc2vec/trainer/internal/progress"
	"github.com/loc2vec/loc2vec/trainer/internal/sample"
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
	asJSON    bool
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
		Long: `Replay a track through the sdk as a phone would: a recording that ends in .gpx, .nmea or .csv (columns time, lat,
lon), or with --generate a simulated visit to four places of the region.`,
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
	f.StringVar(&o.html, "html", "", "`FILE` to write a page to, with the track coloured by the embedding")
	jsonFlag(cmd, &o.asJSON, "the result")
	f.DurationVar(&o.generate, "generate", 0, "simulate a track that takes a `TIME` such as 2h, in place of a recording")
	f.StringVar(&o.gpx, "gpx", "", "`FILE` to write the simulated track to")
	f.Uint64Var(&o.seed, "seed", 1, "seed `N` of the simulated track")
	f.Float64Var(&o.threshold, "threshold", 0, "`METRES` to move before another vector is computed (0: the sdk's default, negative: always)")
	o.engine.add(cmd)
	completeFiles(cmd, "html", "html")
	completeFiles(cmd, "gpx", "gpx")
	completeArguments(cmd, "gpx", "nmea", "csv")
	return cmd
}

// check returns what is wrong with the command line.
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
	}
	inputs := append(slices.Clone(o.packs), o.bundle, o.track, o.engine.library)
	if err := checkOutput("--html", o.html, inputs...); err != nil {
		return err
	}
	return checkOutput("--gpx", o.gpx, inputs...)
}

func (o *fieldtestFlags) run(ctx context.Context, std stdio) error {
	t, err := o.readTrack(ctx)
	if err != nil {
		return err
	}
	if t.Bad > 0 {
		fmt.Fprintf(std.err, "fieldtest: %d rows left out, the first: %v\n", t.Bad, t.First)
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
	table := newTable(std.out)
	for _, fact := range o.facts(result) {
		table.row(fact.Label, "%s%s", fact.Value, map[bool]string{true: ", " + fact.Note}[fact.Note != ""])
	}
	return table.Flush()
}

// readTrack reads the recording, or makes one up.
func (o *fieldtestFlags) readTrack(ctx context.Context) (*geofile.Track, error) {
	if o.generate > 0 {
		return o.makeTrack(ctx)
	}
	format, err := geofile.FormatOf(o.track, geofile.TrackFormats())
	if err != nil {
		return nil, usageError{err: err}
	}
	file, err := os.Open(o.track)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	t, err := geofile.ReadTrack(file, format)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.track, err)
	}
	return t, nil
}

// makeTrack makes up a track between four places that people would visit, the others near the first.
func (o *fieldtestFlags) makeTrack(ctx context.Context) (t *geofile.Track, err error) {
	r, err := pipeline.OpenRegion(o.packs)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	places, _, err := sample.Draw(ctx, r.Tiles, sample.DefaultDraw(200, o.seed))
	if err != nil {
		return nil, err
	}
	home := places[0]
	// Neighbours, the one a kilometre or so away first.
	slices.SortFunc(places, func(a, b loc2vec.LatLon) int {
		odd := func(p loc2vec.LatLon) float64 { return math.Abs(home.DistanceTo(p) - 1200) }
		return cmp.Compare(odd(a), odd(b))
	})
	t, err = fieldtest.Generate(rand.New(rand.NewPCG(o.seed, 1)), fieldtest.Plan{
		Stops: append([]loc2vec.LatLon{home}, places[:min(3, len(places))]...), Stay: 6 * time.Minute,
		Duration: o.generate, Start: time.Date(2026, 1, 1, 8, 0, 0, 0, time.UTC),
	})
	if err != nil || o.gpx == "" {
		return t, err
	}
	return t, output.Write(o.gpx, func(w io.Writer) error {
		return geofile.WriteGPX(w, t, fmt.Sprintf("made up by loc2vec fieldtest, seed %d", o.seed))
	})
}

// replay runs the track through a model that is opened for it.
func (o *fieldtestFlags) replay(ctx context.Context, std stdio, t *geofile.Track) (result *fieldtest.Result, err error) {
	opts, err := o.engine.options(std)
	if err != nil {
		return nil, err
	}
	debug.FreeOSMemory() // what came before must not hide what the sdk takes
	before := fieldtest.Resident()
	model, err := openModel(o.bundle, o.packs, opts)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, model.Close()) }()
	bar := progress.New(std.err, "replay", int64(len(t.Fixes)), progress.Items)
	defer bar.Close()
	return fieldtest.Run(ctx, model, t, before, fieldtest.Options{
		Threshold: o.threshold, Progress: func(done, _ int) { bar.Set(int64(done), "") },
	})
}
