package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/loc2vec/loc2vec/osmextract"
	"github.com/loc2vec/loc2vec/osmextract/postgis"
	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
)

// extractFlags are the flags of the verb extract.
type extractFlags struct {
	out, name, water string
	dsn, box         string
	tables           []string
	asJSON           bool
}

// newExtract is the verb extract.
func newExtract(std stdio) *cobra.Command {
	var o extractFlags
	cmd := &cobra.Command{
		Use: "extract FILE... -o R.pmtiles", GroupID: makeGroup, Args: cobra.ArbitraryArgs,
		Short: "make a region pack from OpenStreetMap extracts or a PostGIS database",
		Long: `Make a region pack from OpenStreetMap extracts (.osm.pbf, .osm, .osm.gz) or from a PostGIS database that osm2pgsql
has loaded. Elements that several files hold are used once. If the output is a symbolic link, its target is written.`,
		Example: `  loc2vec extract bremen.osm.pbf -o bremen.pmtiles
  loc2vec extract north.osm.pbf south.osm.pbf -o both.pmtiles --name "North and South"
  loc2vec extract --postgis "host=db dbname=osm" --bbox 7.40,43.72,7.44,43.76 -o monaco.pmtiles`,
		RunE: func(cmd *cobra.Command, args []string) error { return o.extract(cmd.Context(), std, args) },
	}
	f := cmd.Flags()
	outputFlag(cmd, &o.out, "FILE|region pack to write, in PMTiles format", packEnding)
	f.StringVar(&o.name, "name", "", "NAME|name of the region (default: from the files' names)")
	f.StringVar(&o.water, "water-polygons", "", "FILE|water polygons in GeoJSON, which replace the sea made from coastlines")
	f.StringVar(&o.dsn, "postgis", "", "DSN|PostGIS database loaded by osm2pgsql, postgres://user@host/database or settings as for psql; "+
		"other users can see a command line, so leave a password to PGPASSWORD or ~/.pgpass")
	f.StringVar(&o.box, "bbox", "", "W,S,E,N|part of the database to extract, in degrees (default: all of it)")
	listFlag(cmd, &o.tables, "tables", "P,L,A|the database's tables of points, lines and polygons (default: those of osm2pgsql)")
	jsonFlag(cmd, &o.asJSON, "the statistics")
	completeFiles(cmd, "water-polygons", "geojson", "json")
	completeArguments(cmd, "pbf", "osm", "gz")
	return cmd
}

func (o *extractFlags) extract(ctx context.Context, std stdio, files []string) error {
	switch {
	case len(files) > 0 && o.dsn != "":
		// An argument may be part of a DSN, and is not repeated.
		return usagef("--postgis takes no files; a DSN of several settings needs quotes")
	case len(files) == 0 && o.dsn == "":
		return usagef("files of OpenStreetMap data or --postgis are needed")
	case o.out == "":
		return usagef("--output (-o) is missing: the region pack to write")
	case o.dsn == "" && (o.box != "" || len(o.tables) > 0):
		return usagef("--bbox and --tables are for --postgis")
	}
	if err := checkOutput("--output", o.out, append(files, o.water)...); err != nil {
		return err
	}
	opts := osmextract.Options{Files: files, Name: o.name, WaterPolygons: o.water}
	if o.dsn != "" {
		db, err := o.open(ctx, std, &opts)
		if err != nil {
			return err
		}
		defer db.Close()
	}
	made, err := pipeline.Extract(ctx, pipeline.ExtractOptions{Options: opts, Out: o.out, Messages: std.err})
	if errors.Is(err, osmextract.ErrEmptyBox) {
		return fmt.Errorf("--bbox %s, which is west, south, east and north: %w", o.box, err)
	}
	if err != nil {
		return err
	}
	if opts.Features != nil && made.Sea.Ways+made.Sea.Polygons == 0 {
		fmt.Fprintln(std.err, "note: the database has no coastline, which is right inland; "+
			"for a region at the sea load it with osm2pgsql --keep-coastlines, or give --water-polygons")
	}
	if o.asJSON {
		return printJSON(std.out, struct {
			osmextract.Stats
			Seconds float64 `json:"seconds"`
		}{made.Stats, made.Took.Seconds()})
	}
	printExtractStats(std.err, o.out, made)
	return nil
}

// open opens a database as the source of an extraction.
func (o *extractFlags) open(ctx context.Context, std stdio, opts *osmextract.Options) (*postgis.Database, error) {
	var names postgis.Tables
	if len(o.tables) > 0 {
		if len(o.tables) != 3 {
			return nil, usagef("--tables %s: three names are needed, those of points, lines and polygons", strings.Join(o.tables, ","))
		}
		names = postgis.Tables{Points: o.tables[0], Lines: o.tables[1], Polygons: o.tables[2]}
	}
	if o.box != "" {
		b, err := parseBox(o.box)
		if err != nil {
			return nil, usagef("--bbox %s: %w", o.box, err)
		}
		opts.Box = &b
	}
	db, err := postgis.Open(ctx, o.dsn, postgis.Options{Tables: names})
	if err != nil {
		return nil, err
	}
	for _, hint := range db.Hints() {
		fmt.Fprintf(std.err, "note: %s\n", hint)
	}
	opts.Features = db
	return db, nil
}
