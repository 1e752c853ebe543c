package pipeline

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"slices"
	"time"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/bundle"
	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
	"github.com/loc2vec/loc2vec/trainer/internal/eval"
	"github.com/loc2vec/loc2vec/trainer/internal/export"
	"github.com/loc2vec/loc2vec/trainer/internal/metric"
	"github.com/loc2vec/loc2vec/trainer/internal/output"
	"github.com/loc2vec/loc2vec/trainer/internal/progress"
	"github.com/loc2vec/loc2vec/trainer/internal/sample"
	"github.com/loc2vec/loc2vec/trainer/internal/train"
)

// calibrationRasters is how many rasters alignment and quantisation see.
const calibrationRasters = 512

// Pipeline holds the steps from a region to an evaluated bundle: ChoosePlaces, Train, Export, Evaluate, WriteBundle,
// in this order. It is not safe for concurrent use.
type Pipeline struct {
	Region     *Region
	Config     train.Config
	Blocks     sample.Blocks    // TestShare 0 holds nothing out
	Places     []loc2vec.LatLon // to train on, set by ChoosePlaces
	Pretrained *Pretrained      // the model that training starts from, or nil
	Command    string           // for the bundle's provenance
	Messages   io.Writer        // gets progress and remarks

	inputs train.Inputs // set by ChoosePlaces
}

// Snapshots are calls with the network during Train.
type Snapshots struct {
	At   []float64 // shares of the run, 0 to 1, in order
	Each func(train.Status, *encoder.Network) error
}

// Train trains the network in a run directory and shows the progress.
func (p *Pipeline) Train(ctx context.Context, run *train.Run, snapshots Snapshots) (*encoder.Network, error) {
	fmt.Fprintf(p.Messages, "train: %s\n", &p.Config)
	// The bar counts seconds for a run whose length is a time, steps otherwise.
	total, unit := int64(p.Config.Steps), progress.Steps
	if total == 0 {
		total, unit = int64(time.Duration(p.Config.For).Seconds()), "s"
	}
	bar := progress.New(p.Messages, "train", total, unit)
	defer bar.Close()
	var start *encoder.Network
	if p.Pretrained != nil {
		start = p.Pretrained.Network
	}
	first := true
	return train.Train(ctx, train.Job{
		Config: p.Config, Inputs: p.inputs, Tiles: p.Region.Tiles, Places: p.Places, Start: start, Run: run, Workers: runtime.GOMAXPROCS(0),
		Snapshots: snapshots.At, Snapshot: snapshots.Each,
		Progress: func(s train.Status) {
			done := int64(s.Step)
			if p.Config.Steps == 0 {
				done = int64(time.Duration(s.Elapsed).Seconds())
			}
			if first {
				bar.From(done)
				first = false
			}
			bar.Set(done, fmt.Sprintf("loss %.3f, %.0f images/s, active %.0f %%, rank %.1f", s.Loss, s.ImagesPerSecond, 100*s.Active, s.EffectiveRank))
		},
	})
}

// Distance returns how the vectors of the configured loss are compared.
func (p *Pipeline) Distance() (loc2vec.Metric, error) {
	spec, err := metric.Lookup(p.Config.Loss)
	if err != nil {
		return "", err
	}
	return spec.Space.Metric(), nil
}

// Exported is a quantised model with the rasters of the bundle's self-test.
type Exported struct {
	Model   *export.Model
	Rasters [][]uint8
}

// Export aligns and quantises a network on rasters of training places.
func (p *Pipeline) Export(ctx context.Context, network *encoder.Network) (*Exported, error) {
	distance, err := p.Distance()
	if err != nil {
		return nil, err
	}
	places := p.Places[:min(len(p.Places), calibrationRasters)]
	rasters, err := p.Region.Rasters(ctx, RasterOptions{
		Spec: p.Config.Raster, Places: places, Shift: p.Config.Batch.Shift, Seed: p.Config.Seed,
	})
	if err != nil {
		return nil, fmt.Errorf("drawing rasters for calibration: %w", err)
	}
	model, err := export.New(network, rasters, distance)
	if err != nil {
		return nil, err
	}
	return &Exported{model, rasters}, nil
}

// Gallery returns places to evaluate on that were not trained on: a few more than n, to replace empty ones.
func (p *Pipeline) Gallery(ctx context.Context, n int) ([]loc2vec.LatLon, error) {
	return p.Region.Gallery(ctx, GalleryOptions{Places: n, Seed: p.Config.Seed + 1, Blocks: p.Blocks})
}

// Baselines fits the baselines on training places.
func (p *Pipeline) Baselines(ctx context.Context) ([]eval.Method, error) {
	distance, err := p.Distance()
	if err != nil {
		return nil, err
	}
	return p.Region.Baselines(ctx, BaselineConfig{
		Places: p.Places[:min(len(p.Places), baselinePlaces)], Raster: p.Config.Raster,
		Net: p.Config.Architecture, Distance: distance, Seed: p.Config.Seed,
	}, p.Messages)
}

// Comparison says what Evaluate compares a model with, and on which places.
type Comparison struct {
	Baselines []eval.Method
	Gallery   []loc2vec.LatLon
	Places    int // of the gallery, at most
}

// Evaluate compares a model with the baselines on places of a gallery. The model that training started from is
// one of the methods: it shows the effect of fine-tuning.
func (p *Pipeline) Evaluate(ctx context.Context, model *export.Model, c Comparison) (*eval.Result, error) {
	methods, err := p.methods(model)
	if err != nil {
		return nil, err
	}
	bar := progress.New(p.Messages, "evaluate", int64(c.Places), progress.Items)
	defer bar.Close()
	return eval.Run(ctx, p.Region.Evaluated(p.Config.Raster, c.Gallery), append(methods, c.Baselines...), eval.Options{
		Metrics: eval.DefaultMetrics(), Places: c.Places, Seed: p.Config.Seed, Split: p.split(), FittedOn: "training places of the same region",
		Progress: func(done, total int) {
			bar.SetTotal(int64(total))
			bar.Set(int64(done), "")
		},
	})
}

// methods returns the model, quantised and in float32, and the one that training started from.
func (p *Pipeline) methods(model *export.Model) ([]eval.Method, error) {
	distance, err := p.Distance()
	if err != nil {
		return nil, err
	}
	float, err := model.Float.Plan()
	if err != nil {
		return nil, err
	}
	methods := []eval.Method{
		eval.Encoder(eval.Method{Name: "loc2vec int8", Role: eval.Model, Dimension: loc2vec.Dimension, Metric: distance}, model.Quantised),
		eval.Encoder(eval.Method{Name: "loc2vec float32", Role: eval.Float, Dimension: loc2vec.Dimension, Metric: distance}, float),
	}
	if p.Pretrained == nil {
		return methods, nil
	}
	before, err := p.Pretrained.Network.Plan()
	if err != nil {
		return nil, err
	}
	return append(methods, eval.Encoder(eval.Method{
		Name: "before fine-tuning", Role: eval.Start, Dimension: loc2vec.Dimension, Metric: p.Pretrained.Manifest.Distance,
	}, before)), nil
}

// split describes in words how the places of a gallery are kept apart from training.
func (p *Pipeline) split() string {
	if p.Blocks.TestShare == 0 {
		return "places in the training region: nothing was held out"
	}
	text := fmt.Sprintf("held-out blocks of %.0f km, at least %.0f km from any training place", p.Blocks.Metres/1000, p.Blocks.Margin/1000)
	if slices.ContainsFunc(p.Region.Origins(), p.pretrainedOn) {
		text += "; the model to start from was trained on them, however"
	}
	return text
}

// pretrainedOn reports whether the model that training starts from was trained on blocks of the region that this
// run holds out.
func (p *Pipeline) pretrainedOn(region bundle.Pack) bool {
	if p.Pretrained == nil {
		return false
	}
	before := sameRegion(p.Pretrained.Manifest.Provenance.Packs, region)
	return before != nil && (before.HeldOut != p.Blocks.TestShare || before.HeldOutSeed != p.Blocks.Seed)
}

// origins describes all packs that the model was trained on, with the share held out of each: those of this run,
// and those of the model that it starts from.
func (p *Pipeline) origins() []bundle.Pack {
	seen := p.Region.Origins()
	for i, o := range seen {
		if p.Blocks.TestShare > 0 && !p.pretrainedOn(o) {
			seen[i].HeldOut, seen[i].HeldOutSeed = p.Blocks.TestShare, p.Blocks.Seed
		}
	}
	if p.Pretrained == nil {
		return seen
	}
	for _, o := range p.Pretrained.Manifest.Provenance.Packs {
		same := func(s bundle.Pack) bool { return s.ContentSHA256 == o.ContentSHA256 }
		if !slices.ContainsFunc(seen, same) {
			seen = append(seen, o)
		}
	}
	return seen
}

// Finished is a trained model with its number of steps and its evaluation.
type Finished struct {
	*Exported
	Steps  int
	Result *eval.Result // nil before the evaluation
}

// WriteBundle writes the model's bundle to path, whole or not at all.
func (p *Pipeline) WriteBundle(path string, f Finished) (*bundle.Bundle, error) {
	distance, err := p.Distance()
	if err != nil {
		return nil, err
	}
	origin := export.Origin{
		SchemaHash: p.inputs.SchemaHash, Raster: p.Config.Raster, Distance: distance,
		Provenance: bundle.Provenance{
			Command: p.Command, Seed: p.Config.Seed, Steps: f.Steps, Loss: p.Config.Loss, Net: p.Config.Architecture,
			From: p.inputs.From, Packs: p.origins(),
		},
	}
	if f.Result != nil {
		if origin.Evaluation, err = f.Result.Map(); err != nil {
			return nil, err
		}
	}
	b, err := f.Model.Bundle(origin, f.Rasters)
	if err != nil {
		return nil, err
	}
	return b, output.Write(path, func(w io.Writer) error { return bundle.Write(w, b) })
}
