package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/google/renameio/v2"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/osmextract"
	"github.com/loc2vec/loc2vec/trainer/internal/progress"
)

// runExtract makes a region pack from OpenStreetMap extracts.
func runExtract(ctx context.Context, std stdio, args []string) error {
	f := newFlags(std, "extract", "-pbf F[,F...] -o R.pmtiles [flags]")
	pbf := f.String("pbf", "", "OpenStreetMap PBF `files`, separated by commas")
	output := f.String("o", "", "region pack to write, a `file` in PMTiles format")
	name := f.String("name", "", "`name` of the region (default: from the files' names)")
	water := f.String("water-polygons", "", "`file` of water polygons that replaces the sea made from coastlines (GeoJSON)")
	asJSON := f.Bool("json", false, "print the statistics as JSON to standard output")
	if err := f.parse(args, false); err != nil {
		return err
	}
	if *pbf == "" || *output == "" {
		return usagef("-pbf and -o are needed")
	}
	stats, took, err := extractTo(ctx, std, *output, osmextract.Options{
		PBF: strings.Split(*pbf, ","), Name: *name, WaterPolygons: *water,
	})
	if err != nil {
		return err
	}
	if *asJSON {
		e := json.NewEncoder(std.out)
		e.SetIndent("", "  ")
		return e.Encode(struct {
			osmextract.Stats
			Seconds float64 `json:"seconds"`
		}{stats, took.Seconds()})
	}
	printExtractStats(std.err, *output, &stats, took)
	return nil
}

// extractTo extracts to the file at path, which appears when everything has gone well.
func extractTo(ctx context.Context, std stdio, path string, opts osmextract.Options) (_ osmextract.Stats, took time.Duration, err error) {
	start := time.Now()
	file, err := renameio.NewPendingFile(path, renameio.WithPermissions(0o644))
	if err != nil {
		return osmextract.Stats{}, 0, fmt.Errorf("extract: %w", err)
	}
	defer func() { err = errors.Join(err, file.Cleanup()) }()
	bars := stageBars{out: std.err}
	opts.Progress = bars.show
	stats, err := osmextract.Extract(ctx, file, opts)
	bars.close()
	if err != nil {
		return stats, 0, err
	}
	if err := file.CloseAtomicallyReplace(); err != nil {
		return stats, 0, fmt.Errorf("extract: %w", err)
	}
	return stats, time.Since(start), nil
}

// stageBars shows a bar for each stage of an extraction.
type stageBars struct {
	out   io.Writer
	stage string
	bar   *progress.Bar
}

func (b *stageBars) show(p osmextract.Progress) {
	if p.Stage != b.stage || b.bar == nil {
		b.close()
		b.stage = p.Stage
		b.bar = progress.New(b.out, "extract: "+p.Stage, p.Total, progress.Unit(p.Unit))
	}
	b.bar.Set(p.Done, "")
}

func (b *stageBars) close() {
	if b.bar != nil {
		b.bar.Close()
		b.bar = nil
	}
}

func printExtractStats(w io.Writer, path string, s *osmextract.Stats, took time.Duration) {
	read := int64(0)
	for _, source := range s.Pack.Sources {
		read += source.Bytes
	}
	fmt.Fprintf(w, "\n%s: %.1f MB from %.1f MB of PBF (%.2f) in %s\n", path,
		float64(s.PackBytes)/1e6, float64(read)/1e6, float64(s.PackBytes)/float64(read), took.Round(10*time.Millisecond))
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "layer\tshapes\tin tiles\t\n")
	for l := range loc2vec.Layer(loc2vec.NumLayers) {
		fmt.Fprintf(t, "%v\t%d\t%d\t\n", l, s.Shapes[l.String()], s.Pack.Features[l.String()])
	}
	t.Flush()
	fmt.Fprintf(w, "read: %d nodes, %d ways, %d relations\n", s.Nodes, s.Ways, s.Relations)
	fmt.Fprintf(w, "tiles: %d, %d different; %d more in the extract's box, where it maps nothing, left out\n", s.Pack.Tiles, s.Pack.Contents, s.Unmapped)
	fmt.Fprintf(w, "multipolygons: %d complete, %d in part, %d left out; %d with their tags on the outer ways\n",
		s.Areas.Complete, s.Areas.Open, s.Areas.Empty, s.Areas.OldStyle)
	fmt.Fprintf(w, "sea: %d coastline ways, %d tiles with coast, %d of sea alone\n", s.Sea.Ways, s.Sea.Mixed, s.Sea.Whole)
	for _, dropped := range []struct {
		n    int
		what string
	}{
		{s.Outside, "shapes outside the covered area, left out"},
		{s.MissingNodes + s.Areas.MissingNodes, "nodes of ways that no file holds, left out"},
		{s.BrokenWays, "ways with too few known nodes, left out"},
		{s.Areas.MissingWays, "members of multipolygons that no file holds"},
		{s.Unplaced, "nodes that are not on Earth, left out"},
		{s.Repeated, "objects in several files, used once"},
	} {
		if dropped.n > 0 {
			fmt.Fprintf(w, "%d %s\n", dropped.n, dropped.what)
		}
	}
}
