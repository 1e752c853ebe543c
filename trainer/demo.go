package main

import (
	"cmp"
	"context"
	"fmt"
	"image"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/extracts"
	"github.com/loc2vec/loc2vec/raster"
	"github.com/loc2vec/loc2vec/sdk"
	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
	"github.com/loc2vec/loc2vec/trainer/internal/eval"
	"github.com/loc2vec/loc2vec/trainer/internal/picture"
	"github.com/loc2vec/loc2vec/trainer/internal/progress"
	"github.com/loc2vec/loc2vec/trainer/internal/report"
	"github.com/loc2vec/loc2vec/trainer/internal/sample"
	"github.com/loc2vec/loc2vec/trainer/internal/train"
)

// Sizes of the demonstration, so that all of it takes about ten minutes on two cores.
const (
	demoPlaces     = 20000 // to train on
	demoGallery    = 600   // held out, for the evaluation
	demoProbe      = 250   // held out, for the curve over training time
	demoNeighbours = 1500  // places among which nearest neighbours are looked for
	demoNearest    = 5     // neighbours shown
	demoMapPoints  = 16000
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
	config.Seed, config.For = *seed, train.Duration(*length)
	return d.run(ctx, config)
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
	d.lesson = &lesson{std: d.std, region: region, config: config, blocks: sample.DefaultBlocks(config.Seed), command: "loc2vec demo -city " + d.name}

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
	if err := l.draw(ctx, "", demoPlaces); err != nil {
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
func (d *demo) facts(path string, b *loc2vec.Bundle, steps int) {
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
		{Label: "steps", Value: fmt.Sprint(steps), Note: fmt.Sprintf("of %d rasters", d.lesson.config.Recipe.Rows())},
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
		recall, err := probe.Recall(eval.Encoder("loc2vec", eval.Model, loc2vec.Dimension, eval.Distance(distance), network))
		if err != nil {
			return err
		}
		history.Points = append(history.Points, report.RecallPoint{Step: s.Step, Seconds: time.Duration(s.Elapsed).Seconds(), R1: recall})
		return nil
	}, nil
}

// seen is a place as the sdk sees it.
type seen struct {
	place    loc2vec.LatLon
	vector   sdk.Vector
	coverage report.Coverage
}

// show embeds the city's spots as a phone would, with the engine in Go, and finds places like them.
func (d *demo) show(ctx context.Context, bundle, pack string) error {
	model, err := sdk.Open(bundle, sdk.Options{Engine: sdk.Go})
	if err != nil {
		return err
	}
	defer model.Close()
	if err := model.AddRegion(pack); err != nil {
		return err
	}
	if _, err := model.SelfTest(); err != nil {
		return err
	}
	d.say("embed: well-known places, with the engine %s and no native library", model.Describe())
	others, typical, err := d.surroundings(ctx, model)
	if err != nil {
		return err
	}
	began := time.Now()
	for _, s := range d.city.spots {
		here, picture, err := d.look(ctx, model, s.place)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		fmt.Fprintf(d.std.out, "\n%s (%.4f, %.4f)\n  %s\n", s.name, s.place.Lat, s.place.Lon, numbers(here.vector.Values[:]))
		hood := report.Neighbourhood{Place: report.Picture{Name: s.name, Image: picture, Link: mapLink(s.place)}}
		near, err := nearest(here, others)
		if err != nil {
			return err
		}
		for _, n := range near {
			there, picture, err := d.look(ctx, model, n.place)
			if err != nil {
				return err
			}
			words, metres := typical.Words(here.coverage, there.coverage), s.place.DistanceTo(n.place)
			fmt.Fprintf(d.std.out, "  %.3f away: %.4f, %.4f, %.1f km off: %s\n", n.distance, n.place.Lat, n.place.Lon, metres/1000, words)
			hood.Near = append(hood.Near, report.Neighbour{
				Picture:  report.Picture{Name: fmt.Sprintf("%.4f, %.4f", n.place.Lat, n.place.Lon), Image: picture, Link: mapLink(n.place)},
				Distance: n.distance, Metres: metres, Words: words,
			})
		}
		d.page.Neighbours = append(d.page.Neighbours, hood)
	}
	fmt.Fprintf(d.std.err, "%d places with their neighbours in %v\n", len(d.city.spots), time.Since(began).Round(time.Millisecond))
	return d.drawMap(ctx, bundle)
}

// surroundings embeds places all over the region, to look for neighbours among them.
func (d *demo) surroundings(ctx context.Context, model *sdk.Model) ([]seen, report.Typical, error) {
	places, err := d.lesson.region.gallery(ctx, demoNeighbours, d.lesson.config.Seed+2, sample.Blocks{})
	if err != nil {
		return nil, report.Typical{}, err
	}
	places = places[:min(len(places), demoNeighbours)]
	bar := progress.New(d.std.err, "embed", int64(len(places)), progress.Items)
	defer bar.Close()
	var others []seen
	var coverages []report.Coverage
	for i, p := range places {
		s, _, err := d.look(ctx, model, p)
		if err != nil {
			return nil, report.Typical{}, err
		}
		others, coverages = append(others, s), append(coverages, s.coverage)
		bar.Set(int64(i+1), "")
	}
	return others, report.NewTypical(coverages), nil
}

// look embeds a place through the sdk and draws what the encoder saw.
func (d *demo) look(ctx context.Context, model *sdk.Model, place loc2vec.LatLon) (seen, image.Image, error) {
	result, err := model.Embed(ctx, place)
	if err != nil {
		return seen{}, nil, err
	}
	spec := d.lesson.config.Raster
	img := make([]uint8, loc2vec.NumLayers*spec.Pixels*spec.Pixels)
	if err := d.lesson.region.tiles.Drawer(spec).Draw(img, raster.Pose{Place: place}); err != nil {
		return seen{}, nil, err
	}
	return seen{place: place, vector: result.Vector, coverage: report.CoverageOf(img)}, picture.Composite(img, spec.Pixels), nil
}

// neighbour is a place with its distance in the embedding space.
type neighbour struct {
	seen
	distance float64
}

// nearest returns the places nearest to here in the embedding space, leaving out those nearby on the
// map and those beside one that is already in the list.
func nearest(here seen, others []seen) ([]neighbour, error) {
	var all []neighbour
	for _, o := range others {
		distance, err := sdk.Distance(here.vector, o.vector)
		if err != nil {
			return nil, err
		}
		all = append(all, neighbour{o, distance})
	}
	slices.SortStableFunc(all, func(a, b neighbour) int { return cmp.Compare(a.distance, b.distance) })
	var near []neighbour
	for _, n := range all {
		beside := here.place.DistanceTo(n.place) < demoApart || slices.ContainsFunc(near, func(m neighbour) bool {
			return m.place.DistanceTo(n.place) < demoApart
		})
		if !beside {
			near = append(near, n)
		}
		if len(near) == demoNearest {
			break
		}
	}
	return near, nil
}

// drawMap colours the city by its embedding.
func (d *demo) drawMap(ctx context.Context, bundle string) error {
	d.say("map: the city coloured by the first three principal components of the embedding")
	b, err := loc2vec.OpenBundleFile(bundle)
	if err != nil {
		return err
	}
	engine, err := sdk.OpenEncoder(b.Model, b.Manifest.Raster.Pixels, sdk.Options{Engine: sdk.Go})
	if err != nil {
		return err
	}
	defer engine.Close()
	bar := progress.New(d.std.err, "map", demoMapPoints, progress.Items)
	defer bar.Close()
	d.page.Map, err = report.DrawGrid(ctx, d.city.view, demoMapPoints, report.GridSource{
		Spec: b.Manifest.Raster, Tile: d.lesson.region.tiles.Tile, Contains: d.lesson.region.tiles.Contains,
		Embed: engine.Embed, Dimension: loc2vec.Dimension,
	}, func(done, total int) {
		bar.SetTotal(int64(total))
		bar.Set(int64(done), "")
	})
	if err != nil {
		return err
	}
	d.page.MapCaption = fmt.Sprintf("One embedding every %.0f m. Places of one colour look alike to the encoder, wherever they are.", d.page.Map.Metres)
	return nil
}

// numbers prints a vector.
func numbers(v []float32) string {
	var b strings.Builder
	for i, x := range v {
		if i > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "%+.2f", x)
	}
	return b.String()
}

// mapLink is the place on openstreetmap.org.
func mapLink(ll loc2vec.LatLon) string {
	return fmt.Sprintf("https://www.openstreetmap.org/?mlat=%.5f&mlon=%.5f#map=17/%.5f/%.5f", ll.Lat, ll.Lon, ll.Lat, ll.Lon)
}
