package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/bundle"
	"github.com/loc2vec/loc2vec/sdk"
	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
	"github.com/loc2vec/loc2vec/trainer/internal/eval"
	"github.com/loc2vec/loc2vec/trainer/internal/net"
	"github.com/loc2vec/loc2vec/trainer/internal/progress"
	"github.com/loc2vec/loc2vec/trainer/internal/sample"
	"github.com/loc2vec/loc2vec/trainer/internal/train"
)

// probePlaces are those of -train-pack that the probes of figure C are fitted on: plenty for the
// sixteen numbers of a model.
const probePlaces = 1500

// evaluation is the verb evaluate under way.
type evaluation struct {
	std      stdio
	bundle   *bundle.Bundle
	encoder  *sdk.Encoder
	places   int
	seed     uint64
	figures  eval.Figures
	float    *encoder.Plan // of -float, or nil
	atExport *eval.Result  // figure H as the bundle brings it along, or nil

	// rivals and probes were fitted on -train-pack, and fittedOn says so; without one rivals are
	// fitted for each region, and there are no probes.
	rivals   []eval.Method
	probes   *eval.Probes
	fittedOn string
}

// runEvaluate is the verb evaluate.
func runEvaluate(ctx context.Context, std stdio, args []string) error {
	f := newFlags(std, "evaluate", "-bundle M.l2v -pack R.pmtiles[,R…] [-train-pack R.pmtiles[,R…]] [-n 2000] [-json] [-html PAGE.html]")
	bundle := f.String("bundle", "", "model to evaluate, or base for the one that comes with loc2vec")
	packs := f.String("pack", "", "region packs to evaluate on, one after the other, separated by commas")
	trained := f.String("train-pack", "", "region packs to fit the baselines on, and the probes of figure C across regions (default: places of the evaluated region)")
	float := f.String("float", "", "directory of the training run that the model comes from: for figure H")
	letters := f.String("figures", eval.MainFigures.String(), "figures to compute, by their letters: "+eval.AllFigures.String())
	engine := f.engine()
	asJSON := f.Bool("json", false, "print JSON instead of tables")
	html := f.String("html", "", "`file` to write a page to, with charts beside the tables")
	e := evaluation{std: std}
	f.IntVar(&e.places, "n", 2000, "places in a gallery, at most")
	f.Uint64Var(&e.seed, "seed", 1, "seed of places and queries")
	if err := f.parse(args, false); err != nil {
		return err
	}
	if *bundle == "" || *packs == "" {
		return usagef("-bundle and -pack are needed")
	}
	if e.places < 2 {
		return usagef("-n is at least 2")
	}
	var err error
	if e.figures, err = eval.ParseFigures(*letters); err != nil {
		return usageError{err: err}
	}
	inputs := slices.Concat(strings.Split(*packs, ","), strings.Split(*trained, ","), []string{*bundle, engine.library})
	if err := checkOutput("-html", *html, inputs...); err != nil {
		return err
	}
	if e.bundle, e.encoder, err = engine.open(std, *bundle); err != nil {
		return err
	}
	defer e.encoder.Close()
	found := evaluationReport{
		Bundle: filepath.Base(*bundle), SpaceID: e.bundle.Manifest.SpaceID, Engine: e.encoder.Describe(), AtExport: e.bundle.Manifest.Evaluation,
	}
	if *float != "" {
		if e.float, err = openFloat(*float, e.bundle.Manifest); err != nil {
			return err
		}
	}
	if e.atExport, err = e.figureAtExport(&found); err != nil {
		return err
	}
	if len(e.figures.Within("H")) > 0 && e.float == nil && e.atExport == nil {
		fmt.Fprintln(std.err, "figure H is left out: it compares the model with the float32 network of its training run, which -float names")
	}
	if err = e.run(ctx, &found, *packs, *trained); err != nil {
		return err
	}
	// Neither is lost with the other; the page comes first, since a reader of the figures may leave early.
	if *html != "" {
		err = e.writePage(*html, &found, "loc2vec evaluate "+strings.Join(args, " "))
	}
	if *asJSON {
		return errors.Join(err, printJSON(std.out, found))
	}
	return errors.Join(err, e.write(&found))
}

// openFloat returns the network of a training run, in float32, ready to run.
func openFloat(dir string, m bundle.Manifest) (*encoder.Plan, error) {
	if _, err := os.Stat(dir); err != nil {
		return nil, fmt.Errorf("-float: %w", err)
	}
	run, err := train.OpenRun(dir)
	if err != nil {
		return nil, err
	}
	defer run.Close()
	network, err := run.Network()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w; the run is not over, or older than this program: train with the same command and -resume %s", err, dir)
	case err != nil:
		return nil, err
	}
	reached, err := run.Checkpoint()
	if err != nil {
		return nil, err
	}
	if d := differs(reached, m); d != "" {
		return nil, fmt.Errorf("-float: the run in %s is not the one that the bundle comes from: %s", dir, d)
	}
	return network.Plan()
}

// run evaluates pack by pack.
func (e *evaluation) run(ctx context.Context, found *evaluationReport, packs, trained string) error {
	// A name that is wrong, or there twice, is found out before minutes of work, not after.
	all, err := e.open(packs)
	if err != nil {
		return err
	}
	if err := all.Close(); err != nil {
		return err
	}
	if trained != "" {
		if err := e.fit(ctx, trained); err != nil {
			return err
		}
	}
	var whole []*eval.Result
	for _, pack := range strings.Split(packs, ",") {
		r, unseen, err := e.region(ctx, pack)
		if err != nil {
			return err
		}
		found.Regions = append(found.Regions, r)
		if unseen {
			whole = append(whole, r)
		}
	}
	if len(whole) > 0 {
		found.Headline = eval.NewHeadline(whole)
	}
	return nil
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

// fit fits the baselines once, on packs of their own, and probes for all methods there.
func (e *evaluation) fit(ctx context.Context, packs string) error {
	r, err := e.open(packs)
	if err != nil {
		return err
	}
	// The packs stay open no longer than the fit: what was fitted needs no map.
	defer r.Close()
	draw := sample.DefaultDraw(baselinePlaces, e.seed+1)
	if e.rivals, err = e.baselines(ctx, r, draw); err != nil {
		return err
	}
	e.fittedOn = "places of " + r.name()
	if len(e.figures.Within("C")) == 0 {
		return nil
	}
	draw.Count = probePlaces
	places, _, err := sample.Draw(ctx, r.tiles, draw)
	if err != nil {
		return err
	}
	bar := progress.New(e.std.err, "probes", int64(len(places)), progress.Items)
	defer bar.Close()
	e.probes, err = eval.FitProbes(ctx, r.evaluated(e.bundle.Manifest.Raster, places), append(e.models(), e.rivals...), e.seed,
		func(done, _ int) { bar.Set(int64(done), "") })
	return err
}

// models are the model as it ships and, with -float, as it was before.
func (e *evaluation) models() []eval.Method {
	m := e.bundle.Manifest
	size := loc2vec.NumLayers * m.Raster.Pixels * m.Raster.Pixels
	method := func(name string, role eval.Role, encoder *sdk.Encoder) eval.Method {
		return eval.Encoder(name, role, m.Dimension, e.distance(), oneByOne{encoder, size})
	}
	out := []eval.Method{method("loc2vec int8", eval.Model, e.encoder)}
	if e.float != nil {
		out = append(out, eval.Encoder("loc2vec float32", eval.Float, m.Dimension, e.distance(), e.float))
	}
	return out
}

// baselines draws places and fits the baselines on them.
func (e *evaluation) baselines(ctx context.Context, r *region, options sample.DrawOptions) ([]eval.Method, error) {
	places, _, err := sample.Draw(ctx, r.tiles, options)
	if err != nil {
		return nil, err
	}
	v := rivalry{places: places, spec: e.bundle.Manifest.Raster, distance: e.distance(), seed: e.seed}
	if layout := e.bundle.Manifest.Provenance.Net; slices.Contains(net.Architectures(), layout) {
		v.layout = layout
	} else {
		fmt.Fprintf(e.std.err, "random weights are left out: the model's layout %q is not one of %s\n", layout, strings.Join(net.Architectures(), ", "))
	}
	return r.rivals(ctx, e.std, v)
}

// region evaluates on one pack. unseen means that the model was not trained on it.
func (e *evaluation) region(ctx context.Context, pack string) (result *eval.Result, unseen bool, err error) {
	r, err := e.open(pack)
	if err != nil {
		return nil, false, err
	}
	defer r.Close()
	provenance := e.bundle.Manifest.Provenance
	trained := find(provenance.Packs, r.origins()[0])
	unseen = trained == nil
	var blocks sample.Blocks
	split, fittedOn := "the whole region is held out", "other places of the same region, which favours them"
	draw := sample.DefaultDraw(baselinePlaces, e.seed+1)
	if !unseen {
		blocks = sample.DefaultBlocks(trained.HeldOutSeed)
		blocks.TestShare = trained.HeldOut
		split, fittedOn = "the model was trained on this region, nothing of it is known to be held out", "places of the same region"
		if blocks.TestShare > 0 {
			draw.Accept = blocks.Train
			split = fmt.Sprintf("held-out blocks of %.0f km, at least %.0f km from any training place", blocks.Metres/1000, blocks.Margin/1000)
			fittedOn = "places outside of the held-out blocks"
		}
	}
	rivals := e.rivals
	if rivals == nil {
		if rivals, err = e.baselines(ctx, r, draw); err != nil {
			return nil, false, fmt.Errorf("fit baselines on %s: %w", pack, err)
		}
	} else {
		fittedOn = e.fittedOn
	}
	places, err := r.gallery(ctx, e.places, e.seed, blocks)
	if err != nil {
		return nil, false, err
	}
	methods := append(append(e.models(), rivals...), eval.Position())
	options := eval.Options{
		Figures: e.figures, Places: e.places, Seed: e.seed, Probes: e.probes, Split: split, FittedOn: fittedOn,
	}
	result, err = e.compute(ctx, r, places, methods, options)
	return result, unseen, err
}

// compute evaluates methods on places of a region.
func (e *evaluation) compute(ctx context.Context, r *region, places []loc2vec.LatLon, methods []eval.Method, o eval.Options) (*eval.Result, error) {
	bar := progress.New(e.std.err, "evaluate "+r.name(), int64(min(o.Places, len(places))), progress.Items)
	defer bar.Close()
	o.Progress = func(done, total int) {
		bar.SetTotal(int64(total))
		bar.Set(int64(done), "")
	}
	return eval.Run(ctx, r.evaluated(e.bundle.Manifest.Raster, places), methods, o)
}

func (e *evaluation) distance() loc2vec.Metric { return e.bundle.Manifest.Distance }

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
