package train

import (
	"context"
	"fmt"
	"time"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
	"github.com/loc2vec/loc2vec/trainer/internal/metric"
)

// maxMined bounds the places from which negatives are mined: a query compares a place with all others.
const maxMined = 50_000

// miner finds hard negatives among the places of a run, by the embeddings of the last mining.
type miner struct {
	bank metric.Bank
	step int // steps done at the mining
}

// newMiner returns a miner over the embeddings of the job's places after a step, [len(Places)][D].
func newMiner(job *Job, embeddings []float32, step int) *miner {
	m := &miner{metric.Bank{Embeddings: embeddings, Labels: make([]int, len(job.Places))}, step}
	for i := range m.bank.Labels {
		m.bank.Labels[i] = i // every place is its own class
	}
	m.bank.Apart = func(query, item int) bool {
		return job.Places[query].DistanceTo(job.Places[item]) >= job.Config.Batch.Apart
	}
	return m
}

// Negatives implements sample.Miner.
func (m *miner) Negatives(place, k int) []int {
	const d = loc2vec.Dimension
	return m.bank.Nearest(nil, metric.Query{ID: place, Embedding: m.bank.Embeddings[place*d:][:d], Label: place}, k)
}

// mineDue reports whether the places have to be embedded before the next step.
func (t *training) mineDue() bool {
	c := &t.job.Config
	return c.Batch.MinedShare > 0 && t.step > 0 && t.step%c.MineEvery == 0 && (t.miner == nil || t.step != t.miner.step)
}

// mine embeds all places, facing north, with the current network.
func (t *training) mine(ctx context.Context) error {
	began := time.Now()
	network, err := t.network(ctx)
	if err != nil {
		return err
	}
	network.Rotations = 1 // four times the time for nearly the same neighbours
	embeddings, err := t.embed(ctx, network)
	if err != nil {
		return fmt.Errorf("mining hard negatives: %w", err)
	}
	t.miner = newMiner(&t.job, embeddings, t.step)
	t.elapsed += time.Since(began)
	return nil
}

// embed returns the embeddings of the job's places, [len(Places)][D].
func (t *training) embed(ctx context.Context, network *encoder.Network) ([]float32, error) {
	plan, err := network.Plan()
	if err != nil {
		return nil, err
	}
	const d = loc2vec.Dimension
	embeddings := make([]float32, len(t.job.Places)*d)
	return embeddings, t.job.Tiles.DrawEach(ctx, t.job.Config.Raster, t.job.Places, t.job.Workers, func(i int, pixels []uint8) error {
		return plan.Forward(embeddings[i*d:][:d], pixels)
	})
}
