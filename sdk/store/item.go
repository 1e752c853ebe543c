package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/loc2vec/loc2vec/bundle"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/sdk"
)

// Kind says what a file of a store holds.
type Kind string

const (
	KindRegion Kind = "region"
	KindModel  Kind = "model"
)

// Item is a region or model of a store.
type Item struct {
	Name  string // of the file, such as "bremen.pmtiles"
	Kind  Kind
	Path  string
	Bytes int64
	// Region describes a region, Model a model. If the file cannot be read, both are nil and Err is
	// the reason.
	Region *pack.Metadata
	Model  *bundle.Manifest
	Err    error
}

// schemaHash returns the schema of the region or model.
func (i *Item) schemaHash() string {
	if i.Kind == KindRegion {
		return i.Region.SchemaHash
	}
	return i.Model.SchemaHash
}

// describe fills in Region or Model.
func (i *Item) describe(r io.ReaderAt) error {
	if i.Kind == KindRegion {
		p, err := pack.Open(r, i.Bytes)
		if err != nil {
			return err
		}
		i.Region = p.Metadata()
		return nil
	}
	b, err := bundle.OpenLazy(r, i.Bytes)
	if err != nil {
		return err
	}
	i.Model = &b.Manifest
	return nil
}

// verify fills in Region or Model and checks everything in the file.
func (i *Item) verify(r io.ReaderAt) error {
	if i.Kind == KindRegion {
		p, err := pack.Open(r, i.Bytes)
		if err != nil {
			return err
		}
		i.Region = p.Metadata()
		return p.Verify()
	}
	b, err := bundle.OpenLazy(r, i.Bytes)
	if err != nil {
		return err
	}
	i.Model = &b.Manifest
	model, err := sdk.OpenBundle(b, sdk.Options{Engine: sdk.Go})
	if err != nil {
		return err
	}
	_, err = model.SelfTest()
	return errors.Join(err, model.Close())
}

// List returns the regions and models of the store, sorted by name. A file that cannot be read is listed
// with the reason in Err.
func (s *Store) List() ([]Item, error) {
	names, err := s.names()
	if err != nil {
		return nil, fmt.Errorf("listing store: %w", err)
	}
	var items []Item
	for _, name := range names {
		kind, err := kindOf(name)
		if err != nil {
			continue
		}
		item, err := s.item(name, kind)
		if errors.Is(err, os.ErrNotExist) {
			continue // removed meanwhile
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
	return item, item.describe(f)
}

// Size returns the total size in bytes of all files in the directory.
func (s *Store) Size() (int64, error) {
	names, err := s.names()
	if err != nil {
		return 0, fmt.Errorf("measuring store: %w", err)
	}
	var sum int64
	for _, name := range names {
		info, err := os.Stat(filepath.Join(s.dir, name))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return 0, fmt.Errorf("measuring store: %w", err)
		}
		sum += info.Size()
	}
	return sum, nil
}
