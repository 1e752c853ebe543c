package train

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
	"github.com/loc2vec/loc2vec/trainer/internal/metric"
	"github.com/loc2vec/loc2vec/trainer/internal/sample"
)

// checkpointEvery is the time between checkpoints. Another one is written at the end of a run and when it is
// interrupted.
const checkpointEvery = time.Minute

// done returns the share of the run that is over.
func (t *training) done() float64 { return t.job.Config.done(t.step, t.elapsed) }

// loop trains until the run is over.
func (t *training) loop(ctx context.Context) error {
	t.saved = time.Now()
	for t.done() < 1 {
		if t.mineDue() {
			if err := t.mine(ctx); err != nil {
				return t.stop(err)
			}
		}
		if err := t.segment(ctx); err != nil {
			return err
		}
	}
	return t.save()
}

// segment trains until the run is over or the next mining is due: batches drawn ahead would miss its negatives.
func (t *training) segment(ctx context.Context) error {
	stream, err := t.stream(ctx, t.job.Config.Seed, t.step)
	if err != nil {
		return err
	}
	defer stream.Close()
	for t.done() < 1 && !t.mineDue() {
		record, err := t.trainStep(stream)
		if err != nil {
			return t.stop(err)
		}
		if err := t.keep(record); err != nil {
			return err
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

// trainStep trains on the next batch.
func (t *training) trainStep(stream *sample.Stream) (Record, error) {
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

// keep logs a step, and saves a checkpoint when one is due.
func (t *training) keep(record Record) error {
	if t.job.Run == nil {
		return nil
	}
	if err := t.job.Run.log(record); err != nil {
		return err
	}
	if time.Since(t.saved) < checkpointEvery {
		return nil
	}
	if err := t.save(); err != nil {
		return err
	}
	t.saved = time.Now()
	return nil
}

// stop returns the error that ends a run early. It saves a checkpoint if the context ended; after any other error the
// last checkpoint stays.
func (t *training) stop(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return errors.Join(err, t.save())
	}
	return err
}

// save writes a checkpoint.
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

// snapshot calls Job.Snapshot when the next one is due. Calibration replaces the running statistics of batch
// normalisation, which training does not read: a run with snapshots learns the same weights.
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
