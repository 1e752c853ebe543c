package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
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
	batchNormWarmup = 8  // batches
	warmupBatch     = 32 // rasters in each
)

// baselinePlaces is how many places the baselines are fitted on.
const baselinePlaces = 3000

// BaselineConfig says what the baselines are fitted on.
type BaselineConfig struct {
	Places   []loc2vec.LatLon
	Raster   raster.Spec
	Net      string         // architecture of a network with random weights; none when empty
	Distance loc2vec.Metric // of that network
	Seed     uint64
}

// Baselines fits the baselines. A network with random weights is one of them where the configuration names an
// architecture.
func (r *Region) Baselines(ctx context.Context, c BaselineConfig, messages io.Writer) ([]eval.Method, error) {
	bar := progress.New(messages, "baselines", int64(len(c.Places)), progress.Items)
	methods, err := eval.Baselines(ctx, r.Evaluated(c.Raster, c.Places), eval.FitOptions{
		Seed: c.Seed, Progress: func(done, _ int) { bar.Set(int64(done), "") },
	})
	bar.Close()
	if err != nil || c.Net == "" {
		return methods, err
	}
	network, err := r.RandomNetwork(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("making a network with random weights: %w", err)
	}
	plan, err := network.Plan()
	if err != nil {
		return nil, fmt.Errorf("making a network with random weights: %w", err)
	}
	return append(methods, eval.Encoder(eval.Method{Name: "random weights", Role: eval.Baseline, Dimension: loc2vec.Dimension, Metric: c.Distance}, plan)), nil
}

// RandomNetwork returns an untrained network whose batch statistics are those of the places, of which there must
// be at least two.
func (r *Region) RandomNetwork(ctx context.Context, c BaselineConfig) (*encoder.Network, error) {
	size := min(warmupBatch, len(c.Places))
	fresh, err := net.New(net.Config{Architecture: c.Net, Pixels: c.Raster.Pixels, Batch: size, Seed: c.Seed}, func(_, _ []float32) (float64, error) {
		return 0, errors.New("this network is not to be trained")
	})
	if err != nil {
		return nil, err
	}
	places := c.Places[:min(len(c.Places), batchNormWarmup*size)]
	rasters, err := r.Rasters(ctx, RasterOptions{Spec: c.Raster, Places: places, Shift: 80, Seed: c.Seed})
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
