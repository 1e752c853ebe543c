package net

import (
	"sync"
	"sync/atomic"
)

// groupSize is the number of images whose gradients are summed before the sums of the groups are added. It is
// fixed, so that results do not depend on the number of workers.
const groupSize = 4

// workers is a number of goroutines.
type workers int

// each calls f(worker, i) once for every i < n, on up to w goroutines that take the next i as they become free.
// worker is below w, and no two goroutines use the same one.
func (w workers) each(n int, f func(worker, i int)) {
	if w <= 1 || n <= 1 {
		for i := range n {
			f(0, i)
		}
		return
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for worker := range min(int(w), n) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				f(worker, i)
			}
		})
	}
	wg.Wait()
}

// groups returns the number of groups of n images.
func groups(n int) int { return (n + groupSize - 1) / groupSize }
