package int8net

import (
	"sync"
	"sync/atomic"
)

// chunksPerWorker is the number of chunks of rows that each goroutine processes when all are equally
// fast. A goroutine that starts late or runs on a slower core processes fewer.
const chunksPerWorker = 4

// workerPool distributes the rows of feature maps over goroutines. They start with each call of
// parallelRows and end with it. Starting takes one or two microseconds a map, no more than waking
// goroutines that wait, and leaves nothing behind. Goroutines that spin between maps would hold up the
// others on a busy machine. Not safe for concurrent use.
type workerPool struct {
	workers []func()  // all but the caller's goroutine
	scratch [][]int32 // of each goroutine, the caller's first
	running sync.WaitGroup

	// The current call.
	work        func(scratch []int32, from, to int)
	rows, chunk int
	next        atomic.Int64 // first row that no goroutine has taken
}

// newWorkerPool returns a pool of n goroutines, the caller's included, each with scratch memory of that
// many sums.
func newWorkerPool(n, scratch int) *workerPool {
	p := &workerPool{}
	for i := range n {
		p.scratch = append(p.scratch, make([]int32, scratch))
		if i > 0 {
			p.workers = append(p.workers, func() {
				defer p.running.Done()
				p.run(p.scratch[i])
			})
		}
	}
	return p
}

// parallelRows calls work for disjoint ranges that cover rows 0 to rows-1 and returns when all calls
// have returned.
func (p *workerPool) parallelRows(rows int, work func(scratch []int32, from, to int)) {
	if len(p.workers) == 0 {
		work(p.scratch[0], 0, rows)
		return
	}
	p.work, p.rows, p.chunk = work, rows, max(1, rows/(chunksPerWorker*len(p.scratch)))
	p.next.Store(0)
	chunks := (rows + p.chunk - 1) / p.chunk
	for _, worker := range p.workers[:min(len(p.workers), chunks-1)] {
		p.running.Add(1)
		go worker()
	}
	p.run(p.scratch[0])
	p.running.Wait()
}

// run processes chunks until all rows are taken.
func (p *workerPool) run(scratch []int32) {
	for {
		to := int(p.next.Add(int64(p.chunk)))
		from := to - p.chunk
		if from >= p.rows {
			return
		}
		p.work(scratch, from, min(to, p.rows))
	}
}
