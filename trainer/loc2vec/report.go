package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/bundle"
	"github.com/loc2vec/loc2vec/trainer/internal/output"
	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
	"github.com/loc2vec/loc2vec/trainer/internal/report"
	"github.com/loc2vec/loc2vec/trainer/internal/showcase"
)

// reportFlags are the flags of the verb report.
type reportFlags struct {
	bundle string
	packs  []string
	places string
	view   string
	seed   uint64
	engine engineFlags
	out    string
}

// newReport is the verb report.
func newReport(std stdio) *cobra.Command {
	o := reportFlags{bundle: pipeline.BaseModel}
	cmd := &cobra.Command{
		Use: "report --bundle M.l2v --pack R.pmtiles -o PAGE.html", GroupID: judgeGroup, Args: noArguments,
		Short: "make a page with pictures of what a model knows of a region",
		Long: `Make a page with pictures of what a model knows of a region: the region in the colours of its embedding, places that
are alike and places that are not, the nearest neighbours of places of yours or of places that differ, walks, ways and
sums of places. The page is one file that loads nothing from elsewhere. What it leaves out it names, with the reason.
See docs/report.md.

Places come from a table (.csv, .tsv, .geojson, .gpx, .parquet); a column "name" names them.`,
		Example: `  loc2vec report --bundle base --pack bremen.pmtiles -o bremen.html
  loc2vec report --bundle m.l2v --pack bremen.pmtiles,malta.pmtiles --places mine.csv -o page.html`,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.report(cmd.Context(), std) },
	}
	bundleFlag(cmd, &o.bundle, "")
	packFlag(cmd, &o.packs, "")
	outputFlag(cmd, &o.out, "FILE|page to write", "html")
	f := cmd.Flags()
	f.StringVar(&o.places, "places", "", "FILE|table of places whose neighbours are shown (default: places that differ)")
	f.StringVar(&o.view, "bbox", "", "W,S,E,N|part of the region that the map shows, in degrees (default: where most places are)")
	f.Uint64Var(&o.seed, "seed", 1, "N|seed of the places that are compared")
	o.engine.add(cmd)
	completeFiles(cmd, "places", "csv", "tsv", "geojson", "gpx", "parquet", "gz")
	return cmd
}

// check checks the flags and returns the view, which is zero where none is given.
func (o *reportFlags) check() (view loc2vec.Bounds, err error) {
	if o.bundle == "" || len(o.packs) == 0 || o.out == "" {
		return view, usagef("--bundle, --pack and -o are needed")
	}
	if o.view != "" {
		if view, err = parseBox(o.view); err != nil {
			return view, usagef("--bbox %q: %w", o.view, err)
		}
	}
	return view, checkOutput("-o", o.out, append([]string{o.bundle, o.places, o.engine.library}, o.packs...)...)
}

func (o *reportFlags) report(ctx context.Context, std stdio) (err error) {
	view, err := o.check()
	if err != nil {
		return err
	}
	var page report.Page
	places, err := o.readPlaces(ctx, std, &page)
	if err != nil {
		return err
	}
	model, encoder, err := o.engine.open(std, o.bundle)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, encoder.Close()) }()
	region, err := pipeline.OpenRegionFor(&model.Manifest, o.packs)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, region.Close()) }()
	if err := showcase.Fill(ctx, &page, showcase.Options{
		Bundle: model, Encoder: encoder, Region: region, Places: places, View: view, Seed: o.seed, Messages: std.err,
	}); err != nil {
		return err
	}
	o.describe(&page, model, std)
	return output.Write(o.out, page.Write)
}

// describe says what the page is of and how it was made.
func (o *reportFlags) describe(page *report.Page, b *bundle.Bundle, std stdio) {
	name := filepath.Base(o.bundle)
	page.Title = strings.TrimSuffix(packNames(o.packs), "."+packEnding)
	page.Intro = fmt.Sprintf("What the model %s knows of this region. It sees the map within %g m of a place and turns it into %d numbers: the nearer the numbers of two places, the more alike the places.",
		name, b.Manifest.Raster.Metres/2, loc2vec.Dimension)
	page.Details = []report.Fact{
		{Label: "bundle", Value: name}, {Label: "space", Value: b.Manifest.SpaceID}, {Label: "packs", Value: packNames(o.packs)},
		{Label: "seed", Value: fmt.Sprint(o.seed)}, {Label: "command", Value: std.command},
	}
}
