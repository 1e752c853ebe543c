package sdk

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/loc2vec/loc2vec"
)

// Kind is what a file of a store holds.
type Kind string

const (
	KindRegion Kind = "region"
	KindModel  Kind = "model"
)

// Item is a region or model of a store.
type Item struct {
	Name  string // of the file, "bremen.pmtiles"
	Kind  Kind
	Path  string
	Bytes int64
	// Region describes a region, Model a model. Both are nil when the file cannot be read: Err says
	// why.
	Region *loc2vec.PackMetadata
	Model  *loc2vec.Manifest
	Err    error
}

// schemaHash returns the schema of what the item holds.
func (i *Item) schemaHash() string {
	if i.Kind == KindRegion {
		return i.Region.SchemaHash
	}
	return i.Model.SchemaHash
}

// How much of a file Item.read looks at.
const (
	describe  = false
	verifyAll = true
)

// read fills in what the file holds.
func (i *Item) read(r io.ReaderAt, thoroughly bool) error {
	if i.Kind == KindRegion {
		pack, err := loc2vec.OpenPack(r, i.Bytes)
		if err != nil {
			return err
		}
		i.Region = pack.Metadata()
		if thoroughly {
			return pack.Verify()
		}
		return nil
	}
	bundle, err := loc2vec.OpenPackedBundle(r, i.Bytes)
	if err != nil {
		return err
	}
	i.Model = &bundle.Manifest
	if !thoroughly {
		return nil
	}
	model, err := OpenBundle(bundle, Options{Engine: Go})
	if err != nil {
		return err
	}
	_, err = model.SelfTest()
	return errors.Join(err, model.Close())
}

// List returns what is in the store, in the order of names. What cannot be read is listed with the
// reason.
func (s *Store) List() ([]Item, error) {
	names, err := s.names()
	if err != nil {
		return nil, fmt.Errorf("list store: %w", err)
	}
	var items []Item
	for _, name := range names {
		kind, err := kindOf(name)
		if err != nil {
			continue
		}
		item, err := s.item(name, kind)
		if errors.Is(err, os.ErrNotExist) {
			continue // removed since
		}
		item.Err = err
		items = append(items, item)
	}
	return items, nil
}

func (s *Store) item(name string, kind Kind) (Item, error) {
	item := Item{Name: name, Kind: kind, Path: filepath.Join(s.dir, name)}
	f, err := os.Open(item.Path)
	if err != nil {
		return item, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return item, err
	}
	item.Bytes = info.Size()
	return item, item.read(f, describe)
}

// Size returns how many bytes the files of the store have, all that is in its directory.
func (s *Store) Size() (int64, error) {
	names, err := s.names()
	if err != nil {
		return 0, fmt.Errorf("size of store: %w", err)
	}
	var sum int64
	for _, name := range names {
		info, err := os.Stat(filepath.Join(s.dir, name))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return 0, fmt.Errorf("size of store: %w", err)
		}
		sum += info.Size()
	}
	return sum, nil
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

// Verify checks again all that Install has checked: the signature when the store has a key; of a
// region all that loc2vec.Pack.Verify does; of a model its hashes and that it computes its golden
// vectors. Errors are as Install's.
func (s *Store) Verify(name string) error {
	kind, err := kindOf(name)
	if err != nil {
		return fmt.Errorf("verify %s: %w", name, err)
	}
	f, size, err := s.open(name)
	if err != nil {
		return fmt.Errorf("verify %s: %w", name, err)
	}
	defer f.Close()
	item := Item{Name: name, Kind: kind, Bytes: size}
	if err := item.read(f, verifyAll); err != nil {
		return fmt.Errorf("verify %s: %w", name, err)
	}
	return nil
}

// OpenModel opens a model of the store. Where the store has a key, its signature is checked.
func (s *Store) OpenModel(name string, opts Options) (*Model, error) {
	f, size, err := s.open(name)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", name, err)
	}
	defer f.Close()
	m, err := openPacked(f, size, opts)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", name, err)
	}
	return m, nil
}

// AddRegion adds a region of the store to a model, in the place of the one that was added under that name before:
// so a model gets the new map after Install. Where the store has a key, its signature is
// checked, which reads the whole file, at about a second for each gigabyte.
func (s *Store) AddRegion(m *Model, name string) error {
	f, size, err := s.open(name)
	if err != nil {
		return fmt.Errorf("add region %s: %w", name, err)
	}
	pack, err := loc2vec.OpenPack(f, size)
	if err == nil {
		err = m.addRegion(&region{Pack: pack, file: f, path: absolute(f.Name())})
	}
	if err != nil {
		return errors.Join(fmt.Errorf("add region %s: %w", name, err), f.Close())
	}
	return nil
}

// AddRegions adds all regions of the store that are of the model's schema, and returns them. One that
// cannot be added does not keep out the others: the error joins those of all. Called again it adds what is
// missing and brings the others up to date.
func (s *Store) AddRegions(m *Model) ([]Item, error) {
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

// open opens a file of the store whose signature is right, if the store has a key.
func (s *Store) open(name string) (f *os.File, size int64, err error) {
	if _, err := kindOf(name); err != nil {
		return nil, 0, err
	}
	path := filepath.Join(s.dir, name)
	// The file may be replaced between it and its signature; then all is there for another try.
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
