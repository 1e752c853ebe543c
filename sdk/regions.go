package sdk

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/loc2vec/loc2vec"
)

// region is an open region pack.
type region struct {
	*loc2vec.Pack
	file io.Closer // what the pack reads from, nil when the pack closes that itself
}

// Close closes the pack and its file.
func (r *region) Close() error {
	err := r.Pack.Close()
	if r.file != nil {
		err = errors.Join(err, r.file.Close())
	}
	return err
}

// hasAllOf reports whether the tile lies in the region's area wholly: in one of its boxes, that is.
func (r *region) hasAllOf(t loc2vec.Tile) bool {
	b := t.Bounds()
	return r.Covers(t) && slices.ContainsFunc(r.Metadata().Area, func(area loc2vec.Bounds) bool {
		return area.Contains(b.Min) && area.Contains(b.Max)
	})
}

// regions are the region packs of a model. Who looks at them holds mu for reading as long as it
// does, so that none is closed under its eyes. Safe for concurrent use.
type regions struct {
	mu     sync.RWMutex
	packs  []*region // the slice is replaced, never changed
	closed bool
	// changes counts what was added and removed: an answer holds until it grows.
	changes atomic.Uint64
}

func (r *regions) add(p *region) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return fmt.Errorf("model: %w", os.ErrClosed)
	}
	r.packs = append(slices.Clone(r.packs), p)
	r.changes.Add(1)
	return nil
}

// remove takes out and closes the packs of that name.
func (r *regions) remove(name string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var kept []*region
	var errs []error
	for _, p := range r.packs {
		if p.Metadata().Name == name {
			errs = append(errs, p.Close())
		} else {
			kept = append(kept, p)
		}
	}
	if len(errs) == 0 {
		return fmt.Errorf("region %q: %w", name, os.ErrNotExist)
	}
	r.packs = kept
	r.changes.Add(1)
	return errors.Join(errs...)
}

func (r *regions) all() []*region {
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
	r.changes.Add(1)
	return errors.Join(errs...)
}

// regionView is what the regions show of one place's surroundings.
type regionView struct {
	packs []*region
	// home is the index of the region that the place lies in.
	home int
	// inside: the whole window lies in the home region, and tiles come from there alone. A window
	// across a border is drawn from all regions that have something of it.
	inside bool
}

// look calls draw with the regions around a place, whose window is that many metres wide. They stay
// open until draw returns. A place outside of all regions is loc2vec.ErrNoCoverage.
func (r *regions) look(place loc2vec.LatLon, metres float64, draw func(regionView) error) error {
	r.mu.RLock()
	defer r.mu.RUnlock()
	v := regionView{packs: r.packs}
	v.home = slices.IndexFunc(v.packs, func(p *region) bool { return p.Contains(place) })
	if v.home < 0 {
		return loc2vec.ErrNoCoverage
	}
	v.inside = true
	for _, corner := range [][2]float64{{-1, -1}, {-1, 1}, {1, -1}, {1, 1}} {
		at := place.Offset(corner[0]*metres/2, corner[1]*metres/2)
		v.inside = v.inside && v.packs[v.home].Contains(at)
	}
	return draw(v)
}

func (v *regionView) name() string { return v.packs[v.home].Metadata().Name }

// sources returns the regions that a tile is drawn from; none where nothing is known. A tile that lies
// in the home region wholly comes from there alone, as it does for a window inside.
func (v *regionView) sources(dst []*region, t loc2vec.Tile) []*region {
	dst = dst[:0]
	if home := v.packs[v.home]; v.inside || home.hasAllOf(t) {
		if home.Covers(t) {
			return append(dst, home)
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
