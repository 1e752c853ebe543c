package sdk

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/loc2vec/loc2vec"
)

// Outcome is what EmbedMany returns for one place: a result, or the error that Embed would return.
type Outcome struct {
	Result
	Err error
}

// EmbedMany embeds places on all processors. It returns one outcome for each place, in the order of
// places. Places in the same tile share its decoding, in whatever order they come. The returned error is
// that of the context, which is also the outcome of the remaining places.
func (m *Model) EmbedMany(ctx context.Context, places []loc2vec.LatLon) ([]Outcome, error) {
	outcomes := make([]Outcome, len(places))
	order := byTile(places)
	// Small pieces keep all processors busy to the end.
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
			// A panic here would end the process; the caller may be able to recover from it.
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
		return outcomes, fmt.Errorf("embedding %d places: %w", len(places), err)
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
