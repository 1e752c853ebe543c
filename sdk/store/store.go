package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/loc2vec/loc2vec/sdk/internal/atomicfile"
)

var (
	// ErrBusy: another process, or another Store of the same directory, is changing it.
	ErrBusy = errors.New("store is being changed by another process")
	// ErrName: the name is not valid for a file of a store.
	ErrName = errors.New("not a name for a region or model")
)

// Store is a directory of region packs and bundles. It keeps nothing in memory: the files on the disk
// are the store, and there is nothing to close. Safe for concurrent use, also by several processes:
// each change locks the directory, and takes effect whole or not at all, even if the process is killed or
// the power fails. Reading needs no lock.
//
// The directory must belong to the store alone, and nobody else may write to it. What the store opens is checked, and
// is a regular file, not a link, pipe or device; but a process that may write to the directory can change the bytes of
// a region after they were checked. Models are read into memory before they are checked.
//
// Functions with a context return within 50 ms of its end, and the lock is not held while files are read, checked or
// written.
type Store struct {
	dir     string
	opts    Options
	changes chan struct{} // holds a token while nothing in this process changes the store
}

// Options say what a store accepts. The zero value is ready.
type Options struct {
	// PublicKeys, unless nil, are the keys one of which must have signed each file. The signature is checked on
	// installation and each time that a file is opened. To replace a key, accept the old and the new one until all
	// files are signed with the new one.
	PublicKeys []PublicKey
	// MaxBytes limits the size of an installed file. 0 means 4 GiB.
	MaxBytes int64
}

// Open opens the store in a directory and creates the directory if necessary. It removes the leftovers
// of installations that were killed.
func Open(dir string, opts Options) (*Store, error) {
	if opts.PublicKeys != nil && len(opts.PublicKeys) == 0 {
		return nil, errors.New("opening store: an empty list of public keys: no file could be signed with one")
	}
	opts.PublicKeys = slices.Clone(opts.PublicKeys)
	if opts.MaxBytes == 0 {
		opts.MaxBytes = 4 << 30
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("opening store: %w", atomicfile.DiskError(err))
	}
	s := &Store{dir: dir, opts: opts, changes: make(chan struct{}, 1)}
	s.changes <- struct{}{}
	if err := s.change(context.Background(), s.cleanUp); err != nil && !errors.Is(err, ErrBusy) {
		return nil, fmt.Errorf("opening store: %w", err)
	}
	return s, nil
}

// signed reports whether files must be signed.
func (s *Store) signed() bool { return s.opts.PublicKeys != nil }

// lockAttempts and lockPause say how long a change waits for another process: two seconds, where a change takes
// milliseconds.
const (
	lockAttempts = 100
	lockPause    = 20 * time.Millisecond
)

// change calls f while it holds the store's lock.
func (s *Store) change(ctx context.Context, f func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-s.changes:
	}
	defer func() { s.changes <- struct{}{} }()
	unlock, err := tryLock(s.path(".lock"))
	for attempt := 1; errors.Is(err, ErrBusy) && attempt < lockAttempts; attempt++ {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(lockPause):
		}
		unlock, err = tryLock(s.path(".lock"))
	}
	if err != nil {
		return err
	}
	defer unlock()
	return f()
}

// Remove removes a region or model from the store. If there is none of that name, the error wraps
// os.ErrNotExist. Models that use the file keep it open. (Not on Windows, which cannot remove open
// files.)
func (s *Store) Remove(ctx context.Context, name string) error {
	err := s.change(ctx, func() error { return s.remove(name) })
	if err != nil {
		return fmt.Errorf("removing %s: %w", name, err)
	}
	return nil
}

func (s *Store) remove(name string) error {
	if _, err := kindOf(name); err != nil {
		return err
	}
	if err := os.Remove(s.path(name)); err != nil {
		return err
	}
	if err := s.removeSignatures(name, ""); err != nil {
		return err
	}
	return atomicfile.SyncDir(s.dir)
}
