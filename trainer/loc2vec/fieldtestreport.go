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

// facts returns the results as people read them.
func (o *fieldtestFlags) facts(r *fieldtest.Result) []report.Fact {
	share := func(v float64) string { return fmt.Sprintf("%.1f %%", 100*v) }
	of := "recorded"
	if o.generate > 0 {
		of = "simulated, not recorded"
	}
	if !r.Track.Timed {
		of += ", without times: one fix a second is assumed"
	}
	p, l, n, c := r.Places, r.Replay.Latency, r.Noise, r.Cost
	stability := report.Fact{Label: "stability", Value: "not measured", Note: "needs fixes seconds apart and places 500 m apart"}
	if n.Fixes > 0 && n.Unrelated > 0 {
		stability.Value = share(n.Stability)
		stability.Note = fmt.Sprintf("noise of %.1f m moves a vector by %.2f, another place by %.2f (medians)", n.Metres.Median, n.Distance.Median, n.Unrelated)
	}
	return []report.Fact{
		{Label: "track", Value: fmt.Sprintf("%.1f km in %.2f h", r.Track.Kilometres, r.Track.Hours), Note: fmt.Sprintf("%d fixes, %s", r.Track.Fixes, of)},
		{Label: "places recognised", Value: fmt.Sprintf("%d of %d", p.Recognised, p.Returns), Note: fmt.Sprintf("returns to %d places; by chance %.1f", p.Places, p.Chance)},
		stability,
		{Label: "outside", Value: share(r.Replay.Outside), Note: "of the fixes lie outside every region"},
		{Label: "unmapped", Value: share(r.Replay.Unmapped), Note: fmt.Sprintf("of the fixes; on average %s of the surroundings are mapped", share(r.Replay.Mapped))},
		{Label: "vectors", Value: fmt.Sprint(r.Replay.Computed), Note: fmt.Sprintf("computed; %d fixes reused the previous one", r.Replay.Reused)},
		{Label: "latency", Value: fmt.Sprintf("%.1f ms", l.Median), Note: fmt.Sprintf("median; 95th percentile %.1f, 99th %.1f, maximum %.1f ms; %s", l.P95, l.P99, l.Max, r.Engine)},
		{Label: "processor time", Value: fmt.Sprintf("%.2f s", c.CPUSecondsPerHour), Note: fmt.Sprintf("per hour of track, on this machine; %.2f s in total", c.CPUSeconds)},
		{Label: "memory", Value: fmt.Sprintf("%.1f MB", c.Resident.Median-c.ResidentBefore), Note: fmt.Sprintf("more resident memory than before, at most %.1f MB", c.Resident.Max-c.ResidentBefore)},
	}
}

// writePage writes the page with the track over a faint map.
func (o *fieldtestFlags) writePage(r *fieldtest.Result, t *geofile.Track) (err error) {
	trail := &report.Trail{Dimension: loc2vec.Dimension}
	for i, outcome := range r.Outcomes {
		trail.Places = append(trail.Places, outcome.Place)
		trail.Known = append(trail.Known, outcome.Known)
		trail.Vectors = append(trail.Vectors, outcome.Result.Vector.Values[:]...)
		trail.Breaks = append(trail.Breaks, i > 0 && t.Broken(i))
	}
	if err := o.drawGround(trail); err != nil {
		return err
	}
	facts := o.facts(r)
	page := &report.Page{
		Title: "Field test: " + packNames(o.packs), Facts: facts[1:], Trail: trail,
		Intro: "A track, replayed through the sdk as a phone would: " + facts[0].Value + ", " + facts[0].Note + ".",
		Details: []report.Fact{
			{Label: "bundle", Value: o.bundle}, {Label: "space", Value: r.Space}, {Label: "packs", Value: strings.Join(o.packs, ", ")},
			{Label: "track", Value: cmp.Or(o.track, fmt.Sprintf("simulated with seed %d", o.seed))},
		},
	}
	return output.Write(o.html, page.Write)
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
