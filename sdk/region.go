package sdk

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"

	"github.com/loc2vec/loc2vec"
)

// regions are the region packs of a model. Safe for concurrent use.
type regions struct {
	mu     sync.RWMutex
	packs  []*loc2vec.Pack
	closed bool
}

func (r *regions) add(p *loc2vec.Pack) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return fmt.Errorf("model: %w", os.ErrClosed)
	}
	// A copy, because views read the slice without the lock.
	r.packs = append(slices.Clone(r.packs), p)
	return nil
}

func (r *regions) all() []*loc2vec.Pack {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.packs
}

func (r *regions) close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var errs []error
	for _, p := range r.packs {
		errs = append(errs, p.Close())
	}
	r.packs, r.closed = nil, true
	return errors.Join(errs...)
}

// regionView is what the regions show of one place's surroundings.
type regionView struct {
	packs []*loc2vec.Pack
	// home is the index of the region that the place lies in.
	home int
	// inside: the whole window lies in the home region, and tiles come from there alone. A window
	// across a border is drawn from all regions that have something of it.
	inside bool
}

// view returns the regions around a place, whose window is that many metres wide.
func (r *regions) view(place loc2vec.LatLon, metres float64) (regionView, error) {
	v := regionView{packs: r.all()}
	v.home = slices.IndexFunc(v.packs, func(p *loc2vec.Pack) bool { return p.Contains(place) })
	if v.home < 0 {
		return v, loc2vec.ErrNoCoverage
	}
	v.inside = true
	for _, corner := range [][2]float64{{-1, -1}, {-1, 1}, {1, -1}, {1, 1}} {
		at := place.Offset(corner[0]*metres/2, corner[1]*metres/2)
		v.inside = v.inside && v.packs[v.home].Contains(at)
	}
	return v, nil
}

func (v *regionView) name() string { return v.packs[v.home].Metadata().Name }

// sources returns the regions that a tile is drawn from; none where nothing is known.
func (v *regionView) sources(dst []*loc2vec.Pack, t loc2vec.Tile) []*loc2vec.Pack {
	dst = dst[:0]
	if v.inside {
		if p := v.packs[v.home]; p.Covers(t) {
			return append(dst, p)
		}
		return dst
	}
	for _, p := range v.packs {
		if p.Covers(t) {
			dst = append(dst, p)
		}
	}
	return dst
}
