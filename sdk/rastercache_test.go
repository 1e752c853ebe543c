package sdk

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

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
	computed := 0
	get := func(raster []byte, value float32) {
		t.Helper()
		var got [loc2vec.Dimension]float32
		err := c.vector(t.Context(), &got, raster, func() error {
			computed++
			got[0] = value
			return nil
		})
		if err != nil || got[0] != value {
			t.Fatalf("got %v, %v, want %v", got[0], err, value)
		}
	}
	often := bytes.Repeat([]byte{1}, size)
	get(often, 7)
	for i := range 1000 {
		key := bytes.Repeat([]byte{2, byte(i), byte(i >> 8), 0}, size/4)
		get(key, float32(i))
		get(key, float32(i))
		get(often, 7)
		if held := (len(c.young) + len(c.old)) * (size + entryBytes); held > limit {
			t.Fatalf("%d bytes", held)
		}
	}
	if hits := c.hits.Load(); hits != 2000 || computed != 1001 {
		t.Errorf("%d hits, %d computed", hits, computed)
	}
}

// TestRasterCacheWaits: a raster that is being computed is awaited. If that fails, one of those who wait computes it; a
// context ends the wait.
func TestRasterCacheWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newRasterCache(1 << 20)
		errBroken := errors.New("broken")
		started, finish := make(chan struct{}), make(chan struct{})
		go func() {
			var v [loc2vec.Dimension]float32
			err := c.vector(context.Background(), &v, []byte("raster"), func() error {
				close(started)
				<-finish
				return errBroken
			})
			if !errors.Is(err, errBroken) {
				t.Errorf("the first: %v", err)
			}
		}()
		<-started
		var computed atomic.Int64
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				var v [loc2vec.Dimension]float32
				err := c.vector(context.Background(), &v, []byte("raster"), func() error {
					computed.Add(1)
					v[3] = 5
					return nil
				})
				if err != nil || v[3] != 5 {
					t.Errorf("got %v, %v", v, err)
				}
			})
		}
		ctx, cancel := context.WithCancel(context.Background())
		group.Go(func() {
			var v [loc2vec.Dimension]float32
			if err := c.vector(ctx, &v, []byte("raster"), func() error { return nil }); !errors.Is(err, context.Canceled) {
				t.Errorf("cancelled: %v", err)
			}
		})
		synctest.Wait() // all of them wait
		cancel()
		synctest.Wait()
		close(finish)
		group.Wait()
		if computed.Load() != 1 || c.hits.Load() != 7 || len(c.running) != 0 {
			t.Errorf("computed %d times, %d hits, %d running", computed.Load(), c.hits.Load(), len(c.running))
		}
	})
}

// TestRasterCachePanics: a panic leaves nothing that others would wait for.
func TestRasterCachePanics(t *testing.T) {
	c := newRasterCache(1 << 20)
	var v [loc2vec.Dimension]float32
	func() {
		defer func() { _ = recover() }()
		_ = c.vector(t.Context(), &v, []byte("raster"), func() error { panic("broken") })
	}()
	if err := c.vector(t.Context(), &v, []byte("raster"), func() error { return nil }); err != nil || len(c.running) != 0 {
		t.Errorf("%v, %d running", err, len(c.running))
	}
}
