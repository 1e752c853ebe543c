package sdk

import (
	"context"
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
	file      io.Closer // what the pack reads, nil if the pack closes it itself
	path      string    // of the file, absolute; empty if unknown
	snapshots int       // that contain it and are in use; guarded by regions.mu
}

// Close closes the pack and its file.
func (r *region) Close() error {
	err := r.Reader.Close()
	if r.file != nil {
		err = errors.Join(err, r.file.Close())
	}
	return err
}

// regions are the region packs of a model. Changes never wait for a drawing: it keeps the snapshot that it began with, and a
// pack is closed when no snapshot in use contains it. Safe for concurrent use.
type regions struct {
	closing context.Context // ends when the regions are closed
	cancel  context.CancelFunc
	// changes counts additions and removals: a result is valid until it grows.
	changes atomic.Uint64

	mu      sync.Mutex // held for no longer than copying a list of packs takes
	current *snapshot  // nil when closed
}

// snapshot is a list of regions, which never changes.
type snapshot struct {
	packs []*region
	set   pack.Set // the readers of packs, in the same order
	users int      // drawings, and the model if it is the current one; guarded by regions.mu
}

func newRegions() *regions {
	r := &regions{current: &snapshot{users: 1}}
	r.closing, r.cancel = context.WithCancel(context.Background())
	return r
}

// add adds a region. It replaces the region from the same file, which may hold a newer map now. Unless it
// returns an error, the regions own p.
func (r *regions) add(p *region) error {
	return r.change(func(packs []*region) ([]*region, error) {
		same := func(old *region) bool { return p.path != "" && old.path == p.path }
		if i := slices.IndexFunc(packs, same); i >= 0 {
			packs[i] = p
			return packs, nil
		}
		return append(packs, p), nil
	})
}

// remove removes the packs of that name.
func (r *regions) remove(name string) error {
	return r.change(func(packs []*region) ([]*region, error) {
		n := len(packs)
		packs = slices.DeleteFunc(packs, func(p *region) bool { return p.Metadata().Name == name })
		if len(packs) == n {
			return nil, fmt.Errorf("region %q: %w", name, os.ErrNotExist)
		}
		return packs, nil
	})
}

// change replaces the list of packs by what edit returns for a copy of it, unless that is an error. Packs that are not
// in use any more are closed: they were only read, so that errors of closing them lose nothing.
func (r *regions) change(edit func(packs []*region) ([]*region, error)) error {
	r.mu.Lock()
	old := r.current
	if old == nil {
		r.mu.Unlock()
		return fmt.Errorf("model: %w", os.ErrClosed)
	}
	packs, err := edit(slices.Clone(old.packs))
	if err == nil {
		r.current = newSnapshot(packs)
		r.changes.Add(1)
	}
	r.mu.Unlock()
	if err == nil {
		_ = r.release(old)
	}
	return err
}

// newSnapshot returns the snapshot of some packs for the model. The caller holds regions.mu.
func newSnapshot(packs []*region) *snapshot {
	s := &snapshot{packs: packs, users: 1}
	for _, p := range packs {
		s.set = append(s.set, p.Reader)
		p.snapshots++
	}
	return s
}

// acquire returns the current snapshot, whose packs stay open until release.
func (r *regions) acquire() (*snapshot, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.current == nil {
		return nil, fmt.Errorf("model: %w", os.ErrClosed)
	}
	r.current.users++
	return r.current, nil
}

// release ends a use of a snapshot, and closes the packs that are not in use any more.
func (r *regions) release(s *snapshot) error {
	var unused []*region
	r.mu.Lock()
	if s.users--; s.users == 0 {
		for _, p := range s.packs {
			if p.snapshots--; p.snapshots == 0 {
				unused = append(unused, p)
			}
		}
	}
	r.mu.Unlock()
	var errs []error
	for _, p := range unused {
		errs = append(errs, p.Close())
	}
	return errors.Join(errs...)
}

// all returns the packs in the order in which they were added. They may be closed at any time: only their metadata can
// be used.
func (r *regions) all() []*region {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.current == nil {
		return nil
	}
	return r.current.packs
}

// close cancels the drawings, and closes the packs as soon as the last of them has ended. It does not wait for them.
func (r *regions) close() error {
	r.mu.Lock()
	last := r.current
	r.current = nil
	r.changes.Add(1)
	r.mu.Unlock()
	r.cancel()
	return r.release(last)
}

// look calls draw with the name of the region that a place lies in and with all regions. They stay open until draw
// returns. The context of draw ends when the regions are closed; the error then wraps os.ErrClosed. For a place outside
// all regions it returns loc2vec.ErrNoCoverage.
func (r *regions) look(ctx context.Context, place loc2vec.LatLon, draw func(ctx context.Context, name string, all pack.Set) error) error {
	s, err := r.acquire()
	if err != nil {
		return err
	}
	defer func() { _ = r.release(s) }() // as in change
	if len(s.packs) == 0 {
		return fmt.Errorf("%w: the model has no region", loc2vec.ErrNoCoverage)
	}
	home, err := s.set.Home(place)
	if err != nil {
		return err
	}
	if home == nil {
		return loc2vec.ErrNoCoverage
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(r.closing, cancel)()
	if err := draw(ctx, home.Metadata().Name, s.set); err != nil {
		if r.closing.Err() != nil && errors.Is(err, context.Canceled) {
			return fmt.Errorf("model: %w", os.ErrClosed)
		}
		return err
	}
	return nil
}
