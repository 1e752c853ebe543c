package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/location"
	"github.com/loc2vec/loc2vec/trainer/internal/progress"
	"github.com/loc2vec/loc2vec/trainer/internal/table"
)

// embedFlags are the flags of the verb embed.
type embedFlags struct {
	bundle       string
	packs        []string
	places       tableSource
	format       string
	vectorColumn bool
	out          string
	quantise     bool
	stac         bool
	order        string // of two coordinates in a column
	coverages    bool
	areas        areaFlags
	isArea       bool // cells or polygons are embedded, not places
	engine       engineFlags
}

// newEmbed is the verb embed.
func newEmbed(std stdio) *cobra.Command {
	var o embedFlags
	cmd := &cobra.Command{
		Use: "embed --bundle M.l2v --pack R.pmtiles [--at LAT,LON | FILE]", GroupID: useGroup,
		Short: "print the vectors of places",
		Long: `Print the vectors of places: of one place, or of the places in a table: a file (.csv, .tsv, .geojson, .jsonl, .gpx,
.parquet) or standard input. Text may be compressed with gzip.

All columns of the table are carried through in their order, and every row has its row. Added are the vector (v0, v1
and so on in CSV, or one column with --vector-column), mapped, unmapped, region and error: why a row has no vector. The
format of the output is that of the ending of -o: .csv, .tsv, .jsonl, .geojson, .parquet (GeoParquet) or .npy. GeoJSON
and GeoParquet name the embedding space; "inspect" does so for the model of other files. See docs/tables.md.

Without places: the vectors of the cells of a grid (--grid, --s2, --h3) or of polygons (--polygons). --grid has the
vector of the centre of each cell. The others have the mean of places that are evenly spread inside, with their count,
the spread around the mean and the place nearest to it. See docs/areas.md.`,
		Example: `  loc2vec embed --bundle base --pack bremen.pmtiles --at 53.0757,8.8077
  loc2vec embed --bundle base --pack north.pmtiles,south.pmtiles places.csv > vectors.csv
  loc2vec embed --bundle base --pack bremen.pmtiles shops.csv --lat breite --lon laenge -o shops.geojson
  loc2vec embed --bundle base --pack bremen.pmtiles shops.parquet -o vectors.parquet --quantise --stac
  loc2vec embed --bundle base --pack bremen.pmtiles --grid 50 -o bremen.parquet
  loc2vec embed --bundle base --pack bremen.pmtiles --h3 9 --within 8.7,53.05,8.9,53.1 -o cells.geojson
  loc2vec embed --bundle base --pack bremen.pmtiles --polygons districts.geojson -o districts.csv
  printf '53.0757,8.8077\n' | loc2vec embed --bundle base --pack bremen.pmtiles --format json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef("unexpected argument %q: places come from one file", args[1])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 && args[0] != "-" {
				o.places.file = args[0]
			}
			o.isArea = o.areas.note(cmd)
			return o.embed(cmd.Context(), std)
		},
	}
	bundleFlag(cmd, &o.bundle, "")
	packFlag(cmd, &o.packs, "")
	cmd.Flags().StringVar(&o.places.at, "at", "", "LAT,LON|one place, in degrees")
	cmd.Flags().StringVar(&o.format, "format", "", "NAME|format of the output: csv, tsv, jsonl (one object a line), geojson, parquet or npy (default: by the ending of -o; jsonl with --at, else csv)")
	cmd.Flags().StringVarP(&o.out, "output", "o", "", "FILE|write a file, whole or not at all (default: standard output)")
	cmd.Flags().BoolVar(&o.quantise, "quantise", false, "vectors as whole numbers of 8 bits, with a scale for each axis (with -o FILE.parquet)")
	cmd.Flags().BoolVar(&o.stac, "stac", false, "write a STAC item beside the file (with -o FILE.parquet)")
	cmd.Flags().BoolVar(&o.vectorColumn, "vector-column", false, "one column for the vector in CSV, such as [0.5,-1.25]")
	cmd.Flags().StringVar(&o.places.format, "input-format", "", "NAME|format of standard input: csv, geojson, gpx or jsonl (default: csv; Parquet is recognised)")
	cmd.Flags().StringVar(&o.places.lat, "lat", "", "COLUMN|column of latitudes of a CSV or Parquet file (default: its geometry, or guessed)")
	cmd.Flags().StringVar(&o.places.lon, "lon", "", "COLUMN|column of longitudes")
	cmd.Flags().StringVar(&o.places.combined, "coordinates", "", "COLUMN|column of both coordinates, such as 53.07,8.80, POINT (8.80 53.07) or GeoJSON (default: guessed)")
	cmd.Flags().StringVar(&o.order, "coordinates-order", "", "ORDER|lat,lon or lon,lat: that of pairs of numbers in one column (default: the one that lies in the packs)")
	cmd.Flags().BoolVar(&o.coverages, "coverages", false, "columns with the share of the window that each layer covers: cover_water and so on")
	o.areas.add(cmd)
	o.engine.add(cmd)
	completeNames(cmd, "format", tableFormats)
	completeNames(cmd, "input-format", inputFormats)
	completeFiles(cmd, "output")
	completeArguments(cmd, "csv", "tsv", "geojson", "geojsonl", "jsonl", "gpx", "parquet", "gz")
	return cmd
}

// inputFormats are the values of --input-format.
func inputFormats() []string { return []string{"csv", "geojson", "gpx", "jsonl"} }

// check checks the flags, and sets the format of the output.
func (o *embedFlags) check() (err error) {
	file := o.places.file
	switch {
	case o.bundle == "" || len(o.packs) == 0:
		return usagef("--bundle and --pack are needed")
	case o.places.at != "" && file != "":
		return usagef("give either --at or a file of places")
	case (o.places.lat == "") != (o.places.lon == ""):
		return usagef("--lat and --lon go together")
	case o.places.lat != "" && o.places.combined+o.order != "":
		return usagef("--coordinates names a column of both: --lat and --lon are not needed")
	case o.places.format != "" && !slices.Contains(inputFormats(), o.places.format):
		return usagef("--input-format %q: want csv, geojson, gpx or jsonl", o.places.format)
	case o.places.format != "" && file != "":
		return usagef("--input-format is for standard input")
	case o.format == "" && o.places.at != "" && o.out == "":
		o.format = "jsonl"
	}
	if o.order != "" {
		var known bool
		if o.places.pairs.Order, known = location.ParseOrder(o.order); !known {
			return usagef("--coordinates-order %q: want lat,lon or lon,lat", o.order)
		}
	}
	if err := o.areas.check(o, file); err != nil {
		return err
	}
	if o.format, err = tableFormat(o.format, o.out); err != nil {
		return err
	}
	if o.format == "npy" && o.coverages {
		return usagef("--coverages: a .npy file has no columns besides the vectors")
	}
	if o.format != "parquet" && (o.quantise || o.stac) {
		return usagef("--quantise and --stac are for GeoParquet: -o FILE.parquet")
	}
	if o.out == "" {
		return nil
	}
	inputs := append([]string{o.bundle, file, o.areas.polygons, o.areas.within}, o.packs...)
	if o.stac {
		if err := checkOutput("--stac", stacPath(o.out), inputs...); err != nil {
			return err
		}
	}
	return checkOutput("-o", o.out, inputs...)
}

func (o *embedFlags) embed(ctx context.Context, std stdio) (err error) {
	if err := o.check(); err != nil {
		return err
	}
	opts, err := o.engine.options(std)
	if err != nil {
		return err
	}
	if o.isArea {
		return o.embedAreas(ctx, std, opts)
	}
	var rows tableEmbedding
	o.places.pairs.Covers = func(place loc2vec.LatLon) bool { return rows.covers(place) }
	o.places.pairs.Tell = func(message string) { fmt.Fprintf(std.err, "embed: %s\n", message) }
	input, err := o.places.open(ctx, std)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, input.Close()) }()
	opts.Coverage = o.coverages
	model, err := openModel(o.bundle, o.packs, opts)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, model.Close()) }()
	out := tableOutput{
		format: o.format, path: o.out, out: std.data, verb: o.areas.verb, single: o.vectorColumn, space: model.Manifest().SpaceID, messages: std.err,
		parquet: parquetOutput{embeddings: describeVectors(o.bundle, o.packs, model), quantise: o.quantise},
	}
	rows = tableEmbedding{failures: rowErrors{verb: o.areas.verb, format: o.format, messages: std.err}, model: model, regions: model.Regions(), input: input, coverages: o.coverages}
	out.places = o.places.lat == "" && needsPlaces(o.format, input.Columns())
	rows.places = out.places
	ours := addedColumns(o.coverages)
	if o.places.at != "" {
		rows.space = out.space
		ours = append(ours, table.Column{Name: "space", Type: table.Text})
	} else {
		rows.bar = progress.New(std.err, "embedding", input.total(0), progress.Items)
		defer rows.bar.Close()
	}
	schema := out.schema(input.Columns(), ours)
	out.parquet.embeddings.Coverages = describeCoverages(schema.Columns, ours)
	err = out.write(schema, func(w table.Writer) error { return rows.write(ctx, w) })
	if errors.Is(err, table.ErrOrder) {
		err = fmt.Errorf("%w: say which with --coordinates-order", err)
	}
	if err != nil || !o.stac {
		return err
	}
	return out.parquet.writeItem(o.out, schema.Dimensions, moduleVersion())
}
