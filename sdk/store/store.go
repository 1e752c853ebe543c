package store

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

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
// The directory should belong to the app, and to the store alone.
type Store struct {
	dir     string
	opts    Options
	changes chan struct{} // holds a token while nothing in this process changes the store
}

// Options say what a store accepts. The zero value is ready.
type Options struct {
	// PublicKey, if set, is the key that all files must be signed with. The signature is checked on
	// installation and each time that a file is opened.
	PublicKey ed25519.PublicKey
	// MaxBytes limits the size of an installed file. 0 means 4 GiB.
	MaxBytes int64
}

// Open opens the store in a directory and creates the directory if necessary. It removes the leftovers
// of installations that were killed.
func Open(dir string, opts Options) (*Store, error) {
	if n := len(opts.PublicKey); n != 0 && n != ed25519.PublicKeySize {
		return nil, fmt.Errorf("opening store: a public key of %d bytes, want %d", n, ed25519.PublicKeySize)
	}
	if opts.MaxBytes == 0 {
		opts.MaxBytes = 4 << 30
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("opening store: %w", atomicfile.DiskError(err))
	}
	s := &Store{dir: dir, opts: opts, changes: make(chan struct{}, 1)}
	s.changes <- struct{}{}
	// While another process changes the store, its files look like leftovers.
	if err := s.change(context.Background(), s.cleanUp); err != nil && !errors.Is(err, ErrBusy) {
		return nil, fmt.Errorf("opening store: %w", err)
	}
	return s, nil
}

// change calls f while it holds the store's lock. It waits for other goroutines, but not for other
// processes.
func (s *Store) change(ctx context.Context, f func() error) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-s.changes:
	}
	defer func() { s.changes <- struct{}{} }()
	unlock, err := tryLock(filepath.Join(s.dir, ".lock"))
	if err != nil {
		return err
	}
	defer unlock()
	return f()
}

// Remove removes a region or model from the store. If there is none of that name, the error wraps
// os.ErrNotExist. Models that use the file keep it open. (Not on Windows, which cannot remove open
// files.)
func (s *Store) Remove(name string) error {
	err := s.change(context.Background(), func() error { return s.remove(name) })
	if err != nil {
		return fmt.Errorf("removing %s: %w", name, err)
	}
	return nil
}

func (s *Store) remove(name string) error {
	if _, err := kindOf(name); err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(s.dir, name)); err != nil {
		return err
	}
	if err := s.removeSignatures(name, nil); err != nil {
		return err
	}
	return atomicfile.SyncDir(s.dir)
}

// names returns the names of all files in the directory, sorted.
func (s *Store) names() ([]string, error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if e.Type().IsRegular() {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// kindOf returns what a file of that name holds.
func kindOf(name string) (Kind, error) {
	if isFileName(name) {
		switch filepath.Ext(name) {
		case ".pmtiles":
			return KindRegion, nil
		case ".l2v":
			return KindModel, nil
		}
	}
	return "", fmt.Errorf("%w: %q: want a-z, 0-9, dot, dash and underscore, with .pmtiles or .l2v at the end", ErrName, name)
}

// isFileName reports whether a name means the same file on every file system. (A regular expression would
// add a quarter of a megabyte to every app.)
func isFileName(name string) bool {
	return len(name) <= 101 && strings.TrimLeft(name, "._-") == name &&
		strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789._-") == ""
}
