package osmextract

import (
	"sync"
)

// Progress is how far a stage of the extraction has come.
type Progress struct {
	Stage       string
	Unit        string // what Done and Total count: "B" for bytes, "tiles", or "" for elements
	Done, Total int64  // Total is 0 if it is unknown
}

// reporter calls Options.Progress.
type reporter struct {
	progress func(Progress) // may be nil
	mu       sync.Mutex
	now      Progress
}

func (r *reporter) start(stage, unit string, total int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = Progress{Stage: stage, Unit: unit, Total: total}
	r.call()
}

func (r *reporter) add(n int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now.Done += n
	r.call()
}

func (r *reporter) call() {
	if r.progress != nil {
		r.progress(r.now)
	}
}
