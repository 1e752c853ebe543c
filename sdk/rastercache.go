package sdk

import (
	"context"
	"encoding/binary"
	"sync"
	"sync/atomic"

	"github.com/loc2vec/loc2vec"
)

// rasterCache keeps the vectors of rasters: fields, woods and water have the same raster at many places, and a raster
// takes a hundred times as long to compute as to find here. Rasters are compared in full, in their packed form. What one
// goroutine computes others wait for. Safe for concurrent use.
type rasterCache struct {
	limit int // bytes
	hits  atomic.Int64

	mu sync.Mutex
	// What is used moves from old to young. When young is half of the limit it becomes old, and the old one is dropped.
	young, old map[string]*cachedVector // by packed raster
	bytes      int                      // of young
	running    map[string]*cachedVector // by packed raster: being computed
}

// cachedVector is the vector of a raster. It does not change once it is computed.
type cachedVector struct {
	raster   string // packed
	values   [loc2vec.Dimension]float32
	computed bool
	done     chan struct{} // closed when computing has ended; nil: nobody waits
}

// entryBytes is the memory of an entry besides its raster: the vector, and the entry in the map.
const entryBytes = 160

// newRasterCache returns a cache, nil for a limit of no bytes.
func newRasterCache(limit int) *rasterCache {
	if limit <= 0 {
		return nil
	}
	return &rasterCache{limit: limit, young: map[string]*cachedVector{}, running: map[string]*cachedVector{}}
}

// vector copies the vector of a packed raster to dst. If the cache lacks it, compute computes it to dst, in one goroutine
// at a time; after an error the next one tries. It returns the error of compute or of the context.
func (c *rasterCache) vector(ctx context.Context, dst *[loc2vec.Dimension]float32, packed []byte, compute func() error) error {
	for {
		v, mine, done := c.find(packed)
		switch {
		case mine:
			return c.compute(v, dst, compute)
		case done == nil:
			*dst = v.values
			c.hits.Add(1)
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-done:
		}
	}
}

// find returns the vector of a packed raster. It is either there, or mine: to be computed by the caller, or it will be
// when done is closed.
func (c *rasterCache) find(packed []byte) (v *cachedVector, mine bool, done <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if v = c.young[string(packed)]; v != nil {
		return v, false, nil
	}
	if v = c.old[string(packed)]; v != nil {
		c.add(v)
		return v, false, nil
	}
	if v = c.running[string(packed)]; v != nil {
		if v.done == nil {
			v.done = make(chan struct{})
		}
		return v, false, v.done
	}
	v = &cachedVector{raster: string(packed)}
	c.running[v.raster] = v
	return v, true, nil
}

// compute computes a vector to dst, and adds it.
func (c *rasterCache) compute(v *cachedVector, dst *[loc2vec.Dimension]float32, compute func() error) (err error) {
	defer func() { // after a panic too
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.running, v.raster)
		if v.computed {
			c.add(v)
		}
		if v.done != nil {
			close(v.done)
		}
	}()
	if err = compute(); err == nil {
		v.values, v.computed = *dst, true
	}
	return err
}

// add adds a vector that neither map of vectors has.
func (c *rasterCache) add(v *cachedVector) {
	if c.bytes += len(v.raster) + entryBytes; c.bytes > c.limit/2 {
		c.young, c.old = map[string]*cachedVector{}, c.young
		c.bytes = len(v.raster) + entryBytes
	}
	c.young[v.raster] = v
}

// packRaster appends a raster in a form that is short where many of its bytes are equal, and different for different
// rasters of one size: runs of equal words of eight bytes, after the bytes that fill none.
func packRaster(dst []byte, raster []uint8) []byte {
	whole := len(raster) &^ 7
	dst = append(dst, raster[whole:]...)
	for i := 0; i < whole; {
		word, start := binary.LittleEndian.Uint64(raster[i:]), i
		for i += 8; i < whole && binary.LittleEndian.Uint64(raster[i:]) == word; i += 8 {
		}
		dst = binary.AppendUvarint(dst, uint64(i-start)/8)
		dst = binary.LittleEndian.AppendUint64(dst, word)
	}
	return dst
}

// clear drops all vectors.
func (c *rasterCache) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.young, c.old, c.bytes = map[string]*cachedVector{}, nil, 0
}

// RepeatedRasters returns how many places had the raster of an earlier one, so that their vectors did not have to be
// computed. It is 0 without Options.RasterCache.
func (m *Model) RepeatedRasters() int64 {
	if m.rasters == nil {
		return 0
	}
	return m.rasters.hits.Load()
}
