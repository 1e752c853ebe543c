// Package train runs the training of an encoder: it feeds batches to the network, keeps a log and
// checkpoints, and resumes from them.
package train

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
	"github.com/loc2vec/loc2vec/trainer/internal/metric"
	"github.com/loc2vec/loc2vec/trainer/internal/net"
	"github.com/loc2vec/loc2vec/trainer/internal/sample"
)

// Streams of random numbers derived from the seed.
const (
	calibrationStream  = 1 << 32
	tripletStream      = 1<<32 + 1
	featureScaleStream = 1<<32 + 2
	startStream        = 1<<32 + 3
)

// Job is a run with its inputs.
type Job struct {
	Config Config
	Inputs Inputs // identify Tiles, Places and Start in checkpoints
	Tiles  *sample.Tiles
	Places []loc2vec.LatLon
	// Start is the network whose training continues, of Config's raster and of an architecture that can
	// initialise Config's; nil for fresh weights.
	Start *encoder.Network
	Run   *Run // keeps log and checkpoints; nil keeps none
	// Workers is the number of goroutines that draw rasters, and of those that train, at least 1. The weights do
	// not depend on it.
	Workers int
	// Progress, when set, is called after each step, from the goroutine of Train.
	Progress func(Status)
	// Snapshot, when set, is called with the network as it would be exported, at each of the ascending shares of
	// the run in Snapshots, 0..1. Its time does not count towards the run.
	Snapshots []float64
	Snapshot  func(Status, *encoder.Network) error
}

// Status is the progress of a run.
type Status struct {
	Record
	Done float64 // share of the run, 0..1
}

// Train runs the job to its end and returns the network, with batch normalisation calibrated and folded. It resumes
// from the checkpoint in Job.Run if there is one: a resumed run ends with the weights of an uninterrupted one. When
// the context ends, Train writes a checkpoint and returns the context's error. When a loss is not finite, it keeps the
// previous checkpoint and returns an error wrapping net.ErrNotFinite. A checkpoint of another schema is an error
// wrapping loc2vec.ErrSchemaMismatch, a damaged one wraps loc2vec.ErrCorrupt.
func Train(ctx context.Context, job Job) (*encoder.Network, error) {
	t, err := newTraining(ctx, job)
	if err != nil {
		return nil, err
	}
	if err := t.loop(ctx); err != nil {
		return nil, err
	}
	network, err := t.network(ctx)
	if err != nil || job.Run == nil {
		return network, err
	}
	return network, job.Run.saveNetwork(network)
}

// training is the state of a running job.
type training struct {
	job      Job
	coverage *sample.CoverageDescriptor // of the places, for hard negatives
	miner    *miner                     // nil until the places are embedded for the first time
	loss     *metric.Loss
	draws    *rand.PCG // source of the loss's random triplets, reseeded for each step
	result   metric.Result
	labels   []int
	trainer  *net.Trainer
	step     int           // steps done
	elapsed  time.Duration // time of those steps
	next     int           // index into job.Snapshots
	saved    time.Time     // of the last checkpoint
}

// newTraining prepares a job: from its checkpoint if there is one, else from fresh weights or Job.Start.
func newTraining(ctx context.Context, job Job) (*training, error) {
	c := &job.Config
	if err := c.Validate(); err != nil {
		return nil, err
	}
	t := &training{job: job, draws: rand.NewPCG(0, 0)}
	var err error
	if t.loss, err = c.newLoss(rand.New(t.draws)); err != nil {
		return nil, err
	}
	if c.Batch.MinedShare > 0 && len(job.Places) > maxMined {
		return nil, fmt.Errorf("%d places: negatives are mined from at most %d", len(job.Places), maxMined)
	}
	if c.Batch.HardNegativeShare > 0 {
		if t.coverage, err = sample.DescribeCoverage(ctx, job.Tiles, job.Places); err != nil {
			return nil, err
		}
	}
	if t.trainer, err = t.newTrainer(ctx); err != nil {
		return nil, err
	}
	var saved *checkpoint
	if job.Run != nil {
		if saved, err = job.Run.load(); err != nil {
			return nil, err
		}
	}
	if saved == nil {
		return t, t.initialise(ctx)
	}
	return t, t.restore(saved)
}

// newTrainer makes the network and its optimiser.
func (t *training) newTrainer(ctx context.Context) (*net.Trainer, error) {
	c := &t.job.Config
	scale, err := t.featureScale(ctx)
	if err != nil {
		return nil, err
	}
	rotations := 1
	if c.TrainRotations {
		rotations = c.Rotations
	}
	config := net.Config{
		Architecture: c.Architecture, Pixels: c.Raster.Pixels, Batch: c.Batch.Rows(), FeatureScale: scale,
		Dropout: c.Dropout, WeightDecay: c.WeightDecay, Quantise: c.Quantise > 0, Rotations: rotations,
		Seed: c.Seed, Workers: t.job.Workers,
	}
	return net.New(config, func(grad, embeddings []float32) (float64, error) {
		t.draws.Seed(c.Seed^tripletStream, uint64(t.step))
		var err error
		t.result, err = t.loss.LossGrad(grad, embeddings, t.labels)
		return t.result.Value, err
	})
}

// initialise copies the weights of Job.Start, if it is set.
func (t *training) initialise(ctx context.Context) error {
	if t.job.Start == nil {
		return nil
	}
	return t.feed(ctx, t.job.Config.Seed^startStream, func(next func() ([]uint8, error)) error {
		return t.trainer.InitFrom(t.job.Start, next)
	})
}

// restore continues from a checkpoint of the same run.
func (t *training) restore(saved *checkpoint) error {
	run := t.job.Run
	if now, was := t.job.Inputs.SchemaHash, saved.Inputs.SchemaHash; now != was {
		return fmt.Errorf("%w: the checkpoint in %s has schema %s, the packs have %s", loc2vec.ErrSchemaMismatch, run.dir, was, now)
	}
	if difference := mismatch(t.job, saved); difference != "" {
		return fmt.Errorf("the checkpoint in %s belongs to another run: %s", run.dir, difference)
	}
	if excess := saved.beyond(&t.job.Config); excess != "" {
		return fmt.Errorf("the run in %s is already at %s", run.dir, excess)
	}
	if err := t.trainer.Restore(saved.state); err != nil {
		return fmt.Errorf("restoring the checkpoint in %s: %w", run.dir, err)
	}
	t.step, t.elapsed = saved.Step, time.Duration(saved.Elapsed)
	if saved.mined != nil {
		if want := len(t.job.Places) * loc2vec.Dimension; len(saved.mined) != want {
			return fmt.Errorf("restoring the checkpoint in %s: %w: %d mined numbers, want %d", run.dir, loc2vec.ErrCorrupt, len(saved.mined), want)
		}
		t.miner = newMiner(&t.job, saved.mined, saved.MinedAt)
	}
	for t.next < len(t.job.Snapshots) && t.job.Snapshots[t.next] <= t.done() {
		t.next++
	}
	if t.done() < 1 {
		return run.dropNetwork()
	}
	return nil
}
