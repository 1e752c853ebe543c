package sdk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/loc2vec/loc2vec"
)

// Outcome is what became of one place of EmbedMany: a result, or the error that Embed would give.
type Outcome struct {
	Result
	Err error
}

// EmbedMany embeds places on all processors and returns one outcome for each, in their order.
// Neighbouring places share their tiles, whatever the order. The error is the context's; places that
// were not reached have it too.
func (m *Model) EmbedMany(ctx context.Context, places []loc2vec.LatLon) ([]Outcome, error) {
	outcomes := make([]Outcome, len(places))
	order := byTile(places)
	// A share for each processor, in pieces so small that a slow one does not keep the others waiting.
	const piece = 32
	pieces := make(chan []int, (len(order)+piece-1)/piece)
	for part := range slices.Chunk(order, piece) {
		pieces <- part
	}
	close(pieces)
	var group sync.WaitGroup
	var panicked atomic.Value
	for range min(runtime.GOMAXPROCS(0), cap(pieces)) {
		group.Go(func() {
			// A panic would end the process. The caller gets it, who may be prepared.
			defer func() {
				if p := recover(); p != nil {
					panicked.CompareAndSwap(nil, fmt.Sprint(p))
				}
			}()
			for part := range pieces {
				for _, i := range part {
					outcomes[i].Result, outcomes[i].Err = m.Embed(ctx, places[i])
				}
			}
		})
	}
	group.Wait()
	if p := panicked.Load(); p != nil {
		panic(p)
	}
	if err := ctx.Err(); err != nil {
		return outcomes, fmt.Errorf("embed %d places: %w", len(places), err)
	}
	return outcomes, nil
}

// byTile returns the indices of places in the order of their tiles on the Hilbert curve.
func byTile(places []loc2vec.LatLon) []int {
	type key struct {
		tile  uint64
		index int
	}
	keys := make([]key, len(places))
	for i, p := range places {
		keys[i].index = i
		if p.Validate() == nil {
			keys[i].tile = p.Point().Tile().ID()
		}
	}
	slices.SortFunc(keys, func(a, b key) int {
		return cmp.Or(cmp.Compare(a.tile, b.tile), cmp.Compare(a.index, b.index))
	})
	order := make([]int, len(keys))
	for i, k := range keys {
		order[i] = k.index
	}
	return order
}

// defaultThreshold in metres: about what a receiver's position wanders when it does not move, and a
// quarter of the shift that models are trained not to mind.
const defaultThreshold = 20

// FollowOptions say how a moving position is followed. The zero value is ready.
type FollowOptions struct {
	// Threshold in metres is how far the position must move from where the last vector was computed
	// for another one: 0 for 20, negative for always.
	Threshold float64
}

// Follower gives the embedding of a moving position and computes it only when the position has moved,
// so that standing still costs nothing. Safe for concurrent use.
type Follower struct {
	model     *Model
	threshold float64

	mu      sync.Mutex
	known   bool
	place   loc2vec.LatLon // where result or err was computed
	changes uint64         // of the regions, when it was
	result  Result
	err     error
}

// Follow returns a follower of one position.
func (m *Model) Follow(opts FollowOptions) *Follower {
	if opts.Threshold == 0 {
		opts.Threshold = defaultThreshold
	}
	return &Follower{model: m, threshold: opts.Threshold}
}

// At returns the embedding of the position, which is that of a place at most the threshold away, and
// whether it was computed for this call. That a place lies outside of every region is remembered like
// a vector. Errors are Embed's.
func (f *Follower) At(ctx context.Context, place loc2vec.LatLon) (r Result, fresh bool, err error) {
	if err := checkPlace(place); err != nil {
		return Result{}, false, fmt.Errorf("follow: %w", err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	changes := f.model.regions.changes.Load()
	if f.known && changes == f.changes && f.place.DistanceTo(place) <= f.threshold {
		return f.result, false, f.err
	}
	r, err = f.model.Embed(ctx, place)
	f.known = err == nil || errors.Is(err, loc2vec.ErrNoCoverage)
	f.place, f.changes, f.result, f.err = place, changes, r, err
	return r, f.known, err
}
