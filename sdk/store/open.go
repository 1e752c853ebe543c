package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/loc2vec/loc2vec/bundle"
	"github.com/loc2vec/loc2vec/sdk"
)

// Verify repeats the checks of Install: the signature, if the store has keys; for a region everything that
// pack.Reader.Verify checks; for a model its hashes, and that it computes its golden vectors. Errors are
// as for Install.
func (s *Store) Verify(ctx context.Context, name string) error {
	f, item, err := s.open(ctx, name)
	if err != nil {
		return fmt.Errorf("verifying %s: %w", name, err)
	}
	defer f.Close()
	if err := item.verify(ctx, f); err != nil {
		return fmt.Errorf("verifying %s: %w", name, err)
	}
	return nil
}

// OpenModel opens a model of the store. It checks the signature if the store has keys: what it opens are
// the bytes that it has checked.
func (s *Store) OpenModel(ctx context.Context, name string, opts sdk.Options) (*sdk.Model, error) {
	m, err := s.openModel(ctx, name, opts)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", name, err)
	}
	return m, nil
}

func (s *Store) openModel(ctx context.Context, name string, opts sdk.Options) (*sdk.Model, error) {
	f, item, err := s.open(ctx, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var r io.ReaderAt = f
	if s.signed() {
		// The file is read again, so its bytes are checked again, now in memory.
		var data bytes.Buffer
		if _, err := copyContext(ctx, &data, io.NewSectionReader(f, 0, item.Bytes)); err != nil {
			return nil, err
		}
		if _, err := s.checkSignature(ctx, name, bytes.NewReader(data.Bytes())); err != nil {
			return nil, err
		}
		r = bytes.NewReader(data.Bytes())
	}
	b, err := bundle.OpenLazy(r, item.Bytes)
	if err == nil {
		err = ctx.Err() // what follows takes as long again
	}
	if err != nil {
		return nil, err
	}
	m, err := sdk.OpenBundle(b, opts)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, errors.Join(err, m.Close())
	}
	return m, nil
}

// AddRegion adds a region of the store to a model. It replaces the region that was added under that name
// before: this is how a model gets a new map after Install. If the store has keys, AddRegion checks the
// signature, for which it reads the whole file: one to three seconds for a gigabyte.
func (s *Store) AddRegion(ctx context.Context, m *sdk.Model, name string) error {
	f, _, err := s.open(ctx, name)
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
// missing regions and updates the others. If the context ends, the regions until then stay added.
func (s *Store) AddRegions(ctx context.Context, m *sdk.Model) ([]Item, error) {
	names, err := s.names()
	if err != nil {
		return nil, fmt.Errorf("adding regions: %w", err)
	}
	var added []Item
	var errs []error
	for _, name := range names {
		if kind, err := kindOf(name); err != nil || kind != KindRegion {
			continue
		}
		item, err := s.addMatching(ctx, m, name)
		switch {
		case ctx.Err() != nil:
			return added, fmt.Errorf("adding regions: %w", ctx.Err())
		case errors.Is(err, os.ErrNotExist), errors.Is(err, errOtherSchema):
		case err != nil:
			errs = append(errs, fmt.Errorf("adding region %s: %w", name, err))
		default:
			added = append(added, item)
		}
	}
	return added, errors.Join(errs...)
}

// errOtherSchema: the region is for other models.
var errOtherSchema = errors.New("the region is for other models")

// addMatching adds a region unless it has another schema than the model.
func (s *Store) addMatching(ctx context.Context, m *sdk.Model, name string) (Item, error) {
	f, item, err := s.open(ctx, name)
	if err != nil {
		return item, err
	}
	if err = item.describe(f); err == nil {
		err = errOtherSchema
		if item.schemaHash() == m.Manifest().SchemaHash {
			err = m.AddRegionFile(f)
		}
	}
	if err != nil {
		return item, errors.Join(err, f.Close())
	}
	return item, nil
}

// open opens a file of the store, and returns its name, kind, size and signature. It checks the signature if the
// store has keys.
func (s *Store) open(ctx context.Context, name string) (*os.File, Item, error) {
	kind, err := kindOf(name)
	if err != nil {
		return nil, Item{Name: name}, err
	}
	item := Item{Name: name, Kind: kind, Path: s.path(name)}
	if err := ctx.Err(); err != nil {
		return nil, item, err
	}
	// Another process may replace the file between reading it and reading its signature: then try again.
	for range 3 {
		f, info, openErr := s.openFile(name)
		if openErr != nil {
			return nil, item, openErr
		}
		item.Bytes = info.Size()
		if !s.signed() {
			return f, item, nil
		}
		item.Signature, err = s.checkSignature(ctx, name, io.NewSectionReader(f, 0, item.Bytes))
		if err == nil {
			return f, item, nil
		}
		_ = f.Close()
		if ctx.Err() != nil || s.unchanged(name, info) {
			break
		}
	}
	return nil, item, err
}

// checkSignature checks the signature of a file of the store that holds what r reads.
func (s *Store) checkSignature(ctx context.Context, name string, r io.Reader) (*Signature, error) {
	sum, err := digestOf(ctx, r)
	if err != nil {
		return nil, err
	}
	text, err := s.readSignature(name, sum)
	if err != nil {
		return nil, err
	}
	parsed, err := parseSignature(text)
	if err != nil {
		return nil, err
	}
	return parsed.check(sum, s.opts.PublicKeys)
}
