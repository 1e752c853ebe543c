package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/raster"
	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
	"github.com/loc2vec/loc2vec/trainer/internal/eval"
	"github.com/loc2vec/loc2vec/trainer/internal/net"
	"github.com/loc2vec/loc2vec/trainer/internal/progress"
)

// Batches of rasters that set the batch statistics of a network with random weights.
const (
	calmingBatches = 8
	calmingBatch   = 32
)

// rivalry says what the baselines are fitted on.
type rivalry struct {
	places   []loc2vec.LatLon
	spec     raster.Spec
	layout   string         // of the network with random weights, none when empty
	distance loc2vec.Metric // of that network
	seed     uint64
}

// rivals fits the baselines, and makes a network with random weights one of them.
func (r *region) rivals(ctx context.Context, std stdio, v rivalry) ([]eval.Method, error) {
	bar := progress.New(std.err, "baselines", int64(len(v.places)), progress.Items)
	methods, err := eval.Baselines(ctx, r.evaluated(v.spec, v.places), v.seed, func(done, _ int) { bar.Set(int64(done), "") })
	bar.Close()
	if err != nil || v.layout == "" {
		return methods, err
	}
	network, err := r.randomNetwork(ctx, v.layout, v.spec, v.places, v.seed)
	if err != nil {
		return nil, fmt.Errorf("random weights: %w", err)
	}
	plan, err := network.Plan()
	if err != nil {
		return nil, fmt.Errorf("random weights: %w", err)
	}
	return append(methods, eval.Encoder("random weights", eval.Baseline, loc2vec.Dimension, v.distance, plan)), nil
}

// randomNetwork returns an untrained network whose batch statistics are those of real places, of
// which there must be two.
func (r *region) randomNetwork(ctx context.Context, layout string, spec raster.Spec, places []loc2vec.LatLon, seed uint64) (*encoder.Network, error) {
	size := min(calmingBatch, len(places))
	fresh, err := net.New(net.Config{Architecture: layout, Pixels: spec.Pixels, Batch: size, Seed: seed}, func(_, _ []float32) (float64, error) {
		return 0, errors.New("this network is not to be trained")
	})
	if err != nil {
		return nil, err
	}
	places = places[:min(len(places), calmingBatches*size)]
	rasters, err := r.rasters(ctx, spec, places, 80, seed)
	if err != nil {
		return nil, err
	}
	next, stop := iter.Pull(slices.Chunk(rasters, size))
	defer stop()
	err = fresh.Recalibrate(len(rasters)/size, func() ([]uint8, error) {
		batch, _ := next()
		return slices.Concat(batch...), nil
	})
	return fresh.Network(), err
}
