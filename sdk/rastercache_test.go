package sdk

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/loc2vec/loc2vec"
)

// unpackRaster is the inverse of packRaster.
func unpackRaster(packed []byte, size int) []uint8 {
	rest := packed[:size%8]
	var raster []uint8
	for packed = packed[size%8:]; len(packed) > 0; {
		n, shift := 0, 0
		for ; packed[0] >= 128; packed = packed[1:] {
			n, shift = n|int(packed[0]&127)<<shift, shift+7
		}
		n |= int(packed[0]) << shift
		raster = append(raster, bytes.Repeat(packed[1:9], n)...)
		packed = packed[9:]
	}
	return append(raster, rest...)
}

// TestPackRaster: packed rasters are short where words repeat, and hold everything.
func TestPackRaster(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	for _, size := range []int{12 * 64 * 64, 12 * 7 * 7, 8, 4} {
		raster := make([]uint8, size)
		if packed := packRaster(nil, raster); len(packed) > 20 {
			t.Errorf("an empty raster of %d bytes has %d bytes", size, len(packed))
		}
		for range 200 {
			start := rng.IntN(size)
			for i := start; i < min(size, start+rng.IntN(100)); i++ {
				raster[i] = uint8(rng.IntN(3) * 127)
			}
			if again := unpackRaster(packRaster(nil, raster), size); !bytes.Equal(again, raster) {
				t.Fatalf("a raster of %d bytes is not what was packed", size)
			}
		}
	}
}

// TestRasterCacheBounds: the cache stays within its limit, and keeps what is used.
func TestRasterCacheBounds(t *testing.T) {
	const size, limit = 1000, 100_000
	c := newRasterCache(limit)
	var got, used [loc2vec.Dimension]float32
	used[0] = 7
	often := bytes.Repeat([]byte{1}, size)
	c.put(often, &used)
	for i := range 1000 {
		key := bytes.Repeat([]byte{2, byte(i), byte(i >> 8), 0}, size/4)
		c.put(key, &[loc2vec.Dimension]float32{float32(i)})
		if !c.get(&got, key) || got[0] != float32(i) {
			t.Fatalf("entry %d is %v", i, got)
		}
		if !c.get(&got, often) || got != used {
			t.Fatalf("after %d others: %v", i, got)
		}
		if held := (len(c.young) + len(c.old)) * (size + entryBytes); held > limit {
			t.Fatalf("%d bytes", held)
		}
	}
	if hits := c.hits.Load(); hits != 2000 {
		t.Errorf("%d hits", hits)
	}
}
