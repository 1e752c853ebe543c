package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/loc2vec/loc2vec/bundle"
	"github.com/loc2vec/loc2vec/internal/contextio"
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
	// Region describes a region, Model a model. If the file cannot be read, or is not signed as it should be, both are
	// nil and Err is the reason.
	Region *pack.Metadata
	Model  *bundle.Manifest
	Err    error
	// Signature is the signature of the file, checked with the keys of the store. It is nil in a store without keys.
	Signature *Signature
}

// Date returns the date of the newest source of a region. It is the zero time if the date is unknown, as that of
// every model is.
func (i *Item) Date() time.Time {
	if i.Region == nil {
		return time.Time{}
	}
	return parseDate(i.Region.Date())
}

// parseDate returns the time that a date of RFC 3339 means, or the zero time.
func parseDate(date string) time.Time {
	t, err := time.Parse(time.RFC3339, date)
	if err != nil {
		return time.Time{}
	}
	return t
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
func (i *Item) verify(ctx context.Context, r io.ReaderAt) error {
	r = contextio.NewReaderAt(ctx, r) // so that the checks that read it end with the context
	if i.Kind == KindRegion {
		p, err := pack.Open(r, i.Bytes)
		if err != nil {
			return err
		}
		i.Region = p.Metadata()
		return p.Verify(ctx)
	}
	b, err := bundle.OpenLazy(r, i.Bytes)
	if err != nil {
		return err
	}
	i.Model = &b.Manifest
	if err := ctx.Err(); err != nil { // what follows takes as long again
		return err
	}
	model, err := sdk.OpenBundle(b, sdk.Options{Engine: sdk.Go})
	if err != nil {
		return err
	}
	_, err = model.SelfTest(ctx)
	return errors.Join(err, model.Close())
}

// List returns the regions and models of the store, sorted by name. A file that cannot be read is listed
// with the reason in Err; in a store with keys that includes files without their signature. List checks
// signatures like AddRegion, and takes as long.
func (s *Store) List(ctx context.Context) ([]Item, error) {
	names, err := s.names()
	if err != nil {
		return nil, fmt.Errorf("listing store: %w", err)
	}
	var items []Item
	for _, name := range names {
		if _, err := kindOf(name); err != nil {
			continue
		}
		item, err := s.item(ctx, name)
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("listing store: %w", err)
		}
		if errors.Is(err, os.ErrNotExist) {
			continue // removed meanwhile
		}
		item.Err = err
		items = append(items, item)
	}
	return items, nil
}

// item describes a file of the store.
func (s *Store) item(ctx context.Context, name string) (Item, error) {
	f, item, err := s.open(ctx, name)
	if err != nil {
		return item, err
	}
	defer f.Close()
	return item, item.describe(f)
}
