package demo

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/bundle"
	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
	"github.com/loc2vec/loc2vec/trainer/internal/eval"
	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
	"github.com/loc2vec/loc2vec/trainer/internal/report"
	"github.com/loc2vec/loc2vec/trainer/internal/train"
)

// learn trains, evaluates and writes the bundle, whose path it returns.
func (d *demo) learn(ctx context.Context) (string, error) {
	p := d.pipeline
	d.say("places: drawn where people would go; every fifth block of 2 km is held out")
	if err := p.ChoosePlaces(ctx, ""); err != nil {
		return "", err
	}
	baselines, err := p.Baselines(ctx)
	if err != nil {
		return "", err
	}
	probe, err := d.probe(ctx, baselines)
	if err != nil {
		return "", err
	}
	network, steps, err := d.train(ctx, probe)
	if err != nil {
		return "", err
	}
	d.say("export and evaluate: on %d places of the held-out blocks, compared with the baselines", galleryPlaces)
	exported, err := p.Export(ctx, network)
	if err != nil {
		return "", err
	}
	gallery, err := p.Gallery(ctx, galleryPlaces)
	if err != nil {
		return "", err
	}
	result, err := p.Evaluate(ctx, exported.Model, pipeline.Comparison{Baselines: baselines, Gallery: gallery, Places: galleryPlaces})
	if err != nil {
		return "", err
	}
	if err := report.WriteResult(d.Output, result); err != nil {
		return "", err
	}
	d.page.Evaluation = &report.Evaluation{Regions: []*eval.Result{result}}
	path := filepath.Join(d.Dir, d.City+".l2v")
	bundle, err := p.WriteBundle(path, pipeline.Finished{Exported: exported, Steps: steps, Result: result})
	if err != nil {
		return "", err
	}
	d.facts(path, bundle, steps)
	return path, nil
}

// train trains afresh and fills in the page's curve of the loss. It returns the network and the number of steps.
func (d *demo) train(ctx context.Context, probe func(train.Status, *encoder.Network) error) (*encoder.Network, int, error) {
	p := d.pipeline
	d.say("train: %v", time.Duration(p.Config.For))
	run, err := train.OpenRun(filepath.Join(d.Dir, "run"))
	if err != nil {
		return nil, 0, err
	}
	defer run.Close()
	if err := run.Clear(); err != nil {
		return nil, 0, err
	}
	network, err := p.Train(ctx, run, pipeline.Snapshots{At: []float64{0.03, 0.08, 0.15, 0.25, 0.4, 0.55, 0.7, 0.85, 1}, Each: probe})
	if err != nil {
		return nil, 0, err
	}
	reached, err := run.Checkpoint()
	if err != nil {
		return nil, 0, err
	}
	records, err := run.Records()
	if err != nil {
		return nil, 0, err
	}
	for _, r := range records {
		d.page.Training.Loss = append(d.page.Training.Loss, report.LossPoint{Step: r.Step, Seconds: time.Duration(r.Elapsed).Seconds(), Loss: r.Loss})
	}
	d.page.Training.LossName = p.Config.Loss
	return network, reached.Step, nil
}

// facts fills in the page's facts and details.
func (d *demo) facts(path string, b *bundle.Bundle, steps int) {
	size := func(path string) string {
		info, err := os.Stat(path)
		if err != nil {
			return "?"
		}
		return fmt.Sprintf("%.2f MB", float64(info.Size())/1e6)
	}
	meta := d.pipeline.Region.Metadata()[0]
	d.page.Facts = []report.Fact{
		{Label: "places", Value: fmt.Sprint(len(d.pipeline.Places)), Note: "to train on, drawn from the map"},
		{Label: "steps", Value: fmt.Sprint(steps), Note: fmt.Sprintf("of %d rasters", d.pipeline.Config.Batch.Rows())},
		{Label: "model", Value: size(path), Note: "int8, with its self-test"},
		{Label: "map", Value: size(filepath.Join(d.Dir, d.City+".pmtiles")), Note: fmt.Sprintf("%d tiles", meta.Tiles)},
	}
	d.page.Details = []report.Fact{
		{Label: "Command", Value: b.Manifest.Provenance.Command},
		{Label: "Configuration", Value: d.pipeline.Config.String()},
		{Label: "Space", Value: b.Manifest.SpaceID},
		{Label: "Schema", Value: b.Manifest.SchemaHash},
		{Label: "Pack", Value: meta.ContentSHA256},
	}
}

// probe returns a function that measures recall during training on a few held-out places. It starts the
// page's history with the baselines.
func (d *demo) probe(ctx context.Context, baselines []eval.Method) (func(train.Status, *encoder.Network) error, error) {
	places, err := d.pipeline.Gallery(ctx, probePlaces)
	if err != nil {
		return nil, err
	}
	probe, err := eval.NewQuickRecall(ctx, d.pipeline.Region.Evaluated(d.pipeline.Config.Raster, places), eval.QuickRecallOptions{
		Places: probePlaces, Shifts: []float64{20, 80}, Seed: d.pipeline.Config.Seed,
	})
	if err != nil {
		return nil, err
	}
	history := &report.RecallHistory{Places: probe.Places(), Shifts: probe.Shifts()}
	d.page.Training = &report.Training{Recall: history}
	for _, m := range baselines {
		recall, err := probe.Recall(m)
		if err != nil {
			return nil, err
		}
		history.Baselines = append(history.Baselines, report.RecallLevel{Name: m.Name, R1: recall})
	}
	distance, err := d.pipeline.Distance()
	if err != nil {
		return nil, err
	}
	return func(s train.Status, network *encoder.Network) error {
		plan, err := network.Plan()
		if err != nil {
			return err
		}
		recall, err := probe.Recall(eval.Encoder(eval.Method{Name: "loc2vec", Role: eval.Model, Dimension: loc2vec.Dimension, Metric: distance}, plan))
		if err != nil {
			return err
		}
		history.Points = append(history.Points, report.RecallPoint{Step: s.Step, Seconds: time.Duration(s.Elapsed).Seconds(), R1: recall})
		return nil
	}, nil
}
