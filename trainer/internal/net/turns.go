package net

import (
	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/kernel"
)

// turns is the mean of a network over the quarter turns of its rasters. The rasters of a batch are followed by all
// of them turned once, twice and three times, [turn][B], and so are their embeddings.
type turns struct {
	batch, pixels int
	workers       workers
	rasters       []uint8   // [turn][B][C][H][W]
	y, dx         []float32 // [B][D], [turn][B][D]
}

func newTurns(batch, bytes, pixels int, w workers) *turns {
	n := batch * loc2vec.Dimension
	return &turns{
		batch: batch, pixels: pixels, workers: w,
		rasters: make([]uint8, bytes), y: make([]float32, n), dx: make([]float32, kernel.QuarterTurns*n),
	}
}

// turn returns a batch in all turns; it is valid until the next call.
func (t *turns) turn(batch []uint8) []uint8 {
	n := len(batch)
	copy(t.rasters, batch)
	t.workers.each(t.batch, func(_, i int) {
		size := n / t.batch
		for turn := 1; turn < kernel.QuarterTurns; turn++ {
			kernel.Turn(t.rasters[turn*n+i*size:][:size], t.rasters[(turn-1)*n+i*size:][:size], t.pixels)
		}
	})
	return t.rasters
}

func (t *turns) forward(x []float32) {
	n := len(t.y)
	kernel.MeanOverTurns(t.y, func(turn int) []float32 { return x[turn*n:] })
}

func (t *turns) backward(dy []float32) {
	for k := range t.dx {
		t.dx[k] = dy[k%len(dy)] * (1.0 / kernel.QuarterTurns)
	}
}
