package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"runtime/debug"
	"slices"
	"time"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/contextio"
	"github.com/loc2vec/loc2vec/trainer/internal/fieldtest"
	"github.com/loc2vec/loc2vec/trainer/internal/geofile"
	"github.com/loc2vec/loc2vec/trainer/internal/output"
	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
	"github.com/loc2vec/loc2vec/trainer/internal/progress"
	"github.com/loc2vec/loc2vec/trainer/internal/sample"
)

// readTrack reads the recording, or simulates one.
func (o *fieldtestFlags) readTrack(ctx context.Context) (*geofile.Track, error) {
	if o.generate > 0 {
		return o.simulate(ctx)
	}
	return readTrack(ctx, o.track)
}

// readTrack reads the track at path. Reading ends with the context.
func readTrack(ctx context.Context, path string) (*geofile.Track, error) {
	format, err := geofile.FormatOf(path, geofile.TrackFormats())
	if err != nil {
		return nil, usageError{err: err}
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	t, err := geofile.ReadTrack(contextio.NewReader(ctx, file), format)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	return t, nil
}

// simulate generates a track between four places that people would visit, three of them near the first.
func (o *fieldtestFlags) simulate(ctx context.Context) (t *geofile.Track, err error) {
	r, err := pipeline.OpenRegion(o.packs)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	places, _, err := sample.Draw(ctx, r.Tiles, sample.DefaultDraw(200, o.seed))
	if err != nil {
		return nil, err
	}
	home := places[0]
	// Neighbours first: the distance nearest to 1,200 m leads.
	slices.SortFunc(places, func(a, b loc2vec.LatLon) int {
		offset := func(p loc2vec.LatLon) float64 { return math.Abs(home.DistanceTo(p) - 1200) }
		return cmp.Compare(offset(a), offset(b))
	})
	t, err = fieldtest.Generate(rand.New(rand.NewPCG(o.seed, 1)), fieldtest.Plan{
		Stops: append([]loc2vec.LatLon{home}, places[:min(3, len(places))]...), Stay: 6 * time.Minute,
		Duration: o.generate, Start: time.Date(2026, 1, 1, 8, 0, 0, 0, time.UTC),
	})
	if err != nil || o.gpx == "" {
		return t, err
	}
	return t, output.Write(o.gpx, func(w io.Writer) error {
		return geofile.WriteGPX(w, t, fmt.Sprintf("simulated by loc2vec fieldtest, seed %d", o.seed))
	})
}

// replay runs the track through a model that is opened for it, and writes the file of --vectors.
func (o *fieldtestFlags) replay(ctx context.Context, std stdio, t *geofile.Track) (result *fieldtest.Result, err error) {
	opts, err := o.engine.options(std)
	if err != nil {
		return nil, err
	}
	debug.FreeOSMemory() // memory from earlier work would hide that of the sdk
	before := fieldtest.Resident()
	model, err := openModel(o.bundle, o.packs, opts)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, model.Close()) }()
	bar := progress.New(std.err, "replay", int64(len(t.Fixes)), progress.Items)
	defer bar.Close()
	result, err = fieldtest.Run(ctx, model, t, before, fieldtest.Options{
		Threshold: o.threshold, Progress: func(done, _ int) { bar.Set(int64(done), "") },
	})
	if err != nil || o.vectors == "" {
		return result, err
	}
	return result, o.writeVectors(std, model, result, t)
}
