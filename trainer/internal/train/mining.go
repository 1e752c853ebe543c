package train

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/raster"
	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
	"github.com/loc2vec/loc2vec/trainer/internal/metric"
)

// maxMined bounds the places of a run with mined ones: each of them is compared with all others.
const maxMined = 50_000

// miner finds hard negatives among the places of a run, in the space as it was when they were embedded last.
type miner struct{ bank metric.Bank }

// newMiner takes the embeddings of the job's places, [len(Places)][D].
func newMiner(job *Job, embeddings []float32) *miner {
	m := &miner{metric.Bank{Embeddings: embeddings, Labels: make([]int, len(job.Places))}}
	for i := range m.bank.Labels {
		m.bank.Labels[i] = i // every place is its own class
	}
	m.bank.Apart = func(query, item int) bool {
		return job.Places[query].DistanceTo(job.Places[item]) >= job.Config.Recipe.Apart
	}
	return m
}

// Negatives implements sample.Miner.
func (m *miner) Negatives(place, k int) []int {
	const d = loc2vec.Dimension
	return m.bank.Nearest(nil, metric.Query{ID: place, Embedding: m.bank.Embeddings[place*d:][:d], Label: place}, k)
}

// mineDue reports whether the places are to be embedded before the next step.
func (t *training) mineDue() bool {
	c := &t.job.Config
	return c.Recipe.MinedShare > 0 && t.step > 0 && t.step%c.MineEvery == 0 && t.step != t.mined
}

// mine embeds all places as they lie, looking north, with the network as it is.
func (t *training) mine(ctx context.Context) error {
	began := time.Now()
	network, err := t.network(ctx)
	if err != nil {
		return err
	}
	network.Turned = false // four times the time for nearly the same neighbours
	embeddings, err := t.embed(ctx, network)
	if err != nil {
		return fmt.Errorf("mine hard negatives: %w", err)
	}
	t.miner, t.mined = newMiner(&t.job, embeddings), t.step
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
	spec, places := t.job.Config.Raster, t.job.Places
	embeddings := make([]float32, len(places)*d)
	errs := make([]error, t.job.Workers)
	var running sync.WaitGroup
	for w := range t.job.Workers {
		running.Go(func() {
			drawer := t.job.Tiles.Drawer(spec)
			pixels := make([]uint8, loc2vec.NumLayers*spec.Pixels*spec.Pixels)
			for i := w; i < len(places) && errs[w] == nil; i += t.job.Workers {
				if errs[w] = ctx.Err(); errs[w] != nil {
					return
				}
				if errs[w] = drawer.Draw(pixels, raster.Pose{Place: places[i]}); errs[w] == nil {
					errs[w] = plan.Forward(embeddings[i*d:][:d], pixels)
				}
			}
		})
	}
	running.Wait()
	if i := slices.IndexFunc(errs, func(err error) bool { return err != nil }); i >= 0 {
		return nil, errs[i]
	}
	return embeddings, nil
}
