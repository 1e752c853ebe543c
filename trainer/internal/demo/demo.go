// Package demo runs all steps on a real city, from the map to a page that shows what the encoder has learned.
package demo

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/bundle"
	"github.com/loc2vec/loc2vec/internal/osmtestdata"
	"github.com/loc2vec/loc2vec/osmextract"
	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
	"github.com/loc2vec/loc2vec/trainer/internal/eval"
	"github.com/loc2vec/loc2vec/trainer/internal/output"
	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
	"github.com/loc2vec/loc2vec/trainer/internal/report"
	"github.com/loc2vec/loc2vec/trainer/internal/sample"
	"github.com/loc2vec/loc2vec/trainer/internal/train"
)

// Sizes that make the demonstration take about six minutes on two cores.
const (
	trainingPlaces  = 20000 // to train on
	galleryPlaces   = 600   // held out, for the evaluation
	probePlaces     = 250   // held out, for the curve over training time
	neighbourPlaces = 1500  // places among which nearest neighbours are looked for
	nearestShown    = 5     // neighbours shown
	mapPoints       = 16000
	picturePixels   = 128 // pixels along the edge of a picture of a place
	apartMetres     = 500 // metres: a neighbour in space is to be no neighbour on the map
)

// demo is a demonstration under way.
type demo struct {
	Options
	began    time.Time
	city     city
	pipeline *pipeline.Pipeline
	page     report.Page
}

// Options describe a demonstration.
type Options struct {
	City   string // one of Cities
	Train  time.Duration
	Dir    string // of the pack, the bundle and the page; made if missing
	Seed   uint64
	Output io.Writer // gets vectors and tables
	// Messages gets progress and remarks.
	Messages io.Writer
}

// Cities returns the names of the cities that Run can show, in order.
func Cities() []string { return slices.Sorted(maps.Keys(cities())) }

// Run extracts, trains, evaluates and embeds on one city, and writes a page that shows the result.
func Run(ctx context.Context, o Options) error {
	shown, ok := cities()[o.City]
	if !ok {
		return fmt.Errorf("no city is named %q: there are %s", o.City, strings.Join(Cities(), ", "))
	}
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return err
	}
	d := &demo{Options: o, began: time.Now(), city: shown}
	config := train.DefaultConfig()
	config.Seed, config.Draw.Count = o.Seed, trainingPlaces
	config.Steps, config.For = 0, train.Duration(o.Train)
	return d.run(ctx, config)
}

// command is the command that makes the same model again.
func command(city string, c train.Config) string {
	return fmt.Sprintf("loc2vec demo -city %s -for %v -seed %d", city, time.Duration(c.For), c.Seed)
}

func (d *demo) say(format string, args ...any) {
	fmt.Fprintf(d.Messages, "\n[%s] %s\n", time.Since(d.began).Round(time.Second), fmt.Sprintf(format, args...))
}

func (d *demo) run(ctx context.Context, config train.Config) error {
	extract, err := osmtestdata.Lookup(d.City)
	if err != nil {
		return err
	}
	pack, err := d.extract(ctx, extract)
	if err != nil {
		return err
	}
	region, err := pipeline.OpenRegion([]string{pack})
	if err != nil {
		return err
	}
	defer region.Close()
	d.pipeline = &pipeline.Pipeline{
		Region: region, Config: config, Blocks: sample.DefaultBlocks(config.Seed), Command: command(d.City, config), Messages: d.Messages,
	}

	bundle, err := d.learn(ctx)
	if err != nil {
		return err
	}
	if err := d.show(ctx, bundle, pack); err != nil {
		return err
	}
	path := filepath.Join(d.Dir, "report.html")
	d.page.Title = extract.Place
	d.page.Intro = fmt.Sprintf("An encoder that learned, without a single label, what the places in %s have in common: from the map within 100 m of %d of them, in %v on %d cores. Map data of %s.",
		extract.Place, len(d.pipeline.Places), time.Duration(config.For), runtime.GOMAXPROCS(0), extract.Date)
	d.page.Attribution = region.Metadata()[0].Attribution
	if err := output.Write(path, d.page.Write); err != nil {
		return err
	}
	d.say("done. %s is the model, %s the map it reads, %s the report: open it in a browser.", bundle, pack, path)
	return nil
}

// extract makes the region pack.
func (d *demo) extract(ctx context.Context, e osmtestdata.Extract) (string, error) {
	d.say("extract: %s, OpenStreetMap data of %s, through the Go module proxy", e.Place, e.Date)
	pbf, err := e.Fetch(ctx)
	if err != nil {
		return "", err
	}
	pack := filepath.Join(d.Dir, e.Name+".pmtiles")
	made, err := pipeline.Extract(ctx, pack, osmextract.Options{Files: []string{pbf}, Name: e.Place}, d.Messages)
	if err != nil {
		return "", err
	}
	fmt.Fprintf(d.Messages, "%s: %d tiles, %.1f MB, in %v\n", pack, made.Pack.Tiles, float64(made.PackBytes)/1e6, made.Took.Round(10*time.Millisecond))
	return pack, nil
}

// learn trains, evaluates and writes the bundle.
func (d *demo) learn(ctx context.Context) (string, error) {
	p := d.pipeline
	d.say("places: where people would go; every fifth block of 2 km is held out")
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
	d.say("train: %v", time.Duration(p.Config.For))
	run, err := train.OpenRun(filepath.Join(d.Dir, "run"))
	if err != nil {
		return "", err
	}
	defer run.Close()
	if err := run.Clear(); err != nil {
		return "", err
	}
	network, err := p.Train(ctx, run, pipeline.Snapshots{At: []float64{0.03, 0.08, 0.15, 0.25, 0.4, 0.55, 0.7, 0.85, 1}, Each: probe})
	if err != nil {
		return "", err
	}
	reached, err := run.Checkpoint()
	if err != nil {
		return "", err
	}
	records, err := run.Records()
	if err != nil {
		return "", err
	}
	for _, r := range records {
		d.page.Training.Loss = append(d.page.Training.Loss, report.LossPoint{Step: r.Step, Seconds: time.Duration(r.Elapsed).Seconds(), Loss: r.Loss})
	}
	d.page.Training.LossName = p.Config.Loss

	d.say("export and evaluate: on %d places of the held-out blocks, beside the baselines", galleryPlaces)
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
	bundle, err := p.WriteBundle(path, pipeline.Finished{Exported: exported, Steps: reached.Step, Result: result})
	if err != nil {
		return "", err
	}
	d.facts(path, bundle, reached.Step)
	return path, nil
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
		{Label: "Recipe", Value: d.pipeline.Config.String()},
		{Label: "Space", Value: b.Manifest.SpaceID},
		{Label: "Schema", Value: b.Manifest.SchemaHash},
		{Label: "Pack", Value: meta.ContentSHA256},
	}
}

// probe returns the function that measures a network in training on a few held-out places, and
// starts the page's history with the levels of the baselines.
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
