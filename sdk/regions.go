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
	"github.com/loc2vec/loc2vec/pack"
)

// region is an open region pack.
type region struct {
	*pack.Reader
	file io.Closer // what the pack reads, nil if the pack closes it itself
	path string    // of the file, absolute; empty if unknown
}

// Close closes the pack and its file.
func (r *region) Close() error {
	err := r.Reader.Close()
	if r.file != nil {
		err = errors.Join(err, r.file.Close())
	}
	return err
}

// regions are the region packs of a model. Readers hold mu.RLock while they use a pack, so it cannot be
// closed meanwhile. Safe for concurrent use.
type regions struct {
	mu     sync.RWMutex
	packs  []*region // replaced as a whole, never changed
	set    pack.Set  // the readers of packs, in the same order
	closed bool
	// changes counts additions and removals: a result is valid until it grows.
	changes atomic.Uint64
}

// add adds a region. It replaces the region from the same file, which may hold a newer map now. Unless it
// returns an error, the regions own p.
func (r *regions) add(p *region) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return fmt.Errorf("model: %w", os.ErrClosed)
	}
	r.changes.Add(1)
	packs := slices.Clone(r.packs)
	if i := slices.IndexFunc(packs, func(old *region) bool { return p.path != "" && old.path == p.path }); i >= 0 {
		// The old region was only read: an error of closing it loses nothing.
		_ = packs[i].Close()
		packs[i] = p
	} else {
		packs = append(packs, p)
	}
	r.replace(packs)
	return nil
}

// remove removes and closes the packs of that name.
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
	r.replace(kept)
	r.changes.Add(1)
	return errors.Join(errs...)
}

func (r *regions) replace(packs []*region) {
	r.packs, r.set = packs, nil
	for _, p := range packs {
		r.set = append(r.set, p.Reader)
	}
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
	r.replace(nil)
	r.closed = true
	r.changes.Add(1)
	return errors.Join(errs...)
}

// look calls draw with the name of the region that a place lies in and with all regions. They stay open until
// draw returns. For a place outside all regions it returns loc2vec.ErrNoCoverage.
func (r *regions) look(place loc2vec.LatLon, draw func(name string, all pack.Set) error) error {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if len(r.packs) == 0 && !r.closed {
		return fmt.Errorf("%w: the model has no region", loc2vec.ErrNoCoverage)
	}
	home, err := r.set.Home(place)
	if err != nil {
		return err
	}
	if home == nil {
		return loc2vec.ErrNoCoverage
	}
	return draw(home.Metadata().Name, r.set)
}
