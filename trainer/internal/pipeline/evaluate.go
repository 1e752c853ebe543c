package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/bundle"
	"github.com/loc2vec/loc2vec/raster"
	"github.com/loc2vec/loc2vec/sdk"
	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
	"github.com/loc2vec/loc2vec/trainer/internal/eval"
	"github.com/loc2vec/loc2vec/trainer/internal/net"
	"github.com/loc2vec/loc2vec/trainer/internal/progress"
	"github.com/loc2vec/loc2vec/trainer/internal/sample"
	"github.com/loc2vec/loc2vec/trainer/internal/train"
)

// probePlaces is how many places of other packs the linear probes are fitted on: plenty for the sixteen numbers of
// a model.
const probePlaces = 1500

// EvaluateOptions describe the evaluation of one model on one or more regions.
type EvaluateOptions struct {
	Name    string // of the bundle, for the report
	Bundle  *bundle.Bundle
	Encoder *sdk.Encoder // of the bundle's model; the caller closes it
	Packs   []string     // evaluated one after the other
	// FitPacks are regions to fit baselines and linear probes on. Without any, the baselines are fitted on places of
	// each evaluated region, and there are no probes across regions.
	FitPacks []string
	Run      string // directory of the training run that the bundle comes from, or empty
	Metrics  eval.Metrics
	Places   int // in a gallery, at most
	Seed     uint64
	Messages io.Writer // gets progress and remarks
}

// Evaluation is the result of Evaluate.
type Evaluation struct {
	Bundle  string `json:"bundle"`
	SpaceID string `json:"space_id"`
	Engine  string `json:"engine"`
	// Verdict is about the regions of Summary if there are any, and about all of them otherwise; nil without recalls of
	// the same place.
	Verdict *eval.Verdict `json:"verdict,omitempty"`
	// Summary sums up the regions that the model was not trained on; nil without any.
	Summary *eval.Summary  `json:"summary,omitempty"`
	Regions []*eval.Result `json:"regions"`
	// AtExport is the evaluation recorded in the bundle. Its quantisation fidelity compares the model with
	// the float32 network that it was made from.
	AtExport map[string]any `json:"at_export,omitempty"`
	// QuantisationAtExport is that comparison if it is asked for and cannot be computed again; nil otherwise.
	QuantisationAtExport *eval.Result `json:"-"`
}

// evaluator is an evaluation under way.
type evaluator struct {
	EvaluateOptions
	float *encoder.Plan // of the training run, or nil

	// baselines and probes were fitted on FitPacks, and fittedOn says so; nil without any.
	baselines []eval.Method
	probes    *eval.Probes
	fittedOn  string
}

// Evaluate compares a model with the baselines, region by region.
func Evaluate(ctx context.Context, o EvaluateOptions) (*Evaluation, error) {
	e := &evaluator{EvaluateOptions: o}
	found := &Evaluation{Bundle: o.Name, SpaceID: o.Bundle.Manifest.SpaceID, Engine: o.Encoder.Describe(), AtExport: o.Bundle.Manifest.Evaluation}
	var err error
	if o.Run != "" {
		if e.float, err = openFloat(o.Run, o.Bundle.Manifest); err != nil {
			return nil, err
		}
	}
	if found.QuantisationAtExport, err = e.quantisationAtExport(); err != nil {
		return nil, err
	}
	if e.Metrics.Has(eval.QuantisationFidelityMetric) && e.float == nil && found.QuantisationAtExport == nil {
		fmt.Fprintln(o.Messages, "quantisation_fidelity is left out: it compares the model with the float32 network of its training run, which --run names")
	}
	if err := e.run(ctx, found); err != nil {
		return nil, err
	}
	return found, nil
}

// openFloat returns the float32 network of a training run, ready to run.
func openFloat(dir string, m bundle.Manifest) (*encoder.Plan, error) {
	if _, err := os.Stat(dir); err != nil {
		return nil, fmt.Errorf("opening the training run: %w", err)
	}
	run, err := train.OpenRun(dir)
	if err != nil {
		return nil, err
	}
	defer run.Close()
	network, err := run.Network()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w; the run is not over, or older than this program: train with the same command and --resume %s", err, dir)
	case err != nil:
		return nil, err
	}
	reached, err := run.Checkpoint()
	if err != nil {
		return nil, err
	}
	if d := mismatch(reached, m); d != "" {
		return nil, fmt.Errorf("the run in %s is not the one that the bundle comes from: %s", dir, d)
	}
	return network.Plan()
}

// quantisationAtExport returns the quantisation fidelity recorded in the bundle, if it is asked for and no float32
// network is at hand to compute it; nil otherwise.
func (e *evaluator) quantisationAtExport() (*eval.Result, error) {
	kept := e.Bundle.Manifest.Evaluation
	if !e.Metrics.Has(eval.QuantisationFidelityMetric) || kept == nil || e.float != nil {
		return nil, nil
	}
	r, err := eval.ParseResult(kept)
	if err != nil {
		return nil, fmt.Errorf("reading the evaluation in %s: %w", e.Name, err)
	}
	if r.QuantisationFidelity == nil {
		return nil, nil
	}
	return r.QuantisationOnly(), nil
}

// run evaluates pack by pack.
func (e *evaluator) run(ctx context.Context, found *Evaluation) error {
	// Wrong and repeated names are found before minutes of work.
	all, err := OpenRegionFor(&e.Bundle.Manifest, e.Packs)
	if err != nil {
		return err
	}
	if err := all.Close(); err != nil {
		return err
	}
	if len(e.FitPacks) > 0 {
		if err := e.fit(ctx); err != nil {
			return err
		}
	}
	var unseen []*eval.Result
	for _, pack := range e.Packs {
		r, trained, err := e.region(ctx, pack)
		if err != nil {
			return err
		}
		found.Regions = append(found.Regions, r)
		if !trained {
			unseen = append(unseen, r)
		}
	}
	found.Verdict = eval.NewVerdict(found.Regions)
	if len(unseen) > 0 {
		found.Summary, found.Verdict = eval.Summarise(unseen), eval.NewVerdict(unseen)
	}
	return nil
}

// fit fits the baselines once, on packs of their own, and probes for all methods there.
func (e *evaluator) fit(ctx context.Context) error {
	r, err := OpenRegionFor(&e.Bundle.Manifest, e.FitPacks)
	if err != nil {
		return err
	}
	// The packs are only open during the fit: fitted baselines need no map.
	defer r.Close()
	draw := sample.DefaultDraw(baselinePlaces, e.Seed+1)
	if e.baselines, err = e.fitBaselines(ctx, r, draw); err != nil {
		return err
	}
	e.fittedOn = "places of " + r.Name()
	if !e.Metrics.Has(eval.LinearProbesMetric) {
		return nil
	}
	draw.Count = probePlaces
	places, _, err := sample.Draw(ctx, r.Tiles, draw)
	if err != nil {
		return err
	}
	bar := progress.New(e.Messages, "probes", int64(len(places)), progress.Items)
	defer bar.Close()
	e.probes, err = eval.FitProbes(ctx, r.Evaluated(e.Bundle.Manifest.Raster, places), append(e.models(), e.baselines...), eval.FitOptions{
		Seed: e.Seed, Progress: func(done, _ int) { bar.Set(int64(done), "") },
	})
	return err
}

// models returns the quantised model and, if its training run is given, the float32 network.
func (e *evaluator) models() []eval.Method {
	m := e.Bundle.Manifest
	method := func(name string, role eval.Role, net eval.Forwarder) eval.Method {
		return eval.Encoder(eval.Method{Name: name, Role: role, Dimension: m.Dimension, Metric: m.Distance}, net)
	}
	out := []eval.Method{method("loc2vec int8", eval.Model, NewForwarder(e.Encoder, m.Raster))}
	if e.float != nil {
		out = append(out, method("loc2vec float32", eval.Float, e.float))
	}
	return out
}

// fitBaselines draws places and fits the baselines on them.
func (e *evaluator) fitBaselines(ctx context.Context, r *Region, options sample.DrawOptions) ([]eval.Method, error) {
	places, _, err := sample.Draw(ctx, r.Tiles, options)
	if err != nil {
		return nil, err
	}
	c := BaselineConfig{Places: places, Raster: e.Bundle.Manifest.Raster, Distance: e.Bundle.Manifest.Distance, Seed: e.Seed}
	if name := e.Bundle.Manifest.Provenance.Net; slices.Contains(net.Architectures(), name) {
		c.Net = name
	} else {
		fmt.Fprintf(e.Messages, "random weights are left out: the model's architecture %q is not one of %s\n", name, strings.Join(net.Architectures(), ", "))
	}
	return r.Baselines(ctx, c, e.Messages)
}

// region evaluates on one pack. trained means that the model was trained on it.
func (e *evaluator) region(ctx context.Context, pack string) (result *eval.Result, trained bool, err error) {
	r, err := OpenRegionFor(&e.Bundle.Manifest, []string{pack})
	if err != nil {
		return nil, false, err
	}
	defer r.Close()
	seen := sameRegion(e.Bundle.Manifest.Provenance.Packs, r.Origins()[0])
	h := e.heldOut(seen)
	baselines := e.baselines
	if baselines == nil {
		if baselines, err = e.fitBaselines(ctx, r, h.draw); err != nil {
			return nil, false, fmt.Errorf("fitting baselines on %s: %w", pack, err)
		}
	} else {
		h.fittedOn = e.fittedOn
	}
	places, err := r.Gallery(ctx, GalleryOptions{Places: e.Places, Seed: e.Seed, Blocks: h.blocks})
	if err != nil {
		return nil, false, err
	}
	bar := progress.New(e.Messages, "evaluate "+r.Name(), int64(min(e.Places, len(places))), progress.Items)
	defer bar.Close()
	methods := append(append(e.models(), baselines...), eval.Position())
	result, err = eval.Run(ctx, r.Evaluated(e.Bundle.Manifest.Raster, places), methods, eval.Options{
		Metrics: e.Metrics, Places: e.Places, Seed: e.Seed, Probes: e.probes, Split: h.split, FittedOn: h.fittedOn,
		Progress: func(done, total int) {
			bar.SetTotal(int64(total))
			bar.Set(int64(done), "")
		},
	})
	return result, seen != nil, err
}

// heldOut says which places of a region are unseen in training, and describes the split in words.
type heldOut struct {
	blocks          sample.Blocks
	draw            sample.DrawOptions // of places to fit baselines on
	split, fittedOn string
}

// heldOut describes the unseen places of a region; seen is its entry in the provenance, nil for an unseen region.
func (e *evaluator) heldOut(seen *bundle.Pack) heldOut {
	h := heldOut{draw: sample.DefaultDraw(baselinePlaces, e.Seed+1)}
	if seen == nil {
		h.split, h.fittedOn = "the whole region is held out", "other places of the same region, which favours them"
		return h
	}
	h.blocks = sample.DefaultBlocks(seen.HeldOutSeed)
	h.blocks.TestShare = seen.HeldOut
	h.split, h.fittedOn = "the model was trained on this region, nothing of it is known to be held out", "places of the same region"
	if h.blocks.TestShare > 0 {
		h.draw.Accept = h.blocks.Train
		h.split = fmt.Sprintf("held-out blocks of %.0f km, at least %.0f km from any training place", h.blocks.Metres/1000, h.blocks.Margin/1000)
		h.fittedOn = "places outside of the held-out blocks"
	}
	return h
}

// forwarder runs an encoder of single rasters on batches of them.
type forwarder struct {
	encoder *sdk.Encoder
	size    int // bytes of a raster
}

// NewForwarder adapts an encoder of single rasters to the batches of package eval. It is safe for
// concurrent use.
func NewForwarder(encoder *sdk.Encoder, spec raster.Spec) eval.Forwarder {
	return forwarder{encoder, loc2vec.NumLayers * spec.Pixels * spec.Pixels}
}

// Forward fills dst [B][D] from rasters [B][C][H][W].
func (f forwarder) Forward(dst []float32, rasters []uint8) error {
	n := len(rasters) / f.size
	d := len(dst) / max(n, 1)
	for i := range n {
		if err := f.encoder.Embed(context.Background(), dst[i*d:(i+1)*d], rasters[i*f.size:(i+1)*f.size]); err != nil {
			return err
		}
	}
	return nil
}
