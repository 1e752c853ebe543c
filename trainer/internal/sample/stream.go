package sample

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/raster"
)

// Config configures a Stream.
type Config struct {
	Tiles    *Tiles
	Places   []loc2vec.LatLon // must not change while the stream is open
	Spec     raster.Spec
	Batch    BatchConfig
	Coverage *CoverageDescriptor // of Places; needed for Batch.HardNegativeShare
	Mined    Miner               // of Places; nil as long as nothing is mined, and Batch.MinedShare has no effect
	Seed     uint64
	// Start is the index of the first batch. A resumed run starts at the number of batches it has seen.
	Start int
	// Workers is the number of goroutines that draw, at least 1.
	Workers int
	// Ahead is the number of batches drawn ahead of their use, at least 1. The stream holds Ahead + 1
	// batches in memory.
	Ahead int
}

// Miner finds hard negatives: places that the network does not yet tell apart. Safe for concurrent use.
type Miner interface {
	// Negatives returns at most k places, indices into Config.Places: the nearest to the given one in the
	// embedding among those that are apart from it on the map.
	Negatives(place, k int) []int
}

// Batch is B = BatchConfig.Rows() rasters. The views of a place are consecutive, its anchor first.
type Batch struct {
	// Index counts the batches of a seed from 0.
	Index   int
	Rasters []uint8 // [B][C][H][W]
	Labels  []int   // [B], indices into Config.Places
	Views   []View  // [B]

	free chan<- *Batch
}

// Release returns the batch's memory to the stream. The batch must not be used afterwards.
func (b *Batch) Release() { b.free <- b }

// Stream draws batches ahead of their use. Their order and contents depend only on Places, Spec, Batch, Seed and what
// is mined. Next is not safe for concurrent use.
type Stream struct {
	config  Config
	sampler *batchSampler
	cancel  context.CancelFunc
	ctx     context.Context
	queue   chan *job // in the order of the batches
	jobs    chan *job // the same jobs, for the workers
	free    chan *Batch
	running sync.WaitGroup
}

// job is a batch being drawn.
type job struct {
	batch *Batch
	done  chan error // receives one value
}

// NewStream starts the workers. They end when ctx ends, or with Close.
func NewStream(ctx context.Context, config Config) (*Stream, error) {
	if err := config.validate(); err != nil {
		return nil, fmt.Errorf("starting batches: %w", err)
	}
	sampler, err := newBatchSampler(config)
	if err == nil {
		_, _, err = sampler.batch(config.Start) // reports unusable places at once
	}
	if err != nil {
		return nil, fmt.Errorf("starting batches: %w", err)
	}
	buffers := config.Ahead + 1
	s := &Stream{
		config: config, sampler: sampler,
		queue: make(chan *job, buffers), jobs: make(chan *job, buffers), free: make(chan *Batch, buffers),
	}
	s.ctx, s.cancel = context.WithCancel(ctx)
	size := config.Batch.Rows() * loc2vec.NumLayers * config.Spec.Pixels * config.Spec.Pixels
	for range buffers {
		s.free <- &Batch{Rasters: make([]uint8, size), free: s.free}
	}
	s.running.Go(s.dispatch)
	for range config.Workers {
		s.running.Go(s.work)
	}
	return s, nil
}

func (c Config) validate() error {
	if err := raster.CheckSpec(c.Spec); err != nil {
		return err
	}
	switch {
	case c.Start < 0:
		return fmt.Errorf("start at batch %d", c.Start)
	case c.Workers < 1:
		return fmt.Errorf("%d workers", c.Workers)
	case c.Ahead < 1:
		return fmt.Errorf("%d batches ahead", c.Ahead)
	}
	return nil
}

// Next returns the next batch, owned by the caller until Release. At most one batch may be held while
// asking for the next: a stream without a free buffer waits for a Release. After the context has ended it
// returns the context's error.
func (s *Stream) Next() (*Batch, error) {
	if err := s.ctx.Err(); err != nil {
		return nil, err
	}
	var next *job
	select {
	case next = <-s.queue:
	case <-s.ctx.Done():
		return nil, s.ctx.Err()
	}
	select {
	case err := <-next.done:
		if err != nil {
			return nil, fmt.Errorf("drawing batch %d: %w", next.batch.Index, err)
		}
		return next.batch, nil
	case <-s.ctx.Done():
		return nil, s.ctx.Err()
	}
}

// Close stops the workers and waits for them.
func (s *Stream) Close() {
	s.cancel()
	s.running.Wait()
}

// dispatch gives the workers a job for each free buffer.
func (s *Stream) dispatch() {
	defer close(s.jobs)
	for index := s.config.Start; ; index++ {
		select {
		case b := <-s.free:
			b.Index = index
			j := &job{batch: b, done: make(chan error, 1)}
			// Neither blocks: there are as many places in the channels as buffers.
			s.queue <- j
			s.jobs <- j
		case <-s.ctx.Done():
			return
		}
	}
}

// work draws batches until the jobs end.
func (s *Stream) work() {
	d := s.config.Tiles.Drawer(s.config.Spec)
	for j := range s.jobs {
		j.done <- s.draw(d, j.batch)
	}
}

// draw fills a batch.
func (s *Stream) draw(d *Drawer, b *Batch) error {
	var err error
	if b.Views, b.Labels, err = s.sampler.batch(b.Index); err != nil {
		return err
	}
	plane := s.config.Spec.Pixels * s.config.Spec.Pixels
	size := loc2vec.NumLayers * plane
	for row, v := range b.Views {
		if err := s.ctx.Err(); err != nil {
			return err
		}
		dst := b.Rasters[row*size : (row+1)*size]
		if err := d.Draw(dst, v.Pose); err != nil {
			return err
		}
		if v.Mirrored {
			for row := range slices.Chunk(dst, s.config.Spec.Pixels) {
				slices.Reverse(row)
			}
		}
		for layer := range loc2vec.NumLayers {
			if v.Off>>layer&1 == 1 {
				clear(dst[layer*plane : (layer+1)*plane])
			}
		}
	}
	return nil
}
