package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/loc2vec/loc2vec/sdk"
	"github.com/loc2vec/loc2vec/trainer/internal/nearest"
	"github.com/loc2vec/loc2vec/trainer/internal/progress"
)

const (
	// gridMetres is the width of the cells among which similar places are searched unless --grid is given.
	gridMetres = 50
	// apartMetres is the distance between answers unless --min-distance-m is given: some streets.
	apartMetres = 500
)

// similarFlags are the flags of the verb similar.
type similarFlags struct {
	bundle   string
	packs    []string
	to, not  []string
	among    string
	lat, lon string // columns of coordinates
	name     string // column of --to that names its places
	k        int
	apart    float64
	areas    areaFlags
	format   string // table: text for people
	out      string
	sheet    string
	engine   engineFlags
}

// textFormat is the format of text for people.
const textFormat = "table"

// similarFormats are the values of --format.
func similarFormats() []string {
	return append([]string{textFormat}, slices.DeleteFunc(tableFormats(), func(name string) bool { return name == "npy" })...)
}

// newSimilar is the verb similar.
func newSimilar(std stdio) *cobra.Command {
	o := similarFlags{areas: areaFlags{verb: "similar"}}
	cmd := &cobra.Command{
		Use: "similar --bundle M.l2v --pack R.pmtiles --to PLACE|FILE [--among FILE]", GroupID: useGroup, Args: noArguments,
		Short: "find the places that are most like others",
		Long: `Find the places that are most like others, by the distances of their vectors: among the cells of a grid over the
packs, or among the places of a table. Tables are those that "embed" reads. Tables that it wrote have vectors, which
are not computed again; they must be of the model's embedding space.

Answers lie --min-distance-m apart, from the place that is asked for and from each other: otherwise the places around
one corner, which share most of their map, would be all the answers. 0 allows them, the place itself included. --not
names counterexamples: a place that is more like one of them than like the place that is asked for is no answer.

Each answer has its rank, the distance of the vectors, the kilometres between the places, what both have in common
(where the packs have them) and all columns of its table. See docs/similar.md.`,
		Example: `  loc2vec similar --bundle base --pack bremen.pmtiles --to 53.0757,8.8077
  loc2vec similar --bundle base --pack bremen.pmtiles --to 53.0757,8.8077 --among shops.csv -k 5 -o like.csv
  loc2vec similar --bundle base --pack bremen.pmtiles --to best.csv --not bad.csv --among sites.csv --sheet like.png
  loc2vec similar --bundle base --pack bremen.pmtiles,hamburg.pmtiles --to 53.0945,8.8225 --within 9.7,53.4,10.3,53.7`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.areas.note(cmd)
			return o.run(cmd.Context(), std)
		},
	}
	f := cmd.Flags()
	bundleFlag(cmd, &o.bundle, "")
	packFlag(cmd, &o.packs, "; may be left out if all tables have vectors")
	f.Var(repeated{&o.to}, "to", "PLACE|a place LAT,LON, or a table of places whose like is searched; may be repeated")
	f.StringVar(&o.among, "among", "", "FILE|a table of places to search among (default: a grid over the packs)")
	f.IntVarP(&o.k, "count", "k", 10, "N|answers to each place")
	f.Float64Var(&o.apart, "min-distance-m", apartMetres, "METRES|least distance on the ground between answers, and to the place that is asked for")
	f.Var(repeated{&o.not}, "not", "PLACE|a counterexample, LAT,LON or a table of them; may be repeated")
	f.Float64Var(&o.areas.grid, "grid", gridMetres, "METRES|width of the cells to search among, as in embed")
	f.StringVar(&o.areas.within, "within", "", "AREA|search only cells whose centres lie in the polygons of a GeoJSON file or in WEST,SOUTH,EAST,NORTH")
	f.Float64Var(&o.areas.maxPlaces, "max-places", maxPlaces, "N|refuse grids of more cells than this")
	f.StringVar(&o.format, "format", "", "NAME|format of the output: table (for people), csv, tsv, jsonl, geojson or parquet (default: by the ending of -o, else table)")
	f.StringVarP(&o.out, "output", "o", "", "FILE|write a file, whole or not at all (default: standard output)")
	f.StringVar(&o.sheet, "sheet", "", "FILE|write a picture (.png) of the places beside their answers")
	f.StringVar(&o.name, "name", "", "COLUMN|column of --to that names its places (default: name, title or id)")
	f.StringVar(&o.lat, "lat", "", "COLUMN|column of latitudes of all tables (default: guessed)")
	f.StringVar(&o.lon, "lon", "", "COLUMN|column of longitudes")
	o.engine.add(cmd)
	completeNames(cmd, "format", similarFormats)
	for _, flag := range []string{"to", "not", "among"} {
		completeFiles(cmd, flag, "csv", "tsv", "geojson", "jsonl", "gpx", "parquet", "gz")
	}
	completeFiles(cmd, "within", "geojson", "json")
	completeFiles(cmd, "output")
	completeFiles(cmd, "sheet", "png")
	return cmd
}

// check checks the flags, and sets the format of the output.
func (o *similarFlags) check() (err error) {
	switch {
	case o.bundle == "":
		return usagef("--bundle is needed")
	case len(o.to) == 0:
		return usagef("--to is needed: a place LAT,LON, or a table of places")
	case o.among == "" && len(o.packs) == 0:
		return usagef("--pack or --among is needed: where to search")
	case o.k < 1:
		return usagef("-k %d: want one answer or more", o.k)
	case !(o.apart >= 0):
		return usagef("--min-distance-m %v: want 0 or more", o.apart)
	case o.among != "" && (o.areas.set["grid"] || o.areas.set["within"] || o.areas.set["max-places"]):
		return usagef("--grid, --within and --max-places are for the grid over the packs: leave --among out")
	case !(o.areas.maxPlaces > 0):
		return usagef("--max-places must be more than 0")
	case (o.lat == "") != (o.lon == ""):
		return usagef("--lat and --lon go together")
	case o.among == "-" || slices.Contains(o.to, "-") || slices.Contains(o.not, "-"):
		return usagef("tables are files here: - is not read")
	case o.sheet != "" && !hasEnding(o.sheet, ".png"):
		return usagef("--sheet %s: want a file that ends with .png", o.sheet)
	case o.sheet != "" && len(o.packs) == 0:
		return usagef("--sheet needs --pack: the map to draw")
	}
	switch {
	case o.format == textFormat, o.format == "" && (o.out == "" || hasEnding(o.out, ".txt")):
		o.format = textFormat
	case o.format == "npy" || o.format == "" && hasEnding(o.out, ".npy"):
		return usagef("an .npy file has vectors alone, and no answers")
	default:
		if o.format, err = tableFormat(o.format, o.out); err != nil {
			return err
		}
	}
	inputs := slices.Concat([]string{o.bundle, o.among, o.areas.within}, o.to, o.not, o.packs)
	if err := checkOutput("-o", o.out, inputs...); err != nil {
		return err
	}
	return checkOutput("--sheet", o.sheet, inputs...)
}

// run answers the command.
func (o *similarFlags) run(ctx context.Context, std stdio) (err error) {
	if err := o.check(); err != nil {
		return err
	}
	opts, err := o.engine.options(std)
	if err != nil {
		return err
	}
	opts.RasterCache = rasterCacheBytes
	s := similarity{flags: o, std: std}
	if s.model, err = openModel(o.bundle, o.packs, opts); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.model.Close()) }()
	if err := s.readQueries(ctx); err != nil {
		return err
	}
	if s.store, err = nearest.NewStore(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.store.Close()) }()
	if s.among, err = o.source(); err != nil {
		return err
	}
	if err := s.among.fill(ctx, &s); err != nil {
		return err
	}
	if err := s.search(ctx); err != nil {
		return err
	}
	return s.tell(ctx)
}

// source returns where to search.
func (o *similarFlags) source() (haystack, error) {
	if o.among != "" {
		return &amongTable{source: o.table(o.among)}, nil
	}
	// The cells of a grid that is not given are those of the default.
	o.areas.set["grid"] = true
	return &amongGrid{areas: &o.areas}, nil
}

// table is a table of places in a file.
func (o *similarFlags) table(file string) tableSource {
	return tableSource{file: file, lat: o.lat, lon: o.lon, vectors: true}
}

// similarity is a search for similar places under way.
type similarity struct {
	flags   *similarFlags
	std     stdio
	model   *sdk.Model
	queries []similarQuery
	not     []similarQuery
	among   haystack
	store   *nearest.Store
	answers [][]nearest.Answer // by query
}

// search finds the answers.
func (s *similarity) search(ctx context.Context) (err error) {
	queries := make([]nearest.Query, len(s.queries))
	for i := range s.queries {
		queries[i] = s.queries[i].Query
	}
	o := nearest.Options{K: s.flags.k, Metric: s.model.Manifest().Distance, Apart: s.flags.apart}
	for i := range s.not {
		o.Not = append(o.Not, s.not[i].Vector)
	}
	bar := progress.New(s.std.err, "comparing", s.store.Len()*int64(len(queries)), progress.Items)
	defer bar.Close()
	o.Progress = func(done, total int64) {
		bar.SetTotal(total)
		bar.Set(done, "")
	}
	if s.answers, err = s.store.Search(ctx, queries, o); err != nil {
		return err
	}
	fewer := 0
	for _, found := range s.answers {
		if len(found) < s.flags.k {
			fewer++
		}
	}
	if fewer > 0 {
		fmt.Fprintf(s.std.err, "similar: %d of %d places have fewer than %d answers: there are no others, or none %g m apart (--min-distance-m)\n",
			fewer, len(queries), s.flags.k, s.flags.apart)
	}
	return nil
}
