package sdk

import (
	"context"
	"errors"
	"fmt"

	"github.com/loc2vec/loc2vec"
)

// defaultThreshold in metres is about how far the position of a resting receiver wanders, and a quarter of
// the shift that models are trained to ignore.
const defaultThreshold = 20

// FollowOptions are the options of Follow. The zero value is ready.
type FollowOptions struct {
	// Threshold in metres is how far the position must move, from where the last vector was computed,
	// before another one is computed. 0 means 20, a negative number computes every vector.
	Threshold float64
}

// Follower returns the embedding of a moving position. It computes a vector only when the position has
// moved, so that standing still costs nothing. Safe for concurrent use.
type Follower struct {
	model     *Model
	threshold float64

	turn    chan struct{} // holds a token while no call uses the following fields
	known   bool
	place   loc2vec.LatLon // where result or err was computed
	changes uint64         // regions.changes at that time
	result  Result
	err     error
}

// Follow returns a follower of one position.
func (m *Model) Follow(opts FollowOptions) *Follower {
	if opts.Threshold == 0 {
		opts.Threshold = defaultThreshold
	}
	f := &Follower{model: m, threshold: opts.Threshold, turn: make(chan struct{}, 1)}
	f.turn <- struct{}{}
	return f
}

// At returns the embedding of a place at most Threshold away from the position, and whether it was
// computed for this call. Calls take turns. Follower remembers loc2vec.ErrNoCoverage like a vector. Errors are as for Embed.
func (f *Follower) At(ctx context.Context, place loc2vec.LatLon) (r Result, fresh bool, err error) {
	if err := checkPlace(place); err != nil {
		return Result{}, false, fmt.Errorf("following: %w", err)
	}
	select {
	case <-ctx.Done():
		return Result{}, false, fmt.Errorf("following: %w", ctx.Err())
	case <-f.turn:
	}
	defer func() { f.turn <- struct{}{} }()
	changes := f.model.regions.changes.Load()
	if f.known && changes == f.changes && f.place.DistanceTo(place) <= f.threshold {
		return f.result, false, f.err
	}
	r, err = f.model.Embed(ctx, place)
	f.known = err == nil || errors.Is(err, loc2vec.ErrNoCoverage)
	f.place, f.changes, f.result, f.err = place, changes, r, err
	return r, f.known, err
}
