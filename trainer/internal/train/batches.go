package train

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
	"github.com/loc2vec/loc2vec/trainer/internal/net"
	"github.com/loc2vec/loc2vec/trainer/internal/sample"
)

const (
	// batchesAhead is the number of batches drawn while the network is busy.
	batchesAhead = 3
	// featureScaleBatches is the number of batches that measure the deviation of coverages before training.
	featureScaleBatches = 10
	// leastDeviation bounds that deviation from below: the few occurrences of a rare layer must not dominate.
	leastDeviation = 0.05
	// calibrationBatches is the number of batches that give batch normalisation its statistics after training.
	calibrationBatches = 40
)

// stream returns the batches of a seed, from batch start on.
func (t *training) stream(ctx context.Context, seed uint64, start int) (*sample.Stream, error) {
	c := sample.Config{
		Tiles: t.job.Tiles, Places: t.job.Places, Spec: t.job.Config.Raster, Batch: t.job.Config.Batch, Coverage: t.coverage,
		Seed: seed, Start: start, Workers: t.job.Workers, Ahead: batchesAhead,
	}
	if t.miner != nil { // a nil *miner would not be a nil Miner
		c.Mined = t.miner
	}
	return sample.NewStream(ctx, c)
}

// feed calls use with a function that returns the rasters of consecutive batches, each valid until the next call.
func (t *training) feed(ctx context.Context, seed uint64, use func(next func() ([]uint8, error)) error) error {
	stream, err := t.stream(ctx, seed, 0)
	if err != nil {
		return err
	}
	defer stream.Close()
	var held *sample.Batch
	err = use(func() ([]uint8, error) {
		if held != nil {
			held.Release()
		}
		var err error
		if held, err = stream.Next(); err != nil {
			return nil, err
		}
		return held.Rasters, nil
	})
	if held != nil {
		held.Release()
	}
	return err
}

// featureScale returns the factors that bring each coverage feature of an architecture with global pooling to unit
// deviation over a few batches; without them common layers would drown rare ones. It returns nil for other
// architectures.
func (t *training) featureScale(ctx context.Context) ([]float32, error) {
	c := &t.job.Config
	if !net.UsesGlobalPooling(c.Architecture) {
		return nil, nil
	}
	if t.job.Start != nil {
		return t.job.Start.Head.FeatureScale, nil
	}
	masks := net.DefaultMasks(c.Raster.Pixels)
	scale := slices.Repeat([]float32{1}, len(masks)*loc2vec.NumLayers)
	coverage := encoder.NewCoverage(&encoder.Head{Masks: masks, FeatureScale: scale}, c.Raster.Pixels)
	features, n := make([]float32, coverage.Len()), 0.0
	sum, square := make([]float64, len(features)), make([]float64, len(features))
	err := t.feed(ctx, c.Seed^featureScaleStream, func(next func() ([]uint8, error)) error {
		for range featureScaleBatches {
			rasters, err := next()
			if err != nil {
				return err
			}
			for raster := range slices.Chunk(rasters, len(rasters)/c.Batch.Rows()) {
				coverage.Features(features, raster)
				for k, v := range features {
					sum[k] += float64(v)
					square[k] += float64(v) * float64(v)
				}
				n++
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("measuring coverages: %w", err)
	}
	for k := range scale {
		mean := sum[k] / n
		scale[k] = float32(1 / math.Max(math.Sqrt(math.Max(square[k]/n-mean*mean, 0)), leastDeviation))
	}
	return scale, nil
}

// calibrate gives batch normalisation the statistics of many batches.
func (t *training) calibrate(ctx context.Context) error {
	t.trainer.Quantise(inFinal(t.job.Config.Quantise, t.done()))
	err := t.feed(ctx, t.job.Config.Seed^calibrationStream, func(next func() ([]uint8, error)) error {
		return t.trainer.Recalibrate(calibrationBatches, next)
	})
	if err != nil {
		return fmt.Errorf("calibrating batch normalisation: %w", err)
	}
	return nil
}
