package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"slices"
	"strings"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/sdk"
	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
	"github.com/loc2vec/loc2vec/trainer/internal/eval"
	"github.com/loc2vec/loc2vec/trainer/internal/net"
	"github.com/loc2vec/loc2vec/trainer/internal/progress"
	"github.com/loc2vec/loc2vec/trainer/internal/sample"
)

// Batches of rasters that set the batch statistics of a network with random weights.
const (
	calmingBatches = 8
	calmingBatch   = 32
)

// evaluation is the verb evaluate under way.
type evaluation struct {
	std     stdio
	bundle  *loc2vec.Bundle
	encoder *sdk.Encoder
	places  int
	ceiling int
	seed    uint64
	holdout float64
	figures eval.Figures
	random  bool

	// rivals were fitted on -train-pack, and fittedOn says so; without one they are fitted for each
	// region.
	rivals   []eval.Method
	fittedOn string
}

// evaluationReport is what evaluate -json prints.
type evaluationReport struct {
	Bundle  string         `json:"bundle"`
	SpaceID string         `json:"space_id"`
	Engine  string         `json:"engine"`
	Regions []*eval.Result `json:"regions"`
	// AtExport is the evaluation that the bundle brings along; its figure H compares the model with
	// the float32 network that it was made from.
	AtExport map[string]any `json:"at_export,omitempty"`
}

// runEvaluate is the verb evaluate.
func runEvaluate(ctx context.Context, std stdio, args []string) error {
	f := newFlags(std, "evaluate", "-bundle M.l2v -pack R.pmtiles[,R…] [-train-pack R.pmtiles[,R…]] [-n 2000] [-json]")
	bundle := f.String("bundle", "", "model to evaluate")
	packs := f.String("pack", "", "region packs to evaluate on, one after the other, separated by commas")
	trained := f.String("train-pack", "", "region packs to fit the baselines on (default: places of the evaluated region)")
	letters := f.String("figures", eval.MainFigures.String(), "figures to compute, by their letters: "+eval.AllFigures.String())
	engine := f.String("engine", "auto", "what computes the model: auto, ort or go")
	library := f.String("ort", "", "file of ONNX Runtime's shared library")
	asJSON := f.Bool("json", false, "print JSON instead of tables")
	e := evaluation{std: std}
	f.IntVar(&e.places, "n", 2000, "places in a gallery, at most")
	f.IntVar(&e.ceiling, "ceiling", 0, "places of a small gallery that is registered exhaustively as well: the ceiling of figure A, minutes for 300")
	f.Uint64Var(&e.seed, "seed", 1, "seed of places and queries")
	f.Float64Var(&e.holdout, "holdout", 0.2, "share of the map that training held out, where a pack is one that the model was trained on")
	f.BoolVar(&e.random, "random", true, "evaluate a network with random weights as well")
	if err := f.parse(args, false); err != nil {
		return err
	}
	if *bundle == "" || *packs == "" {
		return usagef("-bundle and -pack are needed")
	}
	if e.places < 2 || e.ceiling < 0 || !(e.holdout >= 0 && e.holdout < 1) {
		return usagef("-n is at least 2, -ceiling not negative, -holdout within 0..1")
	}
	var err error
	if e.figures, err = eval.ParseFigures(*letters); err != nil {
		return usageError{err: err}
	}
	options := sdk.Options{Engine: sdk.Engine(*engine), ORTLibrary: *library, Log: func(message string) { fmt.Fprintln(std.err, message) }}
	if *engine == "auto" {
		options.Engine = sdk.Auto
	}
	if e.bundle, err = loc2vec.OpenBundleFile(*bundle); err != nil {
		return err
	}
	if e.encoder, err = sdk.OpenEncoder(e.bundle.Model, e.bundle.Manifest.Raster.Pixels, options); err != nil {
		return fmt.Errorf("open model of %s: %w", *bundle, err)
	}
	defer e.encoder.Close()
	report := evaluationReport{
		Bundle: filepath.Base(*bundle), SpaceID: e.bundle.Manifest.SpaceID, Engine: e.encoder.Describe(), AtExport: e.bundle.Manifest.Evaluation,
	}
	if report.Regions, err = e.run(ctx, strings.Split(*packs, ","), *trained); err != nil {
		return err
	}
	if *asJSON {
		out := json.NewEncoder(std.out)
		out.SetIndent("", "  ")
		return out.Encode(report)
	}
	return e.write(&report)
}

// run evaluates pack by pack.
func (e *evaluation) run(ctx context.Context, packs []string, trained string) ([]*eval.Result, error) {
	if trained != "" {
		if err := e.fit(ctx, trained); err != nil {
			return nil, err
		}
	}
	var out []*eval.Result
	for _, pack := range packs {
		r, err := e.region(ctx, pack)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

// open opens packs that the model can read.
func (e *evaluation) open(packs string) (*region, error) {
	r, err := openRegion(packs)
	if err != nil {
		return nil, err
	}
	if model, pack := e.bundle.Manifest.SchemaHash, r.schemaHash(); model != pack {
		return nil, errors.Join(fmt.Errorf("%w: the model has schema %s, %s has %s", loc2vec.ErrSchemaMismatch, model, packs, pack), r.Close())
	}
	return r, nil
}

// fit fits the baselines once, on packs of their own.
func (e *evaluation) fit(ctx context.Context, packs string) error {
	r, err := e.open(packs)
	if err != nil {
		return err
	}
	// The packs stay open no longer than the fit: what was fitted needs no map.
	defer r.Close()
	e.rivals, err = e.baselines(ctx, r, sample.DefaultDraw(baselinePlaces, e.seed+1))
	e.fittedOn = "places of " + r.name()
	return err
}

// baselines draws places and fits the baselines on them.
func (e *evaluation) baselines(ctx context.Context, r *region, options sample.DrawOptions) ([]eval.Method, error) {
	places, _, err := sample.Draw(ctx, r.tiles, options)
	if err != nil {
		return nil, err
	}
	v := rivalry{places: places, spec: e.bundle.Manifest.Raster, distance: e.distance(), seed: e.seed}
	if layout := e.bundle.Manifest.Provenance.Net; e.random {
		if !slices.Contains(net.Layouts(), layout) {
			fmt.Fprintf(e.std.err, "random weights are left out: the model's layout %q is not one of %s\n", layout, strings.Join(net.Layouts(), ", "))
		} else {
			v.layout = layout
		}
	}
	return r.rivals(ctx, e.std, v)
}

// rivalry says what the baselines are fitted on.
type rivalry struct {
	places   []loc2vec.LatLon
	spec     loc2vec.RasterSpec
	layout   string        // of the network with random weights, none when empty
	distance eval.Distance // of that network
	seed     uint64
}

// rivals fits the baselines, and makes a network with random weights one of them.
func (r *region) rivals(ctx context.Context, std stdio, v rivalry) ([]eval.Method, error) {
	bar := progress.New(std.err, "baselines", int64(len(v.places)), progress.Items)
	methods, err := eval.Baselines(ctx, r.evaluated(v.spec, v.places), v.seed, func(done, _ int) { bar.Set(int64(done), "") })
	bar.Close()
	if err != nil || v.layout == "" {
		return methods, err
	}
	network, err := r.randomNetwork(ctx, v.layout, v.spec, v.places, v.seed)
	if err != nil {
		return nil, fmt.Errorf("random weights: %w", err)
	}
	return append(methods, eval.Encoder("random weights", eval.Baseline, loc2vec.Dimension, v.distance, network)), nil
}

// randomNetwork returns an untrained network whose batch statistics are those of real places, of
// which there must be two.
func (r *region) randomNetwork(ctx context.Context, layout string, spec loc2vec.RasterSpec, places []loc2vec.LatLon, seed uint64) (*encoder.Network, error) {
	size := min(calmingBatch, len(places))
	fresh, err := net.New(net.Config{Layout: layout, Pixels: spec.Pixels, Batch: size, Seed: seed}, func(_, _ []float32) (float64, error) {
		return 0, errors.New("this network is not to be trained")
	})
	if err != nil {
		return nil, err
	}
	places = places[:min(len(places), calmingBatches*size)]
	rasters, err := r.rasters(ctx, spec, places, 80, seed)
	if err != nil {
		return nil, err
	}
	next, stop := iter.Pull(slices.Chunk(rasters, size))
	defer stop()
	err = fresh.Recalibrate(len(rasters)/size, func() ([]uint8, error) {
		batch, _ := next()
		return slices.Concat(batch...), nil
	})
	return fresh.Network(), err
}

// region evaluates on one pack.
func (e *evaluation) region(ctx context.Context, pack string) (*eval.Result, error) {
	r, err := e.open(pack)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	spec, provenance := e.bundle.Manifest.Raster, e.bundle.Manifest.Provenance
	var blocks sample.Blocks
	split, fittedOn := "the whole region is held out", "other places of the same region, which favours them"
	draw := sample.DefaultDraw(baselinePlaces, e.seed+1)
	if slices.ContainsFunc(provenance.Packs, func(o loc2vec.PackOrigin) bool {
		return o.ContentSHA256 == r.packs[0].Metadata().ContentSHA256
	}) {
		blocks = sample.DefaultBlocks(provenance.Seed)
		blocks.TestShare = e.holdout
		split, fittedOn = "the model was trained on this region, nothing is held out", "places of the same region"
		if e.holdout > 0 {
			draw.Accept = blocks.Train
			split = fmt.Sprintf("held-out blocks of %.0f km, at least %.0f km from any training place", blocks.Metres/1000, blocks.Margin/1000)
			fittedOn = "places outside of the held-out blocks"
		}
	}
	rivals := e.rivals
	if rivals == nil {
		if rivals, err = e.baselines(ctx, r, draw); err != nil {
			return nil, fmt.Errorf("fit baselines on %s: %w", pack, err)
		}
	} else {
		fittedOn = e.fittedOn
	}
	places, err := r.gallery(ctx, e.places, e.seed, blocks)
	if err != nil {
		return nil, err
	}
	model := eval.Encoder("loc2vec int8", eval.Model, e.bundle.Manifest.Dimension, e.distance(), oneByOne{e.encoder, loc2vec.NumLayers * spec.Pixels * spec.Pixels})
	methods := append(append([]eval.Method{model}, rivals...), eval.Position())
	bar := progress.New(e.std.err, "evaluate "+r.name(), int64(min(e.places, len(places))), progress.Items)
	defer bar.Close()
	return eval.Run(ctx, r.evaluated(spec, places), methods, eval.Options{
		Figures: e.figures, Places: e.places, Ceiling: e.ceiling, Seed: e.seed, Split: split, FittedOn: fittedOn,
		Progress: func(done, total int) {
			bar.SetTotal(int64(total))
			bar.Set(int64(done), "")
		},
	})
}

func (e *evaluation) distance() eval.Distance { return eval.Distance(e.bundle.Manifest.Distance) }

// oneByOne is an encoder of single rasters as package eval wants one.
type oneByOne struct {
	encoder *sdk.Encoder
	size    int // bytes of a raster
}

// Forward fills dst [B][D] from rasters [B][C][H][W].
func (o oneByOne) Forward(dst []float32, rasters []uint8) error {
	n := len(rasters) / o.size
	d := len(dst) / max(n, 1)
	for i := range n {
		if err := o.encoder.Embed(dst[i*d:(i+1)*d], rasters[i*o.size:(i+1)*o.size]); err != nil {
			return err
		}
	}
	return nil
}

// write prints the tables.
func (e *evaluation) write(report *evaluationReport) error {
	fmt.Fprintf(e.std.out, "# %s, space %s, engine %s\n", report.Bundle, report.SpaceID, report.Engine)
	for _, r := range report.Regions {
		fmt.Fprintln(e.std.out)
		if err := r.WriteTable(e.std.out); err != nil {
			return err
		}
	}
	if !strings.Contains(string(e.figures), "H") || report.AtExport == nil {
		return nil
	}
	r, err := eval.ParseResult(report.AtExport)
	if err != nil {
		return fmt.Errorf("evaluation in %s: %w", report.Bundle, err)
	}
	if r.Quantisation == nil {
		return nil
	}
	fmt.Fprint(e.std.out, "\nWhen the bundle was made, the float32 network was at hand:\n\n")
	return r.QuantisationOnly().WriteTable(e.std.out)
}
