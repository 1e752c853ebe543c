package mobile

import (
	"context"
	"fmt"

	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/sdk"
)

// Progress receives how far a call is.
type Progress interface {
	// OnProgress receives how much of the total is done, at most once for each hundredth. If it throws an exception,
	// the call fails with CodeListener.
	OnProgress(done, total int64) error
}

// CutRegion cuts the region pack at from to an area, and writes it to the file to, whole or not at all. Every place that
// the cut covers has the same vector of this model as in the whole region. The cut has that region's name if name
// is empty. It has no signature: AddRegion reads it, a store with public keys does not install it. CutRegion blocks; it
// ends soon after Cancel of the task, with CodeCancelled. A null task cannot be cancelled. Progress may be null.
func (m *Model) CutRegion(from, to, name string, within *Area, progress Progress, task *Task) (r *Region, err error) {
	defer guard(&err)
	if err := m.check(); err != nil {
		return nil, err
	}
	ctx, err := task.context()
	if err != nil {
		return nil, err
	}
	boxes, err := within.cover(ctx)
	if err != nil {
		return nil, err
	}
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	opts := sdk.CutOptions{Within: boxes, Raster: m.m.Manifest().Raster, Name: name}
	if progress != nil {
		opts.Progress = reportHundredths(progress, fail)
	}
	made, err := sdk.CutRegion(ctx, from, to, opts)
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			return nil, cause
		}
		return nil, err
	}
	return openRegion(made), nil
}

// reportHundredths returns a function that reports progress, and calls fail if the app's object throws an exception.
func reportHundredths(progress Progress, fail context.CancelCauseFunc) func(done, total int64) {
	reported := int64(0)
	return func(done, total int64) {
		hundredth := done * 100 / total
		if hundredth == reported {
			return
		}
		reported = hundredth
		if err := progress.OnProgress(done, total); err != nil {
			fail(fmt.Errorf("%w: %w", errListener, err))
		}
	}
}

func openRegion(m *pack.Metadata) *Region {
	return &Region{Name: m.Name, Attribution: m.Attribution, Contents: m.ContentSHA256, Tiles: int64(m.Tiles)}
}
