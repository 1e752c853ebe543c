package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// rereadable is a source that can be read more than once.
type rereadable interface {
	io.ReaderAt
	io.Seeker
}

// removeOld checks the new file as far as its source allows, and removes the old one.
func (in *installation) removeOld(ctx context.Context, r io.Reader) error {
	e, err := in.preview(ctx, r)
	if err != nil {
		return err
	}
	remove := func() error {
		if err := in.store.remove(in.name); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	if e == nil {
		return in.store.change(ctx, remove)
	}
	return in.store.replace(ctx, in.name, *e, &in.opts, remove)
}

// preview returns the edition of the new file, or nil if nothing can be known before it is read. It leaves r where
// it was.
func (in *installation) preview(ctx context.Context, r io.Reader) (*edition, error) {
	source, ok := r.(rereadable)
	if ok {
		if start, err := source.Seek(0, io.SeekCurrent); err == nil {
			return in.previewSource(ctx, source, start)
		}
	}
	if in.signature == nil {
		return nil, nil
	}
	s, err := in.signature.checkComment(in.store.opts.PublicKeys)
	if err != nil {
		return nil, err
	}
	e := s.stated()
	if err := in.opts.checkStatement(s, e); err != nil {
		return nil, err
	}
	if err := in.opts.checkDemands(e); err != nil {
		return nil, fmt.Errorf("by its signature: %w", err)
	}
	return &e, nil
}

// previewSource checks everything in a source that can be read again, from start to its end.
func (in *installation) previewSource(ctx context.Context, source rereadable, start int64) (*edition, error) {
	end, err := source.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = source.Seek(start, io.SeekStart)
	}
	if err != nil {
		return nil, err
	}
	section := io.NewSectionReader(source, start, max(0, end-start))
	sums := newHashes()
	if in.item.Bytes, err = copyContext(ctx, sums, in.limited(section)); err != nil {
		return nil, err
	}
	if err := in.check(ctx, section, sums); err != nil {
		return nil, err
	}
	e := in.item.edition()
	return &e, nil
}
