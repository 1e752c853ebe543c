// Package train runs the training of an encoder: it feeds batches to the network, keeps a log and
// checkpoints, and resumes from them.
package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
	"github.com/loc2vec/loc2vec/trainer/internal/metric"
	"github.com/loc2vec/loc2vec/trainer/internal/net"
	"github.com/loc2vec/loc2vec/trainer/internal/sample"
)

const (
	// batchesAhead are drawn while the network is busy.
	batchesAhead = 3
	// checkpointEvery is the time between checkpoints; one more is written at the end, also of a run
	// that was interrupted.
	checkpointEvery = time.Minute
	// gainBatches measure how far the coverages spread, before training. A layer that hardly occurs
	// has a spread of leastDeviation at least, so that its few occurrences do not outshine all else.
	gainBatches    = 10
	leastDeviation = 0.05
	// calibrationBatches give batch normalisation its statistics after training.
	calibrationBatches = 40
)

// Streams of random numbers that follow from one seed.
const (
	calibrationStream = 1 << 32
	tripletStream     = 1<<32 + 1
	gainStream        = 1<<32 + 2
	startStream       = 1<<32 + 3
)

// Job is a run with all that it needs.
type Job struct {
	Config Config
	Inputs Inputs // of the run directory's checkpoint
	Tiles  *sample.Tiles
	Places []loc2vec.LatLon
	// Start is the network whose training continues, of Config's raster and of an architecture that can
	// initialise Config's; nil for fresh weights.
	Start *encoder.Network
	Run   *Run // where log and checkpoints go; nil keeps none
	// Workers is the number of goroutines that draw rasters, and of those that train.
	Workers int
	// Progress is told of every step; it may be nil.
	Progress func(Status)
	// Snapshots are the shares of the run, ascending, at which Snapshot is called with the network as
	// it would be exported then. The time that it takes is not counted.
	Snapshots []float64
	Snapshot  func(Status, *encoder.Network) error
}

// Status says where a run stands.
type Status struct {
	Record
	Done float64 // share of the run, 0..1
}

// Train runs the job to its end and returns the network, batch normalisation calibrated and folded.
// It resumes from the checkpoint of the job's run directory when there is one. When the context ends
// it writes a checkpoint and returns the context's error; a loss that is not a number keeps the
// checkpoint before it and returns an error that wraps net.ErrNotFinite.
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

// training is a job under way.
type training struct {
	job      Job
	coverage *sample.CoverageDescriptor // of the places, for hard negatives
	miner    *miner                     // of the places; nil until they are embedded for the first time
	loss     *metric.Loss
	draws    *rand.PCG // behind the loss's random triplets, seeded anew for each step
	result   metric.Result
	labels   []int
	trainer  *net.Trainer
	step     int           // steps done
	elapsed  time.Duration // time spent on them
	next     int           // index into job.Snapshots
	saved    time.Time     // of the last checkpoint
}

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
		return nil, fmt.Errorf("%d places, among %d at most can be mined", len(job.Places), maxMined)
	}
	if c.Batch.HardNegativeShare > 0 {
		if t.coverage, err = sample.DescribeCoverage(ctx, job.Tiles, job.Places); err != nil {
			return nil, err
		}
	}
	gain, err := t.gains(ctx)
	if err != nil {
		return nil, err
	}
	rotations := 1
	if c.TrainRotations {
		rotations = c.Rotations
	}
	t.trainer, err = net.New(net.Config{
		Architecture: c.Architecture, Pixels: c.Raster.Pixels, Batch: c.Batch.Rows(), FeatureScale: gain,
		Dropout: c.Dropout, WeightDecay: c.WeightDecay, Quantise: c.Quantise > 0, Rotations: rotations, Seed: c.Seed, Workers: job.Workers,
	}, func(grad, embeddings []float32) (float64, error) {
		t.draws.Seed(c.Seed^tripletStream, uint64(t.step))
		var err error
		t.result, err = t.loss.LossGrad(grad, embeddings, t.labels)
		return t.result.Value, err
	})
	if err != nil {
		return nil, err
	}
	var saved *checkpoint
	if job.Run != nil {
		if saved, err = job.Run.load(); err != nil {
			return nil, err
		}
	}
	if saved == nil {
		return t, t.begin(ctx)
	}
	if now, was := job.Inputs.SchemaHash, saved.Inputs.SchemaHash; now != was {
		return nil, fmt.Errorf("%w: the checkpoint in %s has schema %s, the packs have %s", loc2vec.ErrSchemaMismatch, job.Run.dir, was, now)
	}
	if name := mismatch(job, saved); name != "" {
		return nil, fmt.Errorf("the checkpoint in %s is of another run: %s", job.Run.dir, name)
	}
	if over := saved.beyond(c); over != "" {
		return nil, fmt.Errorf("the run in %s has come %s", job.Run.dir, over)
	}
	if err := t.trainer.Restore(saved.state); err != nil {
		return nil, fmt.Errorf("restore the checkpoint in %s: %w", job.Run.dir, err)
	}
	t.step, t.elapsed = saved.Step, time.Duration(saved.Elapsed)
	if saved.mined != nil {
		if want := len(job.Places) * loc2vec.Dimension; len(saved.mined) != want {
			return nil, fmt.Errorf("restore the checkpoint in %s: %w: %d mined numbers, want %d", job.Run.dir, loc2vec.ErrCorrupt, len(saved.mined), want)
		}
		t.miner = newMiner(&t.job, saved.mined, saved.MinedAt)
	}
	for t.next < len(job.Snapshots) && job.Snapshots[t.next] <= t.done() {
		t.next++
	}
	if t.done() < 1 {
		return t, job.Run.dropNetwork()
	}
	return t, nil
}

// begin gives the network the weights of the one that training starts from, if there is one.
func (t *training) begin(ctx context.Context) error {
	if t.job.Start == nil {
		return nil
	}
	return t.feed(ctx, t.job.Config.Seed^startStream, func(next func() ([]uint8, error)) error {
		return t.trainer.InitFrom(t.job.Start, next)
	})
}

// feed calls use with a function that returns the rasters of one batch after the other, each until the
// next call.
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

// gains returns what brings each coverage feature of a pooled layout to unit deviation over a few
// batches: rare layers would be drowned by the common ones otherwise.
func (t *training) gains(ctx context.Context) ([]float32, error) {
	c := &t.job.Config
	if !net.UsesGlobalPooling(c.Architecture) {
		return nil, nil
	}
	if t.job.Start != nil {
		return t.job.Start.Head.FeatureScale, nil
	}
	masks := net.DefaultMasks(c.Raster.Pixels)
	gain := slices.Repeat([]float32{1}, len(masks)*loc2vec.NumLayers)
	coverage := encoder.NewCoverage(&encoder.Head{Masks: masks, FeatureScale: gain}, c.Raster.Pixels)
	features, n := make([]float32, coverage.Len()), 0.0
	sum, square := make([]float64, len(features)), make([]float64, len(features))
	err := t.feed(ctx, c.Seed^gainStream, func(next func() ([]uint8, error)) error {
		for range gainBatches {
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
		return nil, fmt.Errorf("measure coverages: %w", err)
	}
	for k := range gain {
		mean := sum[k] / n
		gain[k] = float32(1 / math.Max(math.Sqrt(math.Max(square[k]/n-mean*mean, 0)), leastDeviation))
	}
	return gain, nil
}

// done is the share of the run that is over.
func (t *training) done() float64 { return t.job.Config.done(t.step, t.elapsed) }

// stream returns batches from the given one on.
func (t *training) stream(ctx context.Context, seed uint64, start int) (*sample.Stream, error) {
	c := sample.Config{
		Tiles: t.job.Tiles, Places: t.job.Places, Spec: t.job.Config.Raster, Batch: t.job.Config.Batch, Coverage: t.coverage,
		Seed: seed, Start: start, Workers: t.job.Workers, Ahead: batchesAhead,
	}
	if t.miner != nil { // else it would not be nil to the stream
		c.Mined = t.miner
	}
	return sample.NewStream(ctx, c)
}

// loop trains until the run is over.
func (t *training) loop(ctx context.Context) error {
	t.saved = time.Now()
	for t.done() < 1 {
		if t.mineDue() {
			if err := t.mine(ctx); err != nil {
				return t.stop(err)
			}
		}
		if err := t.stretch(ctx); err != nil {
			return err
		}
	}
	return t.save()
}

// stretch trains until the run is over, or places are to be mined: batches that were drawn ahead would not know of
// it.
func (t *training) stretch(ctx context.Context) error {
	stream, err := t.stream(ctx, t.job.Config.Seed, t.step)
	if err != nil {
		return err
	}
	defer stream.Close()
	for t.done() < 1 && !t.mineDue() {
		record, err := t.one(stream)
		if err != nil {
			return t.stop(err)
		}
		if t.job.Run != nil {
			if err := t.job.Run.log(record); err != nil {
				return err
			}
			if time.Since(t.saved) >= checkpointEvery {
				if err := t.save(); err != nil {
					return err
				}
				t.saved = time.Now()
			}
		}
		status := Status{Record: record, Done: t.done()}
		if t.job.Progress != nil {
			t.job.Progress(status)
		}
		if err := t.snapshot(ctx, status); err != nil {
			return t.stop(err)
		}
	}
	return nil
}

// one trains on one batch.
func (t *training) one(stream *sample.Stream) (Record, error) {
	began := time.Now()
	batch, err := stream.Next()
	if err != nil {
		return Record{}, err
	}
	defer batch.Release()
	t.labels = batch.Labels
	t.trainer.Quantise(inFinal(t.job.Config.Quantise, t.done()))
	rate := t.job.Config.Schedule.Rate(t.done())
	loss, err := t.trainer.Step(batch.Rasters, rate)
	if err != nil {
		return Record{}, fmt.Errorf("batch %d: %w", batch.Index, err)
	}
	diagnosis, err := metric.Diagnose(t.trainer.Embeddings(), batch.Labels)
	if err != nil {
		return Record{}, fmt.Errorf("batch %d: %w", batch.Index, err)
	}
	t.step++
	took := time.Since(began)
	t.elapsed += took
	return Record{
		Step: t.step, Elapsed: Duration(t.elapsed), Loss: loss, Rate: rate,
		ImagesPerSecond: float64(len(batch.Labels)) / took.Seconds(),
		Active:          t.result.Active,
		EffectiveRank:   diagnosis.EffectiveRank, MeanNorm: diagnosis.MeanNorm,
		MeanPositive: diagnosis.MeanPositive, MeanNegative: diagnosis.MeanNegative,
	}, nil
}

// stop ends a run before its time. What was learned is kept when the user or the caller asked for
// the end; after an error the last checkpoint stays as it is.
func (t *training) stop(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return errors.Join(err, t.save())
	}
	return err
}

func (t *training) save() error {
	if t.job.Run == nil {
		return nil
	}
	c := &checkpoint{
		Config: t.job.Config, Inputs: t.job.Inputs, Step: t.step, Elapsed: Duration(t.elapsed), state: t.trainer.State(),
	}
	if t.miner != nil {
		c.MinedAt, c.mined = t.miner.step, t.miner.bank.Embeddings
	}
	return t.job.Run.save(c)
}

// snapshot hands out the network when the next snapshot is due. Calibrating replaces the running
// statistics of batch normalisation, which training does not read, so that a run with snapshots
// learns the same weights as one without.
func (t *training) snapshot(ctx context.Context, status Status) error {
	if t.job.Snapshot == nil || t.next >= len(t.job.Snapshots) || status.Done < t.job.Snapshots[t.next] {
		return nil
	}
	for t.next < len(t.job.Snapshots) && status.Done >= t.job.Snapshots[t.next] {
		t.next++
	}
	network, err := t.network(ctx)
	if err != nil {
		return err
	}
	return t.job.Snapshot(status, network)
}

// network returns the network for inference.
func (t *training) network(ctx context.Context) (*encoder.Network, error) {
	if err := t.calibrate(ctx); err != nil {
		return nil, err
	}
	network := t.trainer.Network()
	network.Rotations = t.job.Config.Rotations
	return network, nil
}

// calibrate gives batch normalisation the statistics of many batches.
func (t *training) calibrate(ctx context.Context) error {
	t.trainer.Quantise(inFinal(t.job.Config.Quantise, t.done()))
	err := t.feed(ctx, t.job.Config.Seed^calibrationStream, func(next func() ([]uint8, error)) error {
		return t.trainer.Recalibrate(calibrationBatches, next)
	})
	if err != nil {
		return fmt.Errorf("calibrate batch normalisation: %w", err)
	}
	return nil
}
