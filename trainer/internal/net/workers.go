package net

import (
	"sync"
	"sync/atomic"
)

// groupSize is the number of images whose gradients are summed before the sums are added up: fixed,
// so that results do not depend on the number of workers.
const groupSize = 4

// workers is a number of goroutines that share work.
type workers int

// each calls f(worker, i) for every i < n, each i once, on up to w goroutines that take the next i
// when they are free. The worker is below w and is never used by two goroutines at once.
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

// groups is the number of groups that n images make.
func groups(n int) int { return (n + groupSize - 1) / groupSize }
