package net

import (
	"math/rand/v2"
	"runtime"
	"testing"
)

// Training steps must not accumulate memory.
func TestStepsDoNotLeak(t *testing.T) {
	tr := newTest(t, Config{Architecture: Pooled, Pixels: 32, Batch: 2})
	rasters := noise(rand.New(rand.NewPCG(1, 1)), 2, 32)
	heap := func() uint64 {
		for range 100 {
			step(t, tr, rasters)
		}
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	if after := heap(); after > before+64<<10 {
		t.Errorf("the heap grew from %d to %d bytes in 100 steps", before, after)
	}
}
