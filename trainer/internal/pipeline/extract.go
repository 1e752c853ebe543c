package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/google/renameio/v2"

	"github.com/loc2vec/loc2vec/osmextract"
	"github.com/loc2vec/loc2vec/trainer/internal/output"
	"github.com/loc2vec/loc2vec/trainer/internal/progress"
)

// Extracted is a region pack that Extract has written.
type Extracted struct {
	osmextract.Stats
	Took time.Duration
}

// ExtractOptions describe one extraction.
type ExtractOptions struct {
	osmextract.Options           // Progress is set by Extract
	Out                string    // the region pack to write
	Messages           io.Writer // gets progress
}

// Extract writes a region pack, whole or not at all, and shows the progress of each stage.
func Extract(ctx context.Context, o ExtractOptions) (_ *Extracted, err error) {
	start := time.Now()
	file, err := renameio.NewPendingFile(output.Resolve(o.Out), renameio.WithPermissions(0o644))
	if err != nil {
		return nil, fmt.Errorf("writing %s: %w", o.Out, err)
	}
	defer func() { err = errors.Join(err, file.Cleanup()) }()
	bars := stageBars{out: o.Messages}
	o.Progress = bars.show
	stats, err := osmextract.Extract(ctx, file, o.Options)
	bars.close()
	if err != nil {
		return nil, err
	}
	if err := file.CloseAtomicallyReplace(); err != nil {
		return nil, fmt.Errorf("writing %s: %w", o.Out, err)
	}
	return &Extracted{stats, time.Since(start)}, nil
}

// stageBars shows a bar for each stage of an extraction.
type stageBars struct {
	out   io.Writer
	stage string
	bar   *progress.Bar
}

func (b *stageBars) show(p osmextract.Progress) {
	if p.Stage != b.stage || b.bar == nil {
		b.close()
		b.stage = p.Stage
		b.bar = progress.New(b.out, "extract: "+p.Stage, p.Total, progress.Unit(p.Unit))
	}
	b.bar.Set(p.Done, "")
}

func (b *stageBars) close() {
	if b.bar != nil {
		b.bar.Close()
		b.bar = nil
	}
}
