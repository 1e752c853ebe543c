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

	"github.com/loc2vec/loc2vec/internal/osmtestdata"
	"github.com/loc2vec/loc2vec/osmextract"
	"github.com/loc2vec/loc2vec/trainer/internal/output"
	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
	"github.com/loc2vec/loc2vec/trainer/internal/report"
	"github.com/loc2vec/loc2vec/trainer/internal/sample"
	"github.com/loc2vec/loc2vec/trainer/internal/train"
)

// Sizes that make the demonstration take about six minutes on two cores.
const (
	trainingPlaces = 20000 // to train on
	galleryPlaces  = 600   // held out, for the evaluation
	probePlaces    = 250   // held out, for the curve over training time
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
	City  string // one of Cities
	Train time.Duration
	Dir   string // of the pack, the bundle and the page; made if missing
	Seed  uint64
	// Output gets vectors and tables, Messages progress and remarks.
	Output   io.Writer
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

// command returns the command line that makes the same model again.
func command(city string, c train.Config) string {
	return fmt.Sprintf("loc2vec demo --city %s --for %v --seed %d", city, time.Duration(c.For), c.Seed)
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
	if err := d.show(ctx, bundle); err != nil {
		return err
	}
	path := filepath.Join(d.Dir, "report.html")
	d.page.Title = extract.Place
	d.page.Intro = fmt.Sprintf("An encoder that learned without labels what places in %s have in common, from the map within 100 m of %d places, in %v on %d cores. Map data of %s.",
		extract.Place, len(d.pipeline.Places), time.Duration(config.For), runtime.GOMAXPROCS(0), extract.Date)
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
	made, err := pipeline.Extract(ctx, pipeline.ExtractOptions{
		Options: osmextract.Options{Files: []string{pbf}, Name: e.Place}, Out: pack, Messages: d.Messages,
	})
	if err != nil {
		return "", err
	}
	fmt.Fprintf(d.Messages, "%s: %d tiles, %.1f MB, in %v\n", pack, made.Pack.Tiles, float64(made.PackBytes)/1e6, made.Took.Round(10*time.Millisecond))
	return pack, nil
}
