package sdk

import (
	"encoding/binary"
	"sync"
	"sync/atomic"

	"github.com/loc2vec/loc2vec"
)

// rasterCache keeps the vectors of rasters: fields, woods and water have the same raster at many places, and a raster
// takes a hundred times as long to compute as to find here. Rasters are compared in full, in their packed form. Safe
// for concurrent use.
type rasterCache struct {
	limit int // bytes
	hits  atomic.Int64

	mu sync.Mutex
	// What is used moves from old to young. When young is half of the limit it becomes old, and the old one is dropped.
	young, old map[string]*[loc2vec.Dimension]float32 // by packed raster
	bytes      int                                    // of young
}

// entryBytes is the memory of an entry besides its raster: the vector, and the entry in the map.
const entryBytes = 128

// newRasterCache returns a cache, nil for a limit of no bytes.
func newRasterCache(limit int) *rasterCache {
	if limit <= 0 {
		return nil
	}
	return &rasterCache{limit: limit, young: map[string]*[loc2vec.Dimension]float32{}}
}

// get copies the vector of a packed raster to dst, and reports whether there is one.
func (c *rasterCache) get(dst *[loc2vec.Dimension]float32, packed []byte) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	v, ok := c.young[string(packed)]
	if !ok {
		if v, ok = c.old[string(packed)]; !ok {
			return false
		}
		c.add(packed, v)
	}
	*dst = *v
	c.hits.Add(1)
	return true
}

// put adds the vector of a packed raster.
func (c *rasterCache) put(packed []byte, vector *[loc2vec.Dimension]float32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v := *vector
	c.add(packed, &v)
}

func (c *rasterCache) add(packed []byte, v *[loc2vec.Dimension]float32) {
	if _, ok := c.young[string(packed)]; ok {
		return
	}
	if c.bytes += len(packed) + entryBytes; c.bytes > c.limit/2 {
		c.young, c.old = map[string]*[loc2vec.Dimension]float32{}, c.young
		c.bytes = len(packed) + entryBytes
	}
	c.young[string(packed)] = v
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
	c.young, c.old, c.bytes = map[string]*[loc2vec.Dimension]float32{}, nil, 0
}

// RepeatedRasters returns how many places had the raster of an earlier one, so that their vectors did not have to be
// computed. It is 0 without Options.RasterCache.
func (m *Model) RepeatedRasters() int64 {
	if m.rasters == nil {
		return 0
	}
	return m.rasters.hits.Load()
}
