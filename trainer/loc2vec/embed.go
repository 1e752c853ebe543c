package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/sdk"
	"github.com/loc2vec/loc2vec/sdk/base"
	"github.com/loc2vec/loc2vec/trainer/internal/geofile"
	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
)

// runEmbed prints the embeddings of places.
func runEmbed(ctx context.Context, std stdio, args []string) (err error) {
	f := newFlags(std, "embed", "-bundle M.l2v -pack R.pmtiles[,R...] [-at LAT,LON | < places.csv] [flags]")
	bundle := f.String("bundle", "", "model bundle, a `file`, or base for the one that comes with loc2vec")
	packs := f.String("pack", "", "region packs, `files` separated by commas")
	at := f.String("at", "", "one place, `LAT,LON` in degrees (default: the rows of standard input)")
	format := f.String("format", "", "`csv` or json, one object a line (default: json with -at, csv otherwise)")
	engine := f.engine()
	if err := f.parse(args, false); err != nil {
		return err
	}
	if *bundle == "" || *packs == "" {
		return usagef("-bundle and -pack are needed")
	}
	if *format == "" {
		*format = map[bool]string{true: "json", false: "csv"}[*at != ""]
	}
	opts, err := engine.options(std)
	if err != nil {
		return err
	}
	out, err := newVectorWriter(std.out, *format)
	if err != nil {
		return err
	}
	wanted, bad, err := placesToEmbed(std, *at)
	if err != nil {
		return err
	}
	model, err := openModel(*bundle, *packs, opts)
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

// openModel opens a bundle with the packs of a comma-separated list.
func openModel(bundle, packs string, opts sdk.Options) (*sdk.Model, error) {
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
	for _, path := range strings.Split(packs, ",") {
		if err := model.AddRegion(path); err != nil {
			return nil, errors.Join(err, model.Close())
		}
	}
	return model, nil
}

// rowPlace is a place with the line of standard input that it stands in, or 0.
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

// placesToEmbed returns the place of the flag, or those of standard input, whose bad rows it
// reports and counts.
func placesToEmbed(std stdio, at string) (wanted []rowPlace, bad int, err error) {
	if at != "" {
		place, err := parsePlace(at)
		if err != nil {
			return nil, 0, usageError{err: fmt.Errorf("-at: %w", err)}
		}
		return []rowPlace{{LatLon: place}}, 0, nil
	}
	places, report, err := geofile.ReadPlaces(std.in, geofile.CSV)
	for _, row := range report.Errors {
		fmt.Fprintf(std.err, "embed: %v\n", row)
	}
	if more := report.Bad - len(report.Errors); more > 0 {
		fmt.Fprintf(std.err, "embed: %d more bad rows\n", more)
	}
	if err != nil {
		return nil, report.Bad, fmt.Errorf("places on standard input: %w", err)
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

// embedAll writes the vectors of places in their order. Places that have none are reported and
// counted.
func embedAll(ctx context.Context, messages io.Writer, model *sdk.Model, wanted []rowPlace, out vectorWriter) (failed int, err error) {
	const chunk = 1024 // so that the first vectors are written soon
	for part := range slices.Chunk(wanted, chunk) {
		places := make([]loc2vec.LatLon, len(part))
		for i, w := range part {
			places[i] = w.LatLon
		}
		outcomes, err := model.EmbedMany(ctx, places)
		if err != nil {
			return failed, errors.Join(err, out.flush()) // of the parts before
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

// vectorWriter writes results in one of the formats.
type vectorWriter interface {
	write(place rowPlace, r *sdk.Result) error
	flush() error
}

func newVectorWriter(w io.Writer, format string) (vectorWriter, error) {
	switch format {
	case "json":
		return jsonVectors{json.NewEncoder(w)}, nil
	case "csv":
		out := &csvVectors{rows: csv.NewWriter(w)}
		header := []string{"row", "lat", "lon"}
		for i := range loc2vec.Dimension {
			header = append(header, fmt.Sprintf("v%d", i))
		}
		return out, out.rows.Write(append(header, "mapped", "region", "space"))
	}
	return nil, usagef("-format %q: want csv or json", format)
}

// jsonVectors writes one object a line.
type jsonVectors struct{ out *json.Encoder }

func (j jsonVectors) write(place rowPlace, r *sdk.Result) error {
	return j.out.Encode(struct {
		Row      int                        `json:"row,omitempty"`
		Lat      float64                    `json:"lat"`
		Lon      float64                    `json:"lon"`
		Vector   [loc2vec.Dimension]float32 `json:"vector"`
		Mapped   float64                    `json:"mapped"`
		Unmapped bool                       `json:"unmapped,omitempty"`
		Region   string                     `json:"region"`
		Space    string                     `json:"space"`
	}{place.row, place.Lat, place.Lon, r.Vector.Values, r.Mapped, r.Unmapped, r.Region, r.Vector.SpaceID})
}

func (jsonVectors) flush() error { return nil }

// csvVectors writes one row for each place.
type csvVectors struct {
	rows *csv.Writer
	row  []string
}

func (c *csvVectors) write(place rowPlace, r *sdk.Result) error {
	number := func(v float64, bits int) { c.row = append(c.row, strconv.FormatFloat(v, 'g', -1, bits)) }
	c.row = append(c.row[:0], "")
	if place.row > 0 {
		c.row[0] = strconv.Itoa(place.row)
	}
	number(place.Lat, 64)
	number(place.Lon, 64)
	for _, v := range r.Vector.Values {
		number(float64(v), 32)
	}
	number(r.Mapped, 64)
	c.row = append(c.row, r.Region, r.Vector.SpaceID)
	return c.rows.Write(c.row)
}

func (c *csvVectors) flush() error {
	c.rows.Flush()
	return c.rows.Error()
}
