package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/sdk"
	"github.com/loc2vec/loc2vec/sdk/base"
	"github.com/loc2vec/loc2vec/trainer/internal/geofile"
	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
)

// embedFlags are the flags of the verb embed.
type embedFlags struct {
	bundle     string
	packs      []string
	at, format string
	engine     engineFlags
}

// newEmbed is the verb embed.
func newEmbed(std stdio) *cobra.Command {
	var o embedFlags
	cmd := &cobra.Command{
		Use: "embed --bundle M.l2v --pack R.pmtiles [--at LAT,LON | FILE]", GroupID: useGroup,
		Short: "print the vectors of places",
		Long: `Print the vectors of places: of one place, or of the places in a file (.csv, .geojson, .gpx), or of CSV rows
on standard input.`,
		Example: `  loc2vec embed --bundle base --pack bremen.pmtiles --at 53.0757,8.8077
  loc2vec embed --bundle base --pack north.pmtiles,south.pmtiles places.csv > vectors.csv
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
	cmd.Flags().StringVar(&o.at, "at", "", "one place, `LAT,LON` in degrees")
	cmd.Flags().StringVar(&o.format, "format", "", "`FORMAT` of the output: csv, or json with one object a line (default: json with --at, else csv)")
	o.engine.add(cmd)
	completeNames(cmd, "format", vectorFormats)
	completeArguments(cmd, "csv", "geojson", "gpx")
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
	opts, err := o.engine.options(std)
	if err != nil {
		return err
	}
	out, err := newVectorWriter(std.out, o.format)
	if err != nil {
		return err
	}
	wanted, bad, err := o.places(std, file)
	if err != nil {
		return err
	}
	model, err := openModel(o.bundle, o.packs, opts)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, model.Close()) }()
	failed, err := embedAll(ctx, std.err, model, wanted, out)
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

// openModel opens a bundle with region packs.
func openModel(bundle string, packs []string, opts sdk.Options) (*sdk.Model, error) {
	var model *sdk.Model
	var err error
	if bundle == pipeline.BaseModel {
		model, err = sdk.OpenBytes(base.Bundle(), opts)
	} else {
		model, err = sdk.Open(bundle, opts)
	}
	if err != nil {
		return nil, err
	}
	for _, path := range packs {
		if err := model.AddRegion(path); err != nil {
			return nil, errors.Join(err, model.Close())
		}
	}
	return model, nil
}

// rowPlace is a place with its row in the input, 0 for the place of --at.
type rowPlace struct {
	loc2vec.LatLon
	row int
}

func (p rowPlace) String() string {
	if p.row == 0 {
		return p.LatLon.String()
	}
	return fmt.Sprintf("row %d: %v", p.row, p.LatLon)
}

// places returns the place of the flag, or those of a file or of standard input, whose bad rows it reports and
// counts.
func (o *embedFlags) places(std stdio, file string) (wanted []rowPlace, bad int, err error) {
	if o.at != "" {
		place, err := parsePlace(o.at)
		if err != nil {
			return nil, 0, usagef("--at: %w", err)
		}
		return []rowPlace{{LatLon: place}}, 0, nil
	}
	in, name, format := std.in, "standard input", geofile.CSV
	if file != "" {
		if format, err = geofile.FormatOf(file, geofile.PlaceFormats()); err != nil {
			return nil, 0, usageError{err: err}
		}
		f, err := os.Open(file)
		if err != nil {
			return nil, 0, err
		}
		defer f.Close()
		in, name = f, file
	}
	places, report, err := geofile.ReadPlaces(in, format)
	for _, row := range report.Errors {
		fmt.Fprintf(std.err, "embed: %v\n", row)
	}
	if more := report.Bad - len(report.Errors); more > 0 {
		fmt.Fprintf(std.err, "embed: %d more bad rows\n", more)
	}
	if err != nil {
		return nil, report.Bad, fmt.Errorf("reading places from %s: %w", name, err)
	}
	for i, p := range places {
		wanted = append(wanted, rowPlace{p, report.Good[i]})
	}
	return wanted, report.Bad, nil
}

// parsePlace reads "LAT,LON".
func parsePlace(text string) (loc2vec.LatLon, error) {
	first, second, ok := strings.Cut(text, ",")
	lat, errLat := strconv.ParseFloat(strings.TrimSpace(first), 64)
	lon, errLon := strconv.ParseFloat(strings.TrimSpace(second), 64)
	if !ok || errLat != nil || errLon != nil {
		return loc2vec.LatLon{}, fmt.Errorf("%w: %q is not LAT,LON", loc2vec.ErrCoordinate, text)
	}
	place := loc2vec.LatLon{Lat: lat, Lon: lon}
	return place, place.Validate()
}

// embedAll writes the vectors of places in their order. Places without a vector are
// reported and counted.
func embedAll(ctx context.Context, messages io.Writer, model *sdk.Model, wanted []rowPlace, out vectorWriter) (failed int, err error) {
	const chunk = 1024 // so that the first vectors are written soon
	for part := range slices.Chunk(wanted, chunk) {
		places := make([]loc2vec.LatLon, len(part))
		for i, w := range part {
			places[i] = w.LatLon
		}
		outcomes, err := model.EmbedMany(ctx, places)
		if err != nil {
			return failed, errors.Join(err, out.flush()) // the vectors of earlier parts
		}
		for i, o := range outcomes {
			if o.Err != nil {
				failed++
				fmt.Fprintf(messages, "%v: %v\n", part[i], o.Err)
				continue
			}
			if err := out.write(part[i], &o.Result); err != nil {
				return failed, err
			}
		}
	}
	return failed, out.flush()
}
