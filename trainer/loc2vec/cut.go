package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/area"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/sdk/store"
	"github.com/loc2vec/loc2vec/trainer/internal/geofile"
	"github.com/loc2vec/loc2vec/trainer/internal/output"
	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
	"github.com/loc2vec/loc2vec/trainer/internal/printable"
	"github.com/loc2vec/loc2vec/trainer/internal/progress"
)

// cutFlags are the flags of the verb cut.
type cutFlags struct {
	within, track string
	corridor      float64
	bundle        string
	out, name     string
	asJSON        bool
}

// newCut is the verb cut.
func newCut(std stdio) *cobra.Command {
	o := cutFlags{bundle: pipeline.BaseModel}
	cmd := &cobra.Command{
		Use: "cut R.pmtiles -o X.pmtiles", GroupID: makeGroup, Args: cobra.ArbitraryArgs,
		Short: "cut a region pack to a box, polygons or the corridor of a track",
		Long: `Cut a region pack to a smaller area: a box, the polygons of a GeoJSON file, the corridor of a track, or
several of them together. Every place that the cut covers has the same vector as in the whole pack. A cut is
another file: sign it anew (docs/cut.md).`,
		Example: `  loc2vec cut germany.pmtiles --within 8.7,53.0,8.9,53.1 -o bremen.pmtiles
  loc2vec cut germany.pmtiles --within harz.geojson -o harz.pmtiles --name Harz
  loc2vec cut germany.pmtiles --track ride.gpx --corridor 1000 -o ride.pmtiles`,
		RunE: func(cmd *cobra.Command, args []string) error { return o.cut(cmd.Context(), std, args) },
	}
	f := cmd.Flags()
	outputFlag(cmd, &o.out, "FILE|region pack to write, in PMTiles format", packEnding)
	f.StringVar(&o.within, "within", "", "AREA|the polygons of a GeoJSON file or WEST,SOUTH,EAST,NORTH")
	f.StringVar(&o.track, "track", "", "FILE|track in GPX, NMEA or CSV, whose corridor is cut")
	f.Float64Var(&o.corridor, "corridor", 0, "METRES|width of the corridor on either side of the track")
	f.StringVar(&o.name, "name", "", "NAME|name of the region (default: that of the pack)")
	bundleFlag(cmd, &o.bundle, " that is to read the cut: the tiles in its windows are kept")
	jsonFlag(cmd, &o.asJSON, "the cut's metadata")
	completeFiles(cmd, "within", "geojson", "json")
	completeFiles(cmd, "track", "gpx", "nmea", "csv")
	completeArguments(cmd, packEnding)
	return cmd
}

func (o *cutFlags) cut(ctx context.Context, std stdio, files []string) (err error) {
	switch {
	case len(files) != 1:
		return usagef("one region pack is needed")
	case o.out == "":
		return usagef("--output (-o) is missing: the region pack to write")
	case o.within == "" && o.track == "":
		return usagef("--within or --track is missing: the area to cut")
	case (o.track == "") != (o.corridor == 0):
		return usagef("--track and --corridor belong together")
	}
	if err := checkOutput("--output", o.out, files[0], o.within, o.track, o.bundle); err != nil {
		return err
	}
	b, err := pipeline.OpenBundle(o.bundle)
	if err != nil {
		return err
	}
	boxes, corners, err := o.area(ctx)
	if err != nil {
		return err
	}
	p, err := pack.OpenFile(files[0])
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()

	start := time.Now()
	opts := pack.CutOptions{Within: boxes, Reach: b.Manifest.Raster.Radius(), Name: o.name}
	cut, err := writeCut(ctx, std.err, p, o.out, opts)
	if errors.Is(err, loc2vec.ErrNoCoverage) && swappedMeets(boxes, p.Metadata().Area) {
		return fmt.Errorf("%w; the area's latitude and longitude look swapped: longitude comes first", err)
	}
	if err != nil {
		return err
	}
	if o.asJSON {
		return printJSON(std.out, cut)
	}
	return o.report(std.err, p, cut, corners, time.Since(start))
}

// swappedMeets reports whether boxes with latitude and longitude exchanged meet what a pack covers.
func swappedMeets(boxes, covered []loc2vec.Bounds) bool {
	pack := area.FromBoxes(covered)
	return slices.ContainsFunc(boxes, func(b loc2vec.Bounds) bool {
		b.Min.Lat, b.Min.Lon, b.Max.Lat, b.Max.Lon = b.Min.Lon, b.Min.Lat, b.Max.Lon, b.Max.Lat
		return pack.Meets(b)
	})
}

// area returns boxes that contain the area, and corners of it.
func (o *cutFlags) area(ctx context.Context) (boxes []loc2vec.Bounds, corners []loc2vec.LatLon, err error) {
	if o.within != "" {
		within, err := readWithin(ctx, o.within)
		if err != nil {
			return nil, nil, err
		}
		if boxes, err = within.Cover(ctx); err != nil {
			return nil, nil, err
		}
		corners = within.Corners()
	}
	if o.track == "" {
		return boxes, corners, nil
	}
	track, err := readTrack(ctx, o.track)
	if err != nil {
		return nil, nil, err
	}
	parts := trackParts(track)
	corridor, err := area.NewCorridor(parts, o.corridor)
	if err != nil {
		return nil, nil, usagef("--corridor: %w", err)
	}
	around, err := corridor.Cover(ctx)
	return append(boxes, around...), slices.Concat(append(parts, corners)...), err
}

// trackParts returns the places of a track, a list for each part between breaks.
func trackParts(track *geofile.Track) [][]loc2vec.LatLon {
	var parts [][]loc2vec.LatLon
	for i, fix := range track.Fixes {
		if track.Broken(i) {
			parts = append(parts, nil)
		}
		last := &parts[len(parts)-1]
		*last = append(*last, fix.Place)
	}
	return parts
}

// writeCut writes a cut, whole or not at all, and shows the progress.
func writeCut(ctx context.Context, messages io.Writer, p *pack.Reader, path string, opts pack.CutOptions) (cut *pack.Metadata, err error) {
	bar := progress.New(messages, "cut", 0, progress.Bytes)
	defer bar.Close()
	opts.Progress = func(done, total int64) {
		if done <= total/2 { // checking; writing is a moment
			bar.SetTotal(total / 2)
			bar.Set(done, "")
		}
	}
	err = output.Write(path, func(w io.Writer) error {
		cut, err = p.Cut(ctx, w, opts)
		return err
	})
	return cut, err
}

// report prints what a cut holds, and what a user may have overlooked.
func (o *cutFlags) report(w io.Writer, p *pack.Reader, cut *pack.Metadata, corners []loc2vec.LatLon, took time.Duration) error {
	info, err := os.Stat(o.out)
	if err != nil {
		return err
	}
	whole := p.Metadata()
	fmt.Fprintf(w, "\n%s: %.2f MB in %s; %d of %d tiles; covers %.4g of %.4g km²\n", printable.Text(o.out), float64(info.Size())/1e6,
		took.Round(10*time.Millisecond), cut.Tiles, whole.Tiles, squareKilometres(cut), squareKilometres(whole))
	outside := 0
	for _, place := range corners {
		inside, err := p.Contains(place)
		if err != nil {
			return err
		}
		if !inside {
			outside++
		}
	}
	if outside > 0 {
		fmt.Fprintf(w, "note: %d of %d corners of the area are outside of what the pack covers, and so of the cut\n", outside, len(corners))
	}
	if _, err := os.Stat(o.out + store.SignatureEnding); err == nil {
		fmt.Fprintf(w, "note: %s is the signature of another file: sign the cut anew\n", printable.Text(o.out+store.SignatureEnding))
	}
	return nil
}

// squareKilometres returns the size of the boxes that a pack covers.
func squareKilometres(m *pack.Metadata) float64 { return area.FromBoxes(m.Area).SquareMetres() / 1e6 }
