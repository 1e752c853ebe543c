package int8net

import (
	"sync"
	"sync/atomic"
)

// chunks is how many pieces of the rows a goroutine gets when all are equally fast: who starts late or
// runs on a slower core takes fewer.
const chunks = 4

// team is a number of goroutines that share the rows of feature maps. They start when there are rows
// to share and end with them: that takes one or two microseconds a map, no more than waking goroutines
// that wait, and leaves nothing behind. Goroutines that spin between maps would hold up the others
// wherever the machine has more to do. Not safe for concurrent use.
type team struct {
	helpers []func()  // of all goroutines but the caller's
	scratch [][]int32 // of each goroutine, the caller's first
	done    sync.WaitGroup

	// What is to be done.
	work        func(scratch []int32, from, to int)
	rows, chunk int
	next        atomic.Int64 // row that nobody has taken
}

// newTeam returns a team of n goroutines that have so many sums of scratch each.
func newTeam(n, scratch int) *team {
	t := &team{}
	for i := range n {
		t.scratch = append(t.scratch, make([]int32, scratch))
		if i > 0 {
			t.helpers = append(t.helpers, func() {
				defer t.done.Done()
				t.take(t.scratch[i])
			})
		}
	}
	return t
}

// share calls work for ranges that make up all rows, each range once, and returns when all is done.
func (t *team) share(rows int, work func(scratch []int32, from, to int)) {
	if len(t.helpers) == 0 {
		work(t.scratch[0], 0, rows)
		return
	}
	t.work, t.rows, t.chunk = work, rows, max(1, rows/(chunks*len(t.scratch)))
	t.next.Store(0)
	pieces := (rows + t.chunk - 1) / t.chunk
	for _, help := range t.helpers[:min(len(t.helpers), pieces-1)] {
		t.done.Add(1)
		go help()
	}
	t.take(t.scratch[0])
	t.done.Wait()
}

// take works on rows until all are taken.
func (t *team) take(scratch []int32) {
	for {
		to := int(t.next.Add(int64(t.chunk)))
		from := to - t.chunk
		if from >= t.rows {
			return
		}
		t.work(scratch, from, min(to, t.rows))
	}
}
