package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/area"
	"github.com/loc2vec/loc2vec/internal/contextio"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/sdk"
	"github.com/loc2vec/loc2vec/trainer/internal/areafile"
	"github.com/loc2vec/loc2vec/trainer/internal/cells"
	"github.com/loc2vec/loc2vec/trainer/internal/printable"
	"github.com/loc2vec/loc2vec/trainer/internal/progress"
	"github.com/loc2vec/loc2vec/trainer/internal/table"
)

const (
	// sampleMetres is the distance of the places of a sample unless --sample is given. The windows of neighbouring
	// places overlap by three quarters.
	sampleMetres = 50
	// maxPlaces is the number of places that are embedded without --max-places: some hours of a processor.
	maxPlaces = 10_000_000
	// rasterCacheBytes is the memory for vectors of rasters that come again. Those of fields and water have some hundred
	// bytes.
	rasterCacheBytes = 64 << 20
)

// areaFlags are the flags that divide an area.
type areaFlags struct {
	verb      string // of the command
	grid      float64
	s2, h3    int
	polygons  string
	within    string
	sample    float64
	maxPlaces float64

	set map[string]bool // the flags that are given
}

// add adds the flags to a verb.
func (a *areaFlags) add(cmd *cobra.Command) {
	a.verb = cmd.Name()
	f := cmd.Flags()
	f.Float64Var(&a.grid, "grid", 0, "METRES|the quad cells of Web Mercator nearest to this width, instead of places")
	f.IntVar(&a.s2, "s2", 0, "LEVEL|the S2 cells of a level, 0 to 30")
	f.IntVar(&a.h3, "h3", 0, "RESOLUTION|the H3 cells of a resolution, 0 to 15")
	f.StringVar(&a.polygons, "polygons", "", "FILE|the polygons of a GeoJSON file, with their properties")
	f.StringVar(&a.within, "within", "", "AREA|cells whose centres lie in the polygons of a GeoJSON file or in WEST,SOUTH,EAST,NORTH (default: all that the packs cover)")
	f.Float64Var(&a.sample, "sample", sampleMetres, "METRES|distance of the places inside of a cell or polygon whose vectors are averaged; 0: only the centre of each cell (default for --grid)")
	f.Float64Var(&a.maxPlaces, "max-places", maxPlaces, "N|refuse areas of more places than this")
	completeFiles(cmd, "polygons", "geojson", "json")
	completeFiles(cmd, "within", "geojson", "json")
}

// divisions are the flags of which one is given for areas.
func divisions() []string { return []string{"grid", "s2", "h3", "polygons"} }

// note notes which flags are given, and returns whether there is an area to embed.
func (a *areaFlags) note(cmd *cobra.Command) bool {
	a.set = map[string]bool{}
	for _, name := range append(divisions(), "within", "sample", "max-places") {
		a.set[name] = cmd.Flags().Changed(name)
	}
	return slices.ContainsFunc(divisions(), func(name string) bool { return a.set[name] })
}

// check checks the flags of a command.
func (a *areaFlags) check(o *embedFlags, file string) error {
	var given []string
	for _, name := range divisions() {
		if a.set[name] {
			given = append(given, "--"+name)
		}
	}
	switch {
	case len(given) == 0:
		for _, name := range []string{"within", "sample", "max-places"} {
			if a.set[name] {
				return usagef("--%s needs --grid, --s2, --h3 or --polygons", name)
			}
		}
		return nil
	case len(given) > 1:
		return usagef("%s: give one of them", strings.Join(given, " and "))
	case file != "" || o.places.at != "" || o.places.lat+o.places.combined != "" || o.places.format != "":
		return usagef("%s takes no places: neither a file nor --at, --lat, --lon or --input-format", given[0])
	case a.set["polygons"] && a.set["within"]:
		return usagef("--within is for cells: every polygon has its row")
	case a.set["polygons"] && a.sample == 0:
		return usagef("--sample 0 is for cells: polygons have no centre")
	case !(a.sample >= 0) || !(a.maxPlaces > 0):
		return usagef("--sample and --max-places must not be negative")
	}
	return nil
}

// cellPlan is which cells are embedded, and how.
type cellPlan struct {
	grid   *cells.Grid
	within []*area.Area
	zoom   int // of the sample of each cell; -1: only its centre
	places float64
}

// plan finds the cells, and tells what they are.
func (a *areaFlags) plan(ctx context.Context, model *sdk.Model, messages io.Writer) (*cellPlan, error) {
	var boxes []loc2vec.Bounds
	for _, m := range model.Regions() {
		boxes = append(boxes, m.Area...)
	}
	covered := area.FromBoxes(boxes)
	wanted := covered
	p := &cellPlan{within: []*area.Area{covered}, zoom: -1}
	if a.set["within"] {
		within, err := readWithin(ctx, a.within)
		if err != nil {
			return nil, err
		}
		if err := a.checkCovered(within, covered, model.Regions(), messages); err != nil {
			return nil, err
		}
		p.within = append(p.within, within)
		if within.SquareMetres() < covered.SquareMetres() {
			wanted = within
		}
	}
	lat := wanted.MiddleLat()
	if err := a.chooseGrid(p, lat); err != nil {
		return nil, err
	}
	what := p.grid.Name
	if a.set["grid"] {
		what = fmt.Sprintf("%s, %.3g m wide at latitude %.1f", what, math.Sqrt(p.grid.MeanSquareMetres(lat)), lat)
	}
	number := p.grid.Estimate(wanted)
	p.places = number
	if a.sample > 0 && (!a.set["grid"] || a.set["sample"]) {
		zoom, err := cells.SampleZoom(a.sample, p.grid.MeanSquareMetres(lat), lat)
		if err != nil {
			return nil, usagef("--sample: %w", err)
		}
		p.zoom = zoom
		p.places = max(number, wanted.SquareMetres()/math.Pow(cells.Side(zoom, lat), 2))
		what += fmt.Sprintf(", with places every %.3g m", cells.Side(zoom, lat))
	}
	if p.places > a.maxPlaces {
		return nil, usagef("%s: about %.3g cells and %.3g places, more than %.3g: --max-places allows them", what, number, p.places, a.maxPlaces)
	}
	fmt.Fprintf(messages, "%s: %s: about %.0f cells\n", a.verb, printable.Text(what), math.Ceil(number))
	return p, nil
}

// chooseGrid sets the grid of a plan.
func (a *areaFlags) chooseGrid(p *cellPlan, lat float64) (err error) {
	switch {
	case a.set["s2"]:
		p.grid, err = cells.S2(a.s2)
	case a.set["h3"]:
		p.grid, err = cells.H3(a.h3)
	default:
		var zoom int
		if zoom, err = cells.ZoomFor(a.grid, lat); err == nil {
			p.grid = cells.Quad(zoom)
		}
	}
	if err != nil {
		return usageError{err: err}
	}
	return nil
}

// readWithin reads the area of --within: a file, or else a box. Reading ends with the context.
func readWithin(ctx context.Context, text string) (*area.Area, error) {
	f, err := os.Open(text)
	if err != nil {
		box, errBox := parseBox(text)
		if errBox != nil && strings.Count(text, ",") != 3 {
			return nil, fmt.Errorf("reading the area of --within: %w", err)
		}
		if errBox != nil {
			return nil, usagef("--within %s: %w", text, errBox)
		}
		return area.FromBoxes([]loc2vec.Bounds{box}), nil
	}
	defer f.Close()
	a, err := areafile.Read(contextio.NewReader(ctx, f))
	if err != nil {
		return nil, fmt.Errorf("reading the area of --within from %s: %w", text, err)
	}
	return a, nil
}

// checkCovered returns an error for an area outside of every region, and tells of one that is so in part.
func (a *areaFlags) checkCovered(within, covered *area.Area, regions []*pack.Metadata, messages io.Writer) error {
	meets := func(boxes []loc2vec.Bounds) bool { return slices.ContainsFunc(boxes, covered.Meets) }
	if !meets(within.Boxes()) {
		var swapped []loc2vec.Bounds
		for _, b := range within.Boxes() {
			b.Min.Lat, b.Min.Lon, b.Max.Lat, b.Max.Lon = b.Min.Lon, b.Min.Lat, b.Max.Lon, b.Max.Lat
			swapped = append(swapped, b)
		}
		if meets(swapped) {
			return fmt.Errorf("%w: the area is outside every region; its latitude and longitude look swapped: longitude comes first", loc2vec.ErrNoCoverage)
		}
		return fmt.Errorf("%w: the area is outside every region; the regions cover (latitude,longitude): %s", loc2vec.ErrNoCoverage, coveredBoxes(regions))
	}
	if slices.ContainsFunc(within.Corners(), func(p loc2vec.LatLon) bool { return !covered.Contains(p) }) {
		fmt.Fprintf(messages, "%s: parts of the area are outside every region: no cells there\n", a.verb)
	}
	return nil
}

// coveredBoxes lists the boxes of regions.
func coveredBoxes(regions []*pack.Metadata) string {
	var boxes []string
	for _, m := range regions {
		for _, b := range m.Area {
			boxes = append(boxes, fmt.Sprintf("%s %.3f,%.3f to %.3f,%.3f", printable.Text(m.Name), b.Min.Lat, b.Min.Lon, b.Max.Lat, b.Max.Lon))
		}
	}
	if more := len(boxes) - maxToldAreas; more > 0 {
		boxes = append(boxes[:maxToldAreas], fmt.Sprintf("%d more", more))
	}
	return strings.Join(boxes, "; ")
}

// embedAreas embeds cells or polygons.
func (o *embedFlags) embedAreas(ctx context.Context, std stdio, opts sdk.Options) (err error) {
	opts.RasterCache, opts.Coverage = rasterCacheBytes, o.coverages
	model, err := openModel(o.bundle, o.packs, opts)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, model.Close()) }()
	out := tableOutput{
		format: o.format, path: o.out, out: std.data, verb: o.areas.verb, single: o.vectorColumn, space: model.Manifest().SpaceID, messages: std.err,
		parquet: parquetOutput{embeddings: describeVectors(o.bundle, o.packs, model), quantise: o.quantise, geometries: []string{"Polygon", "MultiPolygon"}},
	}
	e := areaEmbedding{failures: rowErrors{verb: o.areas.verb, format: o.format, messages: std.err}, model: model, coverages: o.coverages}
	var input []table.Column
	var rows func(context.Context) error
	if o.areas.set["polygons"] {
		polygons, err := openPolygons(ctx, o.areas.polygons, o.areas.sample)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, polygons.Close()) }()
		input = polygons.Columns()
		e.bar = progress.New(std.err, "embedding", 0, progress.Items)
		rows = func(ctx context.Context) error { return e.polygons(ctx, polygons) }
	} else {
		plan, err := o.areas.plan(ctx, model, std.err)
		if err != nil {
			return err
		}
		input, e.plain = cellColumns(), plan.zoom < 0
		e.expected = int64(plan.places)
		e.bar = progress.New(std.err, "embedding", e.expected, progress.Items)
		rows = func(ctx context.Context) error { return e.gridCells(ctx, plan) }
	}
	schema := out.schema(input, e.columns())
	out.parquet.embeddings.Coverages = describeCoverages(schema.Columns, e.columns())
	err = out.write(schema, func(w table.Writer) error {
		e.out = w
		return rows(ctx)
	})
	e.bar.Close()
	if ctx.Err() == nil {
		e.report()
	}
	if err != nil {
		return err
	}
	if !o.stac {
		return nil
	}
	return out.parquet.writeItem(o.out, schema.Dimensions, moduleVersion())
}
