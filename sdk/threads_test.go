package sdk_test

import (
	"runtime"
	"testing"

	"github.com/loc2vec/loc2vec/internal/testworld"
	"github.com/loc2vec/loc2vec/sdk"
)

// TestThreads: the vectors do not depend on the number of threads, and no goroutine outlives its call.
func TestThreads(t *testing.T) {
	sameForAnyThreads(t, sdk.Options{Engine: sdk.Go})
}

func sameForAnyThreads(t *testing.T, opts sdk.Options) {
	for _, model := range []string{"lite", "classic", "pooled", "rotations"} {
		t.Run(model, func(t *testing.T) {
			packs := [][]byte{testworld.Pack(t, "west", testworld.Schema, west), testworld.Pack(t, "east", testworld.Schema, east)}
			one := open(t, model, opts, packs...)
			before := runtime.NumGoroutine()
			for _, threads := range []int{-1, 1, 2, 1 << 30} {
				opts.Threads = threads
				several := open(t, model, opts, packs...)
				for i := range 5 {
					place := border.Offset(float64(i*41%500-250), float64(i*67%500-250))
					if got, want := embed(t, several, place), embed(t, one, place); got != want {
						t.Errorf("%v with %d threads: %+v, want %+v", place, threads, got, want)
					}
				}
				if err := several.Close(); err != nil {
					t.Error(err)
				}
			}
			checkGoroutines(t, before)
		})
	}
}

// checkGoroutines waits for goroutines that end just after their call.
func checkGoroutines(t *testing.T, before int) {
	t.Helper()
	for range 1 << 22 {
		if runtime.NumGoroutine() <= before {
			return
		}
		runtime.Gosched()
	}
	t.Errorf("%d goroutines before, %d afterwards", before, runtime.NumGoroutine())
}
