package sample

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/raster"
)

// Config is what a Stream needs.
type Config struct {
	Tiles  *Tiles
	Places []loc2vec.LatLon // not changed while the stream is open
	Spec   raster.Spec
	Recipe Recipe
	Looks  *Looks // of the places, when the recipe has twins
	Mined  Miner  // of the places, when the recipe has mined ones and they are known already, or nil
	Seed   uint64
	// Start is the index of the first batch: a run is resumed by the number of batches it has seen.
	Start int
	// Workers is the number of goroutines that draw, at least 1.
	Workers int
	// Ahead is the number of batches that may be ready before they are asked for, at least 1. The
	// stream holds Ahead + 1 batches in memory.
	Ahead int
}

// Miner finds places that the network cannot tell apart yet: hard negatives. Safe for concurrent use.
type Miner interface {
	// Negatives returns at most k places, indices into Config.Places, that are apart on the map from the given one
	// and nearest to it in the embedding.
	Negatives(place, k int) []int
}

// Batch is B = Recipe.Rows() rasters. The views of one place follow each other, its anchor first.
type Batch struct {
	// Index counts the batches of a seed from 0.
	Index   int
	Rasters []uint8 // [B][C][H][W]
	Labels  []int   // [B], indices into Config.Places
	Views   []View  // [B]

	free chan<- *Batch
}

// Release gives the batch's memory back to the stream; it must not be used afterwards.
func (b *Batch) Release() { b.free <- b }

// Stream draws batches ahead of their use, in an order and with contents that depend on nothing but
// places, recipe, spec and seed. Next is not safe for concurrent use.
type Stream struct {
	config   Config
	composer *composer
	cancel   context.CancelFunc
	ctx      context.Context
	queue    chan *job // in the order of the batches
	jobs     chan *job // the same jobs, for the workers
	free     chan *Batch
	running  sync.WaitGroup
}

// job is a batch being drawn.
type job struct {
	batch *Batch
	done  chan error // receives one value
}

// NewStream starts the workers. They end when ctx does, or with Close.
func NewStream(ctx context.Context, config Config) (*Stream, error) {
	if err := config.validate(); err != nil {
		return nil, fmt.Errorf("starting batches: %w", err)
	}
	c, err := newComposer(config.Recipe, config.Places, config.Looks, config.Mined, config.Seed)
	if err == nil {
		_, _, err = c.compose(config.Start) // so that places that cannot work are known at once
	}
	if err != nil {
		return nil, fmt.Errorf("starting batches: %w", err)
	}
	buffers := config.Ahead + 1
	s := &Stream{
		config: config, composer: c,
		queue: make(chan *job, buffers), jobs: make(chan *job, buffers), free: make(chan *Batch, buffers),
	}
	s.ctx, s.cancel = context.WithCancel(ctx)
	size := config.Recipe.Rows() * loc2vec.NumLayers * config.Spec.Pixels * config.Spec.Pixels
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

// Next returns the next batch, which is the caller's until Release. One batch at most may be held
// while asking for the next: a stream out of buffers waits for a Release. The error is the context's
// once that is done.
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

// Close ends the workers and waits for them.
func (s *Stream) Close() {
	s.cancel()
	s.running.Wait()
}

// dispatch hands a job to the workers for every buffer that is free.
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

// work draws batches until there are no more.
func (s *Stream) work() {
	d := s.config.Tiles.Drawer(s.config.Spec)
	for j := range s.jobs {
		j.done <- s.draw(d, j.batch)
	}
}

// draw fills a batch.
func (s *Stream) draw(d *Drawer, b *Batch) error {
	var err error
	if b.Views, b.Labels, err = s.composer.compose(b.Index); err != nil {
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
