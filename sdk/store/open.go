package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/loc2vec/loc2vec/bundle"
	"github.com/loc2vec/loc2vec/sdk"
)

// Verify repeats the checks of Install: the signature, if the store has a key; for a region everything that
// pack.Reader.Verify checks; for a model its hashes, and that it computes its golden vectors. Errors are
// as for Install.
func (s *Store) Verify(name string) error {
	kind, err := kindOf(name)
	if err != nil {
		return fmt.Errorf("verifying %s: %w", name, err)
	}
	f, size, err := s.open(name)
	if err != nil {
		return fmt.Errorf("verifying %s: %w", name, err)
	}
	defer f.Close()
	item := Item{Name: name, Kind: kind, Bytes: size}
	if err := item.verify(f); err != nil {
		return fmt.Errorf("verifying %s: %w", name, err)
	}
	return nil
}

// OpenModel opens a model of the store. It checks the signature if the store has a key.
func (s *Store) OpenModel(name string, opts sdk.Options) (*sdk.Model, error) {
	f, size, err := s.open(name)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", name, err)
	}
	defer f.Close()
	b, err := bundle.OpenLazy(f, size)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", name, err)
	}
	m, err := sdk.OpenBundle(b, opts)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", name, err)
	}
	return m, nil
}

// AddRegion adds a region of the store to a model. It replaces the region that was added under that name
// before: this is how a model gets a new map after Install. If the store has a key, AddRegion checks the
// signature, for which it reads the whole file: about a second for a gigabyte.
func (s *Store) AddRegion(m *sdk.Model, name string) error {
	f, _, err := s.open(name)
	if err != nil {
		return fmt.Errorf("adding region %s: %w", name, err)
	}
	if err := m.AddRegionFile(f); err != nil {
		return errors.Join(err, f.Close())
	}
	return nil
}

// AddRegions adds all regions of the store that have the model's schema, and returns them. A region that
// cannot be added does not prevent the others: the error joins the errors of all. A second call adds
// missing regions and updates the others.
func (s *Store) AddRegions(m *sdk.Model) ([]Item, error) {
	items, err := s.List()
	if err != nil {
		return nil, err
	}
	var added []Item
	var errs []error
	for _, item := range items {
		if item.Kind != KindRegion {
			continue
		}
		if item.Err == nil && item.schemaHash() != m.Manifest().SchemaHash {
			continue
		}
		if err := s.AddRegion(m, item.Name); err != nil {
			errs = append(errs, err)
			continue
		}
		added = append(added, item)
	}
	return added, errors.Join(errs...)
}

// open opens a file of the store. It checks the signature if the store has a key.
func (s *Store) open(name string) (f *os.File, size int64, err error) {
	if _, err := kindOf(name); err != nil {
		return nil, 0, err
	}
	path := filepath.Join(s.dir, name)
	// Another process may replace the file between reading it and reading its signature: then try again.
	for range 3 {
		if f, err = os.Open(path); err != nil {
			return nil, 0, err
		}
		var info os.FileInfo
		if info, err = f.Stat(); err == nil {
			if err = s.checkOpened(f, name); err == nil {
				return f, info.Size(), nil
			}
		}
		_ = f.Close()
		now, statErr := os.Stat(path)
		if statErr != nil || info == nil || os.SameFile(info, now) {
			break
		}
	}
	return nil, 0, err
}

// checkOpened checks the signature of an open file of the store.
func (s *Store) checkOpened(f io.ReaderAt, name string) error {
	if s.opts.PublicKey == nil {
		return nil
	}
	sum, err := hashOf(f)
	if err != nil {
		return err
	}
	signature, err := readSignature(s.signaturePath(name, sum))
	if err != nil {
		return err
	}
	return checkSignature(sum, signature, s.opts.PublicKey)
}
