package osmextract

import (
	"context"
	"sync"
	"sync/atomic"
)

// parallel runs the jobs 0 to n-1 on up to procs goroutines and returns the first error. Each goroutine calls
// newWorker once for the function that does its jobs. After ctx ends no job starts.
func parallel(ctx context.Context, procs, n int, newWorker func() func(job int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(procs, n) {
		wg.Go(func() {
			work := newWorker()
			for ctx.Err() == nil {
				job := int(next.Add(1)) - 1
				if job >= n {
					return
				}
				if err := work(job); err != nil {
					cancel(err)
				}
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}
