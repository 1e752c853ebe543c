package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
)

// embedFlags are the flags of the verb embed.
type embedFlags struct {
	bundle     string
	packs      []string
	at, format string
	out        string
	quantise   bool
	stac       bool
	lat, lon   string
	engine     engineFlags
}

// newEmbed is the verb embed.
func newEmbed(std stdio) *cobra.Command {
	var o embedFlags
	cmd := &cobra.Command{
		Use: "embed --bundle M.l2v --pack R.pmtiles [--at LAT,LON | FILE]", GroupID: useGroup,
		Short: "print the vectors of places",
		Long: `Print the vectors of places: of one place, or of the places in a file (.csv, .geojson, .gpx, .parquet), or of CSV
rows or a Parquet file on standard input. Text may be compressed with gzip.

With -o FILE.parquet the vectors are written as GeoParquet, with all columns of a Parquet or CSV file, and a reason in the column
"error" of each row without a vector (docs/geoparquet.md).`,
		Example: `  loc2vec embed --bundle base --pack bremen.pmtiles --at 53.0757,8.8077
  loc2vec embed --bundle base --pack north.pmtiles,south.pmtiles places.csv > vectors.csv
  loc2vec embed --bundle base --pack bremen.pmtiles shops.parquet -o vectors.parquet --quantise --stac
  printf '53.0757,8.8077\n' | loc2vec embed --bundle base --pack bremen.pmtiles --format json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef("unexpected argument %q: places come from one file", args[1])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			file := "" // standard input
			if len(args) > 0 && args[0] != "-" {
				file = args[0]
			}
			return o.embed(cmd.Context(), std, file)
		},
	}
	bundleFlag(cmd, &o.bundle, "")
	packFlag(cmd, &o.packs, "")
	cmd.Flags().StringVar(&o.at, "at", "", "LAT,LON|one place, in degrees")
	cmd.Flags().StringVar(&o.format, "format", "", "NAME|format of the output: csv, or json with one object a line (default: json with --at, else csv)")
	cmd.Flags().StringVarP(&o.out, "output", "o", "", "FILE.parquet|write GeoParquet")
	cmd.Flags().BoolVar(&o.quantise, "quantise", false, "vectors as whole numbers of 8 bits, with a scale for each axis (with -o)")
	cmd.Flags().BoolVar(&o.stac, "stac", false, "write a STAC item beside the file (with -o)")
	cmd.Flags().StringVar(&o.lat, "lat", "", "COLUMN|column of latitudes of a Parquet file (default: its geometry, or guessed)")
	cmd.Flags().StringVar(&o.lon, "lon", "", "COLUMN|column of longitudes of a Parquet file")
	o.engine.add(cmd)
	completeNames(cmd, "format", vectorFormats)
	completeFiles(cmd, "output")
	completeArguments(cmd, "csv", "geojson", "gpx", "parquet", "gz")
	return cmd
}

func (o *embedFlags) embed(ctx context.Context, std stdio, file string) (err error) {
	switch {
	case o.bundle == "" || len(o.packs) == 0:
		return usagef("--bundle and --pack are needed")
	case o.at != "" && file != "":
		return usagef("give either --at or a file of places")
	case o.format == "":
		o.format = map[bool]string{true: "json", false: "csv"}[o.at != ""]
	}
	if err := o.checkParquet(file); err != nil {
		return err
	}
	opts, err := o.engine.options(std)
	if err != nil {
		return err
	}
	table, err := o.parquetInput(&std, file)
	if err != nil {
		return err
	}
	if table != nil {
		defer func() { err = errors.Join(err, table.close()) }()
	} else if o.lat != "" {
		return usagef("--lat and --lon name columns of a Parquet file")
	}
	if o.out != "" {
		return o.embedParquet(ctx, std, file, table, opts)
	}
	out, err := newVectorWriter(std.out, o.format)
	if err != nil {
		return err
	}
	places := func() ([]rowPlace, int, error) { return o.places(std, file) }
	if table != nil {
		places = func() ([]rowPlace, int, error) { return table.places(std) }
	}
	wanted, bad, err := places()
	if err != nil {
		return err
	}
	model, err := openModel(o.bundle, o.packs, opts)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, model.Close()) }()
	failed, err := (&embedding{model, out, std.err}).write(ctx, wanted)
	if err != nil {
		return err
	}
	if bad+failed > 0 {
		fmt.Fprintf(std.err, "embed: %d of %d places have a vector, %d could not be read, %d failed\n",
			len(wanted)-failed, len(wanted)+bad, bad, failed)
	}
	if failed == len(wanted) {
		return errors.New("no place has a vector")
	}
	return nil
}
