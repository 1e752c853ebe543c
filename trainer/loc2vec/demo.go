package main

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
	"github.com/loc2vec/loc2vec/internal/extracts"
	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
	"github.com/loc2vec/loc2vec/trainer/internal/eval"
	"github.com/loc2vec/loc2vec/trainer/internal/report"
	"github.com/loc2vec/loc2vec/trainer/internal/sample"
	"github.com/loc2vec/loc2vec/trainer/internal/train"
)

// Sizes of the demonstration, so that all of it takes about six minutes on two cores.
const (
	demoPlaces     = 20000 // to train on
	demoGallery    = 600   // held out, for the evaluation
	demoProbe      = 250   // held out, for the curve over training time
	demoNeighbours = 1500  // places among which nearest neighbours are looked for
	demoNearest    = 5     // neighbours shown
	demoMapPoints  = 16000
	demoPicture    = 128 // pixels along the edge of a picture of a place
	demoApart      = 500 // metres: a neighbour in space is to be no neighbour on the map
)

// demo is the verb demo under way.
type demo struct {
	std    stdio
	began  time.Time
	dir    string
	name   string // of the extract
	city   city
	lesson *lesson
	page   report.Page
}

// runDemo is the verb demo: the whole line on a real city.
func runDemo(ctx context.Context, std stdio, args []string) error {
	f := newFlags(std, "demo", "[-city NAME] [-for 5m] [-dir DIR]")
	name := f.String("city", "bremen", "extract to run on: "+strings.Join(slices.Sorted(maps.Keys(cities())), ", "))
	length := f.Duration("for", 5*time.Minute, "time to train")
	dir := f.String("dir", "demo", "directory for the pack, the bundle and the page")
	seed := f.Uint64("seed", 1, "seed of everything random")
	if err := f.parse(args, false); err != nil {
		return err
	}
	shown, ok := cities()[*name]
	if !ok {
		return usagef("no city %q: there are %s", *name, strings.Join(slices.Sorted(maps.Keys(cities())), ", "))
	}
	if *length <= 0 {
		return usagef("-for is the time to train, above zero")
	}
	if err := os.MkdirAll(*dir, 0o755); err != nil {
		return err
	}
	d := &demo{std: std, began: time.Now(), dir: *dir, name: *name, city: shown}
	config := train.DefaultConfig()
	config.Seed, config.Steps, config.For = *seed, 0, train.Duration(*length)
	return d.run(ctx, config)
}

// demoCommand is the command that makes the same model again.
func demoCommand(city string, c train.Config) string {
	return fmt.Sprintf("loc2vec demo -city %s -for %v -seed %d", city, time.Duration(c.For), c.Seed)
}

func (d *demo) say(format string, args ...any) {
	fmt.Fprintf(d.std.err, "\n[%s] %s\n", time.Since(d.began).Round(time.Second), fmt.Sprintf(format, args...))
}

func (d *demo) run(ctx context.Context, config train.Config) error {
	extract, err := extracts.Lookup(d.name)
	if err != nil {
		return err
	}
	pack, err := d.extract(ctx, extract)
	if err != nil {
		return err
	}
	region, err := openRegion(pack)
	if err != nil {
		return err
	}
	defer region.Close()
	d.lesson = &lesson{std: d.std, region: region, config: config, blocks: sample.DefaultBlocks(config.Seed), command: demoCommand(d.name, config)}

	bundle, err := d.learn(ctx)
	if err != nil {
		return err
	}
	if err := d.show(ctx, bundle, pack); err != nil {
		return err
	}
	path := filepath.Join(d.dir, "report.html")
	d.page.Title = extract.Place
	d.page.Intro = fmt.Sprintf("An encoder that learned, without a single label, what the places in %s have in common: from the map within 100 m of %d of them, in %v on %d cores. Map data of %s.",
		extract.Place, len(d.lesson.places), time.Duration(config.For), runtime.GOMAXPROCS(0), extract.Date)
	d.page.Attribution = region.packs[0].Metadata().Attribution
	if err := writeFile(path, d.page.Write); err != nil {
		return err
	}
	d.say("done. %s is the model, %s the map it reads, %s the report: open it in a browser.", bundle, pack, path)
	return nil
}

// extract makes the region pack.
func (d *demo) extract(ctx context.Context, e extracts.Extract) (string, error) {
	d.say("extract: %s, OpenStreetMap data of %s, through the Go module proxy", e.Place, e.Date)
	pbf, err := e.Fetch(ctx)
	if err != nil {
		return "", err
	}
	pack := filepath.Join(d.dir, e.Name+".pmtiles")
	return pack, runExtract(ctx, stdio{in: d.std.in, out: io.Discard, err: d.std.err}, []string{"-pbf", pbf, "-o", pack, "-name", e.Place})
}

// learn trains, evaluates and writes the bundle.
func (d *demo) learn(ctx context.Context) (string, error) {
	l := d.lesson
	d.say("places: where people would go; every fifth block of 2 km is held out")
	if err := l.draw(ctx, "", sample.DefaultDraw(demoPlaces, l.config.Seed)); err != nil {
		return "", err
	}
	rivals, err := l.baselines(ctx)
	if err != nil {
		return "", err
	}
	probe, err := d.probe(ctx, rivals)
	if err != nil {
		return "", err
	}
	d.say("train: %v", time.Duration(l.config.For))
	run, err := train.OpenRun(filepath.Join(d.dir, "run"))
	if err != nil {
		return "", err
	}
	defer run.Close()
	if err := run.Clear(); err != nil {
		return "", err
	}
	network, err := l.train(ctx, run, []float64{0.03, 0.08, 0.15, 0.25, 0.4, 0.55, 0.7, 0.85, 1}, probe)
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
		d.page.Loss = append(d.page.Loss, report.LossPoint{Step: r.Step, Seconds: time.Duration(r.Elapsed).Seconds(), Loss: r.Loss})
	}
	d.page.LossName = l.config.Loss

	d.say("export and evaluate: on %d places of the held-out blocks, beside the baselines", demoGallery)
	model, golden, err := l.export(ctx, network)
	if err != nil {
		return "", err
	}
	gallery, err := l.gallery(ctx, demoGallery)
	if err != nil {
		return "", err
	}
	result, err := l.evaluate(ctx, model, rivals, gallery, demoGallery)
	if err != nil {
		return "", err
	}
	if err := result.WriteTable(d.std.out); err != nil {
		return "", err
	}
	d.page.Evaluation = []*eval.Result{result}
	path := filepath.Join(d.dir, d.name+".l2v")
	bundle, err := l.bundle(path, model, golden, reached.Step, result)
	if err != nil {
		return "", err
	}
	d.facts(path, bundle, reached.Step)
	return path, nil
}

// facts fills the page's figures and details.
func (d *demo) facts(path string, b *bundle.Bundle, steps int) {
	size := func(path string) string {
		info, err := os.Stat(path)
		if err != nil {
			return "?"
		}
		return fmt.Sprintf("%.2f MB", float64(info.Size())/1e6)
	}
	meta := d.lesson.region.packs[0].Metadata()
	d.page.Facts = []report.Fact{
		{Label: "places", Value: fmt.Sprint(len(d.lesson.places)), Note: "to train on, drawn from the map"},
		{Label: "steps", Value: fmt.Sprint(steps), Note: fmt.Sprintf("of %d rasters", d.lesson.config.Batch.Rows())},
		{Label: "model", Value: size(path), Note: "int8, with its self-test"},
		{Label: "map", Value: size(filepath.Join(d.dir, d.name+".pmtiles")), Note: fmt.Sprintf("%d tiles", meta.Tiles)},
	}
	d.page.Details = []report.Fact{
		{Label: "Command", Value: b.Manifest.Provenance.Command},
		{Label: "Recipe", Value: d.lesson.config.String()},
		{Label: "Space", Value: b.Manifest.SpaceID},
		{Label: "Schema", Value: b.Manifest.SchemaHash},
		{Label: "Pack", Value: meta.ContentSHA256},
	}
}

// probe returns the function that measures a network in training on a few held-out places, and
// starts the page's history with the levels of the baselines.
func (d *demo) probe(ctx context.Context, rivals []eval.Method) (func(train.Status, *encoder.Network) error, error) {
	places, err := d.lesson.gallery(ctx, demoProbe)
	if err != nil {
		return nil, err
	}
	probe, err := eval.NewProbe(ctx, d.lesson.region.evaluated(d.lesson.config.Raster, places), demoProbe, []float64{20, 80}, d.lesson.config.Seed)
	if err != nil {
		return nil, err
	}
	history := &report.RecallHistory{Places: probe.Places(), Shifts: probe.Shifts()}
	d.page.Recall = history
	for _, m := range rivals {
		recall, err := probe.Recall(m)
		if err != nil {
			return nil, err
		}
		history.Baselines = append(history.Baselines, report.RecallLevel{Name: m.Name, R1: recall})
	}
	distance, err := d.lesson.distance()
	if err != nil {
		return nil, err
	}
	return func(s train.Status, network *encoder.Network) error {
		plan, err := network.Plan()
		if err != nil {
			return err
		}
		recall, err := probe.Recall(eval.Encoder("loc2vec", eval.Model, loc2vec.Dimension, distance, plan))
		if err != nil {
			return err
		}
		history.Points = append(history.Points, report.RecallPoint{Step: s.Step, Seconds: time.Duration(s.Elapsed).Seconds(), R1: recall})
		return nil
	}, nil
}
