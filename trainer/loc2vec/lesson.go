package main

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"time"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/bundle"
	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
	"github.com/loc2vec/loc2vec/trainer/internal/eval"
	"github.com/loc2vec/loc2vec/trainer/internal/export"
	"github.com/loc2vec/loc2vec/trainer/internal/metric"
	"github.com/loc2vec/loc2vec/trainer/internal/progress"
	"github.com/loc2vec/loc2vec/trainer/internal/sample"
	"github.com/loc2vec/loc2vec/trainer/internal/train"
)

// Sizes of the steps around training.
const (
	calibrationRasters = 512  // that alignment and quantisation see
	baselinePlaces     = 3000 // that the baselines are fitted on
	galleryCandidates  = 5    // places drawn for each one wanted in a gallery, before they are spread
)

// lesson is the way from a region to a model: places, training, export and evaluation. The verbs
// train and demo share it.
type lesson struct {
	std     stdio
	region  *region
	config  train.Config
	inputs  train.Inputs
	blocks  sample.Blocks    // TestShare 0 when nothing is held out
	places  []loc2vec.LatLon // to train on
	start   *start           // the model that training starts from, or nil
	command string           // for the bundle's provenance
}

// draw chooses the training places: those of the file, or from the packs as the options say.
func (l *lesson) draw(ctx context.Context, file string, options sample.DrawOptions) error {
	if file != "" {
		places, err := l.read(file)
		if err != nil {
			return err
		}
		l.places = places
	} else {
		if l.blocks.TestShare > 0 {
			options.Accept = l.blocks.Train
		}
		places, report, err := sample.Draw(ctx, l.region.tiles, options)
		switch {
		case errors.Is(err, sample.ErrNone) && report.Refused > 0:
			return l.tooSmall()
		case err != nil:
			return err
		}
		l.places = places
		fmt.Fprintf(l.std.err, "places: %d of %d sites and %.0f km of road in %d tiles; %d along roads, %d with next to nothing around them\n",
			report.Places, report.Sites, report.RoadMetres/1000, report.Tiles, report.AlongRoads, report.Empty)
	}
	// Found out before the training rather than at its end: the export turns the space to its axes.
	if len(l.places) <= loc2vec.Dimension {
		return fmt.Errorf("%d places to train on in %s: more than %d are needed", len(l.places), l.region.name(), loc2vec.Dimension)
	}
	l.inputs = train.Inputs{SchemaHash: l.region.schemaHash(), Packs: contentsOf(l.region.origins()), Places: hashPlaces(l.places)}
	if l.start != nil {
		l.inputs.From = l.start.manifest.SpaceID
	}
	return nil
}

// tooSmall is the error of a region in which blocks leave no place to train on, or hold none out.
func (l *lesson) tooSmall() error {
	return fmt.Errorf("the region is too small to hold blocks of %.0f km out of it: train with -holdout 0", l.blocks.Metres/1000)
}

// read reads a file of places and keeps those that may be trained on, in an order by chance: rows mostly come in
// the order of time or place, and the first ones calibrate the model.
func (l *lesson) read(file string) ([]loc2vec.LatLon, error) {
	format, err := sample.FormatOf(file)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	all, report, err := sample.ReadPlaces(f, format)
	if err != nil {
		return nil, fmt.Errorf("read places from %s: %w", file, err)
	}
	for _, bad := range report.Errors {
		fmt.Fprintf(l.std.err, "%s: %v\n", file, bad)
	}
	if more := report.Bad - len(report.Errors); more > 0 {
		fmt.Fprintf(l.std.err, "%s: %d more bad rows\n", file, more)
	}
	var places []loc2vec.LatLon
	outside, swapped, held := 0, 0, 0
	for _, p := range all {
		inside, err := l.region.tiles.Contains(p)
		if err != nil {
			return nil, err
		}
		switch {
		case !inside:
			outside++
			turned, err := l.region.tiles.Contains(loc2vec.LatLon{Lat: p.Lon, Lon: p.Lat})
			if err != nil {
				return nil, err
			}
			if turned {
				swapped++
			}
		case l.blocks.TestShare > 0 && !l.blocks.Train(p):
			held++
		default:
			places = append(places, p)
		}
	}
	fmt.Fprintf(l.std.err, "places: %d of %d rows in %s; %d bad, %d outside of the packs, %d held out\n",
		len(places), report.Rows, file, report.Bad, outside, held)
	if swapped > 0 {
		fmt.Fprintf(l.std.err, "places: %d rows would be inside if latitude and longitude changed places\n", swapped)
	}
	rng := rand.New(rand.NewPCG(l.config.Seed, 0))
	rng.Shuffle(len(places), func(i, j int) { places[i], places[j] = places[j], places[i] })
	return places, nil
}

// hashPlaces names a list of places.
func hashPlaces(places []loc2vec.LatLon) string {
	h := sha256.New()
	for _, p := range places {
		var b [16]byte
		binary.LittleEndian.PutUint64(b[:], math.Float64bits(p.Lat))
		binary.LittleEndian.PutUint64(b[8:], math.Float64bits(p.Lon))
		h.Write(b[:])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// train trains and shows how far it has come.
func (l *lesson) train(ctx context.Context, run *train.Run, snapshots []float64, snapshot func(train.Status, *encoder.Network) error) (*encoder.Network, error) {
	fmt.Fprintf(l.std.err, "train: %s\n", &l.config)
	// A run that has a time is measured by it, one that has a number of steps by them.
	total, unit := int64(l.config.Steps), progress.Steps
	if total == 0 {
		total, unit = int64(time.Duration(l.config.For).Seconds()), "s"
	}
	bar := progress.New(l.std.err, "train", total, unit)
	defer bar.Close()
	var start *encoder.Network
	if l.start != nil {
		start = l.start.network
	}
	first := true
	return train.Train(ctx, train.Job{
		Config: l.config, Inputs: l.inputs, Tiles: l.region.tiles, Places: l.places, Start: start, Run: run, Workers: runtime.GOMAXPROCS(0),
		Snapshots: snapshots, Snapshot: snapshot,
		Progress: func(s train.Status) {
			done := int64(s.Step)
			if l.config.Steps == 0 {
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

// distance is how the vectors of the lesson's loss are compared.
func (l *lesson) distance() (loc2vec.Metric, error) {
	spec, err := metric.Lookup(l.config.Loss)
	if err != nil {
		return "", err
	}
	return spec.Space.Metric(), nil
}

// export aligns and quantises the network; the rasters are returned for the bundle's self-test.
func (l *lesson) export(ctx context.Context, network *encoder.Network) (*export.Model, [][]uint8, error) {
	distance, err := l.distance()
	if err != nil {
		return nil, nil, err
	}
	places := l.places[:min(len(l.places), calibrationRasters)]
	rasters, err := l.region.rasters(ctx, l.config.Raster, places, l.config.Batch.Shift, l.config.Seed)
	if err != nil {
		return nil, nil, fmt.Errorf("draw rasters for calibration: %w", err)
	}
	model, err := export.New(network, rasters, distance)
	return model, rasters, err
}

// gallery returns places that were not trained on, as far apart as the protocol wants, a few more
// than n to replace empty ones.
func (l *lesson) gallery(ctx context.Context, n int) ([]loc2vec.LatLon, error) {
	return l.region.gallery(ctx, n, l.config.Seed+1, l.blocks)
}

// gallery draws places for a gallery of n, in test blocks when there are any.
func (r *region) gallery(ctx context.Context, n int, seed uint64, blocks sample.Blocks) ([]loc2vec.LatLon, error) {
	options := sample.DefaultDraw(galleryCandidates*n, seed)
	options.MaxEmpty = 1 // the evaluation drops empty places itself and says how many
	if blocks.TestShare > 0 {
		options.Accept = blocks.Test
	}
	places, _, err := sample.Draw(ctx, r.tiles, options)
	if err != nil {
		return nil, fmt.Errorf("draw a gallery: %w", err)
	}
	return sample.Spread(places, gallerySpacing), nil
}

// baselines fits the rivals on training places.
func (l *lesson) baselines(ctx context.Context) ([]eval.Method, error) {
	distance, err := l.distance()
	if err != nil {
		return nil, err
	}
	return l.region.rivals(ctx, l.std, rivalry{
		places: l.places[:min(len(l.places), baselinePlaces)], spec: l.config.Raster,
		layout: l.config.Architecture, distance: distance, seed: l.config.Seed,
	})
}

// evaluate compares a model with the rivals on at most n of the places of a gallery.
func (l *lesson) evaluate(ctx context.Context, model *export.Model, rivals []eval.Method, places []loc2vec.LatLon, n int) (*eval.Result, error) {
	distance, err := l.distance()
	if err != nil {
		return nil, err
	}
	float, err := model.Float.Plan()
	if err != nil {
		return nil, err
	}
	methods := append([]eval.Method{
		eval.Encoder("loc2vec int8", eval.Model, loc2vec.Dimension, distance, model.Quantised),
		eval.Encoder("loc2vec float32", eval.Float, loc2vec.Dimension, distance, float),
	}, rivals...)
	if l.start != nil {
		// A rival like the others: it shows what the region's own training was worth.
		before, err := l.start.network.Plan()
		if err != nil {
			return nil, err
		}
		methods = append(methods, eval.Encoder("before fine-tuning", eval.Baseline, loc2vec.Dimension, l.start.manifest.Distance, before))
	}
	split := "places in the training region: nothing was held out"
	if l.blocks.TestShare > 0 {
		split = fmt.Sprintf("held-out blocks of %.0f km, at least %.0f km from any training place", l.blocks.Metres/1000, l.blocks.Margin/1000)
		if l.startSawTests() {
			split += ", which the model to start from was trained on, however"
		}
	}
	bar := progress.New(l.std.err, "evaluate", int64(n), progress.Items)
	defer bar.Close()
	return eval.Run(ctx, l.region.evaluated(l.config.Raster, places), methods, eval.Options{
		Figures: eval.MainFigures, Places: n, Seed: l.config.Seed, Split: split, FittedOn: "training places of the same region",
		Progress: func(done, total int) {
			bar.SetTotal(int64(total))
			bar.Set(int64(done), "")
		},
	})
}

// startSawTests reports whether the model that training starts from has seen places that this run holds out.
func (l *lesson) startSawTests() bool {
	return slices.ContainsFunc(l.region.origins(), l.startSaw)
}

// startSaw reports whether the model that training starts from was trained on blocks of the region that this run
// holds out.
func (l *lesson) startSaw(region bundle.Pack) bool {
	if l.start == nil {
		return false
	}
	before := find(l.start.manifest.Provenance.Packs, region)
	return before != nil && (before.HeldOut != l.blocks.TestShare || before.HeldOutSeed != l.blocks.Seed)
}

// origins names all packs that the model has seen, with what of them it has not: those of this run, and those of
// the model that it starts from.
func (l *lesson) origins() []bundle.Pack {
	seen := l.region.origins()
	for i, o := range seen {
		if l.blocks.TestShare > 0 && !l.startSaw(o) {
			seen[i].HeldOut, seen[i].HeldOutSeed = l.blocks.TestShare, l.blocks.Seed
		}
	}
	if l.start == nil {
		return seen
	}
	for _, o := range l.start.manifest.Provenance.Packs {
		same := func(s bundle.Pack) bool { return s.ContentSHA256 == o.ContentSHA256 }
		if !slices.ContainsFunc(seen, same) {
			seen = append(seen, o)
		}
	}
	return seen
}

// bundle writes the model's bundle to path, whole or not at all.
func (l *lesson) bundle(path string, model *export.Model, golden [][]uint8, steps int, result *eval.Result) (*bundle.Bundle, error) {
	distance, err := l.distance()
	if err != nil {
		return nil, err
	}
	origin := export.Origin{
		SchemaHash: l.inputs.SchemaHash, Raster: l.config.Raster, Distance: distance,
		Provenance: bundle.Provenance{
			Command: l.command, Seed: l.config.Seed, Steps: steps, Loss: l.config.Loss, Net: l.config.Architecture,
			From: l.inputs.From, Packs: l.origins(),
		},
	}
	if result != nil {
		if origin.Evaluation, err = result.Map(); err != nil {
			return nil, err
		}
	}
	b, err := model.Bundle(origin, golden)
	if err != nil {
		return nil, err
	}
	return b, writeFile(path, func(w io.Writer) error { return bundle.Write(w, b) })
}
