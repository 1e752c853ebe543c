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
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/raster"
	"github.com/loc2vec/loc2vec/trainer/internal/fieldtest"
	"github.com/loc2vec/loc2vec/trainer/internal/geofile"
	"github.com/loc2vec/loc2vec/trainer/internal/output"
	"github.com/loc2vec/loc2vec/trainer/internal/picture"
	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
	"github.com/loc2vec/loc2vec/trainer/internal/progress"
	"github.com/loc2vec/loc2vec/trainer/internal/report"
	"github.com/loc2vec/loc2vec/trainer/internal/sample"
)

// fieldtestFlags are the flags of the verb.
type fieldtestFlags struct {
	bundle, packs, track string
	generate             time.Duration
	seed                 uint64
	threshold            float64
	engine               *engineFlags
	html, gpx            string
	asJSON               bool
}

// fieldtestOutput is the verb's JSON.
type fieldtestOutput struct {
	Bundle    string `json:"bundle"`
	Packs     string `json:"packs"`
	File      string `json:"file,omitempty"`
	Generated bool   `json:"generated"` // made up, not recorded
	*fieldtest.Result
}

// runFieldtest replays a track through the sdk as a phone would.
func runFieldtest(ctx context.Context, std stdio, args []string) error {
	var o fieldtestFlags
	f := newFlags(std, "fieldtest", "-bundle M.l2v -pack R.pmtiles[,R...] -track T.gpx [-html PAGE.html] [flags]")
	f.StringVar(&o.bundle, "bundle", "", "model bundle, a `file`, or base for the one that comes with loc2vec")
	f.StringVar(&o.packs, "pack", "", "region packs, `files` separated by commas")
	f.StringVar(&o.track, "track", "", "the recording, a `file` that ends in .gpx, .nmea or .csv (columns time, lat, lon)")
	f.DurationVar(&o.generate, "generate", 0, "instead of a recording, make up the track of someone who visits four places of the region, `long` (such as 2h)")
	f.Uint64Var(&o.seed, "seed", 1, "of the made-up track")
	f.StringVar(&o.gpx, "gpx", "", "`file` to write the made-up track to")
	f.Float64Var(&o.threshold, "threshold", 0, "`metres` to move before another vector is computed (0: the sdk's default, negative: always)")
	o.engine = f.engine()
	f.StringVar(&o.html, "html", "", "`file` to write a page to, with the track coloured by the embedding")
	f.BoolVar(&o.asJSON, "json", false, "print JSON")
	if err := f.parse(args, false); err != nil {
		return err
	}
	switch {
	case o.bundle == "" || o.packs == "":
		return usagef("-bundle and -pack are needed")
	case o.generate < 0:
		return usagef("-generate is how long the track is, above zero")
	case (o.track == "") == (o.generate == 0):
		return usagef("either -track or -generate is needed")
	case o.gpx != "" && o.generate == 0:
		return usagef("-gpx is for a made-up track")
	case o.gpx != "" && o.gpx == o.html:
		return usagef("-gpx and -html are the same file")
	}
	inputs := append(strings.Split(o.packs, ","), o.bundle, o.track, o.engine.library)
	if err := checkOutput("-html", o.html, inputs...); err != nil {
		return err
	}
	if err := checkOutput("-gpx", o.gpx, inputs...); err != nil {
		return err
	}
	return o.run(ctx, std)
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
		return printJSON(std.out, fieldtestOutput{o.bundle, o.packs, o.track, o.generate > 0, result})
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
	r, err := pipeline.OpenRegion(splitList(o.packs))
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

// facts are the figures for people.
func (o *fieldtestFlags) facts(r *fieldtest.Result) []report.Fact {
	share := func(v float64) string { return fmt.Sprintf("%.1f %%", 100*v) }
	of := "recorded"
	if o.generate > 0 {
		of = "made up, not recorded"
	}
	if !r.Track.Timed {
		of += ", without times: one fix a second is assumed"
	}
	p, l, n, c := r.Places, r.Replay.Latency, r.Noise, r.Cost
	stability := report.Fact{Label: "stability", Value: "not measured", Note: "for want of fixes seconds apart, or of places 500 m apart"}
	if n.Fixes > 0 && n.Unrelated > 0 {
		stability.Value = share(n.Stability)
		stability.Note = fmt.Sprintf("noise of %.1f m moves a vector by %.2f, another place by %.2f (medians)", n.Metres.Median, n.Distance.Median, n.Unrelated)
	}
	return []report.Fact{
		{Label: "track", Value: fmt.Sprintf("%.1f km in %.2f h", r.Track.Kilometres, r.Track.Hours), Note: fmt.Sprintf("%d fixes, %s", r.Track.Fixes, of)},
		{Label: "places recognised", Value: fmt.Sprintf("%d of %d", p.Recognised, p.Returns), Note: fmt.Sprintf("returns to %d places; by chance %.1f", p.Places, p.Chance)},
		stability,
		{Label: "outside", Value: share(r.Replay.Outside), Note: "of the fixes, of every region"},
		{Label: "unmapped", Value: share(r.Replay.Unmapped), Note: fmt.Sprintf("of the fixes; on average %s of the surroundings are mapped", share(r.Replay.Mapped))},
		{Label: "vectors", Value: fmt.Sprint(r.Replay.Computed), Note: fmt.Sprintf("computed; for %d fixes the last one still held", r.Replay.Reused)},
		{Label: "latency", Value: fmt.Sprintf("%.1f ms", l.Median), Note: fmt.Sprintf("median; 95 %% %.1f, 99 %% %.1f, most %.1f ms; %s", l.P95, l.P99, l.Max, r.Engine)},
		{Label: "processor time", Value: fmt.Sprintf("%.2f s", c.CPUSecondsPerHour), Note: fmt.Sprintf("for each hour of track, on this machine; %.2f s in all", c.CPUSeconds)},
		{Label: "memory", Value: fmt.Sprintf("%.1f MB", c.Resident.Median-c.ResidentBefore), Note: fmt.Sprintf("more resident than before, most %.1f MB", c.Resident.Max-c.ResidentBefore)},
	}
}

// writePage writes the page with the track on a faint picture of the ground.
func (o *fieldtestFlags) writePage(r *fieldtest.Result, t *geofile.Track) (err error) {
	trail := &report.Trail{Dimension: loc2vec.Dimension}
	for i, outcome := range r.Outcomes {
		trail.Places = append(trail.Places, outcome.Place)
		trail.Known = append(trail.Known, outcome.Known)
		trail.Vectors = append(trail.Vectors, outcome.Result.Vector.Values[:]...)
		trail.Breaks = append(trail.Breaks, i > 0 && t.Fixes[i].Time.Sub(t.Fixes[i-1].Time) > geofile.Gap)
	}
	if err := o.drawGround(trail); err != nil {
		return err
	}
	facts := o.facts(r)
	page := &report.Page{
		Title: "Field test: " + filepath.Base(o.packs), Facts: facts[1:], Trail: trail,
		Intro: "A track, replayed through the sdk as a phone would: " + facts[0].Value + ", " + facts[0].Note + ".",
		Details: []report.Fact{
			{Label: "bundle", Value: o.bundle}, {Label: "space", Value: r.Space}, {Label: "packs", Value: o.packs},
			{Label: "track", Value: cmp.Or(o.track, fmt.Sprintf("made up with seed %d", o.seed))},
		},
	}
	return output.Write(o.html, page.Write)
}

// drawGround draws the map below the trail, unless it is too long for one picture.
func (o *fieldtestFlags) drawGround(trail *report.Trail) (err error) {
	const pixels = 450
	centre, metres := trail.Square()
	spec := raster.Spec{Metres: metres, Pixels: pixels}
	if raster.CheckSpec(spec) != nil {
		return nil
	}
	r, err := pipeline.OpenRegion(splitList(o.packs))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	ground := make([]uint8, loc2vec.NumLayers*pixels*pixels)
	if err := r.Tiles.Drawer(spec).Draw(ground, raster.Pose{Place: centre}); err != nil {
		return fmt.Errorf("drawing the ground: %w", err)
	}
	trail.Ground = picture.Composite(ground, pixels)
	return nil
}
