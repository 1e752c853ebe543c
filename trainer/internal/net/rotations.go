package net

import (
	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/kernel"
)

// rotations averages the embeddings of a network over the rotations of its rasters. The rasters of a batch
// are followed by the batch rotated once, twice and three times, [4][B], and so are the embeddings.
type rotations struct {
	batch, pixels int
	workers       workers
	rasters       []uint8   // [4][B][C][H][W]
	y, dx         []float32 // [B][D], [4][B][D]
}

// newRotations returns the operation for batches whose rasters in all rotations take that many bytes.
func newRotations(batch, bytes, pixels int, w workers) *rotations {
	n := batch * loc2vec.Dimension
	return &rotations{
		batch: batch, pixels: pixels, workers: w,
		rasters: make([]uint8, bytes), y: make([]float32, n), dx: make([]float32, kernel.Rotations*n),
	}
}

// rotate returns a batch in all rotations. The result is valid until the next call.
func (r *rotations) rotate(batch []uint8) []uint8 {
	n := len(batch)
	copy(r.rasters, batch)
	r.workers.each(r.batch, func(_, i int) {
		size := n / r.batch
		for rotation := 1; rotation < kernel.Rotations; rotation++ {
			kernel.Rotate(r.rasters[rotation*n+i*size:][:size], r.rasters[(rotation-1)*n+i*size:][:size], r.pixels)
		}
	})
	return r.rasters
}

func (r *rotations) forward(x []float32) {
	n := len(r.y)
	kernel.MeanOverRotations(r.y, func(rotation int) []float32 { return x[rotation*n:] })
}

func (r *rotations) backward(dy []float32) {
	for k := range r.dx {
		r.dx[k] = dy[k%len(dy)] * (1.0 / kernel.Rotations)
	}
}
