package main

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/raster"
	"github.com/loc2vec/loc2vec/trainer/internal/fieldtest"
	"github.com/loc2vec/loc2vec/trainer/internal/geofile"
	"github.com/loc2vec/loc2vec/trainer/internal/output"
	"github.com/loc2vec/loc2vec/trainer/internal/picture"
	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
	"github.com/loc2vec/loc2vec/trainer/internal/report"
)

// trackFacts returns what the track is and what came of it, as people read it.
func (o *fieldtestFlags) trackFacts(r *fieldtest.Result) []report.Fact {
	of := "recorded"
	if o.generate > 0 {
		of = "simulated, not recorded"
	}
	when := report.Fact{Label: "time", Value: "not recorded", Note: "one fix a second is assumed"}
	if r.Track.Timed {
		when.Value = r.Track.Start.UTC().Format("15:04") + " to " + r.Track.End.UTC().Format("15:04") + " UTC"
		when.Note = r.Track.Start.UTC().Format("2 January 2006") + ", " + of
	}
	recognised := report.Fact{Label: "places recognised", Value: fmt.Sprintf("%d of %d", r.Places.Recognised, r.Places.Returns),
		Note: fmt.Sprintf("returns to %d places; by chance %.1f", r.Places.Places, r.Places.Chance)}
	if r.Places.Returns == 0 {
		recognised.Value, recognised.Note = "no return", fmt.Sprintf("the track comes back to none of its %d places", r.Places.Places)
	}
	return []report.Fact{
		when,
		{Label: "way", Value: fmt.Sprintf("%.1f km", r.Track.Kilometres), Note: fmt.Sprintf("%.2f h under way, %d fixes", max(r.Track.Hours-r.Track.Standing, 0), r.Track.Fixes)},
		{Label: "stops", Value: fmt.Sprint(len(r.Stops)), Note: fmt.Sprintf("%.2f h in all", r.Track.Standing)},
		recognised,
		{Label: "outside", Value: share(r.Replay.Outside), Note: "of the fixes lie outside every region"},
		{Label: "unmapped", Value: share(r.Replay.Unmapped), Note: fmt.Sprintf("of the fixes; on average %s of the surroundings are mapped", share(r.Replay.Mapped))},
	}
}

func share(v float64) string { return fmt.Sprintf("%.1f %%", 100*v) }

// measurements returns what the replay cost and how steady its vectors are.
func (o *fieldtestFlags) measurements(r *fieldtest.Result) []report.Fact {
	l, n, c := r.Replay.Latency, r.Noise, r.Cost
	stability := report.Fact{Label: "stability", Value: "not measured", Note: "needs fixes seconds apart and places 500 m apart"}
	if n.Fixes > 0 && n.Unrelated > 0 {
		stability.Value = share(n.Stability)
		stability.Note = fmt.Sprintf("noise of %.1f m moves a vector by %.2f, another place by %.2f (medians)", n.Metres.Median, n.Distance.Median, n.Unrelated)
	}
	return []report.Fact{
		stability,
		{Label: "vectors", Value: fmt.Sprint(r.Replay.Computed), Note: fmt.Sprintf("computed; %d fixes reused the previous one", r.Replay.Reused)},
		{Label: "latency", Value: fmt.Sprintf("%.1f ms", l.Median), Note: fmt.Sprintf("median; 95th percentile %.1f, 99th %.1f, maximum %.1f ms; %s", l.P95, l.P99, l.Max, r.Engine)},
		{Label: "processor time", Value: fmt.Sprintf("%.2f s", c.CPUSecondsPerHour), Note: fmt.Sprintf("per hour of track, on this machine; %.2f s in total", c.CPUSeconds)},
		{Label: "memory", Value: fmt.Sprintf("%.1f MB", c.Resident.Median-c.ResidentBefore), Note: fmt.Sprintf("more resident memory than before, at most %.1f MB", c.Resident.Max-c.ResidentBefore)},
	}
}

// writePage writes the page with the track over a faint map.
func (o *fieldtestFlags) writePage(r *fieldtest.Result, t *geofile.Track) (err error) {
	trail := &report.Trail{Dimension: loc2vec.Dimension, Stops: trailStops(r)}
	for i, outcome := range r.Outcomes {
		trail.Labels = append(trail.Labels, fixLabel(t, i))
		trail.Places = append(trail.Places, outcome.Place)
		trail.Known = append(trail.Known, outcome.Known)
		trail.Vectors = append(trail.Vectors, outcome.Result.Vector.Values[:]...)
		trail.Breaks = append(trail.Breaks, i > 0 && t.Broken(i))
	}
	if err := o.drawGround(trail); err != nil {
		return err
	}
	page := &report.Page{
		Title: "Field test: " + packNames(o.packs), Facts: o.trackFacts(r), Trail: trail,
		Intro: "A track, replayed through the sdk as a phone would.",
		Details: append(o.measurements(r), []report.Fact{
			{Label: "bundle", Value: o.bundle}, {Label: "space", Value: r.Space}, {Label: "packs", Value: strings.Join(o.packs, ", ")},
			{Label: "track", Value: cmp.Or(o.track, fmt.Sprintf("simulated with seed %d", o.seed))},
		}...),
	}
	return output.Write(o.html, page.Write)
}

// fixLabel says when a fix was, or which one it is on a track without times.
func fixLabel(t *geofile.Track, i int) string {
	if !t.Timed {
		return fmt.Sprintf("fix %d", i+1)
	}
	return t.Fixes[i].Time.UTC().Format("15:04:05")
}

// trailStops returns the stops of a replay for its page.
func trailStops(r *fieldtest.Result) []report.TrailStop {
	var out []report.TrailStop
	for i, s := range r.Stops {
		stop := report.TrailStop{Place: s.Place, Picture: report.Picture{Name: fmt.Sprintf("Stop %d", i+1)}, Time: stopTime(r, &s), Words: s.Seen}
		if e := s.Explanation; e != nil && e.Raster != nil {
			stop.Picture.Image = picture.Composite(e.Raster, e.Pixels)
		}
		out = append(out, stop)
	}
	return out
}

// stopTime says when a stop was and how long it took.
func stopTime(r *fieldtest.Result, s *fieldtest.Stop) string {
	minutes := fmt.Sprintf("%.0f min", s.To.Sub(s.From).Minutes())
	if !r.Track.Timed {
		return minutes
	}
	return fmt.Sprintf("%s to %s, %s", s.From.UTC().Format("15:04"), s.To.UTC().Format("15:04"), minutes)
}

// drawGround draws the map below the trail, unless the trail is too long for one picture.
func (o *fieldtestFlags) drawGround(trail *report.Trail) (err error) {
	const pixels = 450
	centre, metres := trail.Square()
	spec := raster.Spec{Metres: metres, Pixels: pixels}
	if raster.CheckSpec(spec) != nil {
		return nil
	}
	r, err := pipeline.OpenRegion(o.packs)
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

// packNames joins the names of packs without their folders.
func packNames(paths []string) string {
	var names []string
	for _, path := range paths {
		names = append(names, filepath.Base(path))
	}
	return strings.Join(names, ", ")
}
