package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/osmextract"
	"github.com/loc2vec/loc2vec/osmextract/postgis"
	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
)

// runExtract makes a region pack from OpenStreetMap extracts or a database.
func runExtract(ctx context.Context, std stdio, args []string) error {
	f := newFlags(std, "extract", "-pbf F[,F...] | -postgis DSN -o R.pmtiles [flags]")
	pbf := f.String("pbf", "", "OpenStreetMap PBF `files`, separated by commas")
	dsn := f.String("postgis", "", "`DSN` of a PostGIS database that osm2pgsql has loaded, postgres://user@host/database or settings as for psql;\n"+
		"a password is better left to PGPASSWORD or ~/.pgpass, since other users can see a command line")
	box := f.String("bbox", "", "`W,S,E,N`: the part of the database to extract, in degrees (default: all of it)")
	tables := f.String("tables", "", "names of the database's tables of points, lines and polygons, as `P,L,A` (default: those of osm2pgsql)")
	output := f.String("o", "", "region pack to write, a `file` in PMTiles format")
	name := f.String("name", "", "`name` of the region (default: from the files' names)")
	water := f.String("water-polygons", "", "`file` of water polygons that replaces the sea made from coastlines (GeoJSON)")
	asJSON := f.Bool("json", false, "print the statistics as JSON to standard output")
	if err := f.parse(args, true); err != nil {
		return err
	}
	if f.NArg() > 0 && *dsn == "" {
		return usagef("unexpected argument %q: several files of -pbf are separated by commas", f.Arg(0))
	}
	if f.NArg() > 0 {
		// It may be part of a DSN, and is not repeated.
		return usagef("there is an argument that belongs to no flag: a DSN of several settings needs quotes")
	}
	opts := osmextract.Options{Name: *name, WaterPolygons: *water}
	if (*pbf == "") == (*dsn == "") || *output == "" {
		return usagef("-o and one of -pbf and -postgis are needed")
	}
	if *dsn == "" && (*box != "" || *tables != "") {
		return usagef("-bbox and -tables are for -postgis")
	}
	if *pbf != "" {
		opts.Files = strings.Split(*pbf, ",")
	}
	if err := checkOutput("-o", *output, append(opts.Files, *water)...); err != nil {
		return err
	}
	if *dsn != "" {
		db, err := openDatabase(ctx, std, *dsn, *box, *tables, &opts)
		if err != nil {
			return err
		}
		defer db.Close()
	}
	pack, err := pipeline.Extract(ctx, *output, opts, std.err)
	if errors.Is(err, osmextract.ErrEmptyBox) {
		return fmt.Errorf("-bbox %s, which is west, south, east and north: %w", *box, err)
	}
	if err != nil {
		return err
	}
	if opts.Features != nil && pack.Sea.Ways+pack.Sea.Polygons == 0 {
		fmt.Fprintln(std.err, "note: there is no coastline in the database, as is right away from the sea; "+
			"at the sea, load it with osm2pgsql --keep-coastlines, or give -water-polygons")
	}
	if *asJSON {
		return printJSON(std.out, struct {
			osmextract.Stats
			Seconds float64 `json:"seconds"`
		}{pack.Stats, pack.Took.Seconds()})
	}
	printExtractStats(std.err, *output, pack)
	return nil
}

// openDatabase opens a database as the source of an extraction.
func openDatabase(ctx context.Context, std stdio, dsn, box, tables string, opts *osmextract.Options) (*postgis.Database, error) {
	var names postgis.Tables
	if tables != "" {
		list := strings.Split(tables, ",")
		if len(list) != 3 {
			return nil, usagef("-tables %s: three names are needed, those of points, lines and polygons", tables)
		}
		names = postgis.Tables{Points: list[0], Lines: list[1], Polygons: list[2]}
	}
	if box != "" {
		b, err := parseBox(box)
		if err != nil {
			return nil, usagef("-bbox %s: %w", box, err)
		}
		opts.Box = &b
	}
	db, err := postgis.Open(ctx, dsn, postgis.Options{Tables: names})
	if err != nil {
		return nil, err
	}
	for _, hint := range db.Hints() {
		fmt.Fprintf(std.err, "note: %s\n", hint)
	}
	opts.Features = db
	return db, nil
}

// parseBox reads west, south, east and north in degrees. West may be greater than east: the box
// crosses the antimeridian.
func parseBox(s string) (loc2vec.Bounds, error) {
	var edges [4]float64
	fields := strings.Split(s, ",")
	if len(fields) != len(edges) {
		return loc2vec.Bounds{}, errors.New("four numbers are needed: west, south, east and north")
	}
	for i, field := range fields {
		v, err := strconv.ParseFloat(strings.TrimSpace(field), 64)
		if err != nil {
			return loc2vec.Bounds{}, fmt.Errorf("%q is not a number", field)
		}
		edges[i] = v
	}
	b := loc2vec.Bounds{Min: loc2vec.LatLon{Lat: edges[1], Lon: edges[0]}, Max: loc2vec.LatLon{Lat: edges[3], Lon: edges[2]}}
	if err := errors.Join(b.Min.Validate(), b.Max.Validate()); err != nil {
		return loc2vec.Bounds{}, err
	}
	if b.Min.Lat >= b.Max.Lat || b.Min.Lon == b.Max.Lon {
		return loc2vec.Bounds{}, errors.New("south must be below north, and west differ from east")
	}
	return b, nil
}

func printExtractStats(w io.Writer, path string, s *pipeline.Extracted) {
	from := "a database"
	if read := sourceBytes(&s.Stats); read > 0 {
		from = fmt.Sprintf("%.1f MB of PBF (%.2f)", float64(read)/1e6, float64(s.PackBytes)/float64(read))
	}
	fmt.Fprintf(w, "\n%s: %.1f MB from %s in %s\n", path, float64(s.PackBytes)/1e6, from, s.Took.Round(10*time.Millisecond))
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "layer\tshapes\tin tiles\t\n")
	for l := range loc2vec.Layer(loc2vec.NumLayers) {
		fmt.Fprintf(t, "%v\t%d\t%d\t\n", l, s.Shapes[l.String()], s.Pack.Features[l.String()])
	}
	t.Flush()
	fmt.Fprintf(w, "read: %d nodes, %d ways, %d relations\n", s.Nodes, s.Ways, s.Relations)
	fmt.Fprintf(w, "tiles: %d, %d different; %d more in the extract's box, where it maps nothing, left out\n", s.Pack.Tiles, s.Pack.Contents, s.Unmapped)
	fmt.Fprintf(w, "multipolygons: %d complete, %d in part, %d left out; %d with their tags on the outer ways, %d closed outside of the box\n",
		s.Areas.Complete, s.Areas.Open, s.Areas.Empty, s.Areas.OldStyle, s.Areas.Closed)
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

func sourceBytes(s *osmextract.Stats) int64 {
	bytes := int64(0)
	for _, source := range s.Pack.Sources {
		bytes += source.Bytes
	}
	return bytes
}
