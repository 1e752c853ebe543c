package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
	"github.com/loc2vec/loc2vec/trainer/internal/eval"
	"github.com/loc2vec/loc2vec/trainer/internal/net"
	"github.com/loc2vec/loc2vec/trainer/internal/printable"
	"github.com/loc2vec/loc2vec/trainer/internal/report"
	"github.com/loc2vec/loc2vec/trainer/internal/sample"
	"github.com/loc2vec/loc2vec/trainer/internal/train"
)

// TrainOptions describe one training run.
type TrainOptions struct {
	// Configured is the configuration. A region without room for its batch is an error if the batch is exact;
	// otherwise the batch gets smaller.
	Configured
	Packs    []string
	Out      string    // the bundle to write
	Places   string    // a file of places to train on, or empty: draw them
	Holdout  float64   // share of the map held out in blocks, 0 to 1
	Gallery  int       // held-out places to evaluate on, 0 for none
	Resume   string    // directory of the run to resume, or empty
	Command  string    // for the bundle's provenance
	Messages io.Writer // gets progress and the evaluation's table
}

// Train draws places, trains, and writes the bundle, with its evaluation where a gallery is asked for. It
// refuses requests that cannot work before the training. The run directory keeps the checkpoint of an interrupted
// training.
func Train(ctx context.Context, o TrainOptions) error {
	region, err := OpenRegion(o.Packs)
	if err != nil {
		return err
	}
	defer region.Close()
	if o.Pretrained != nil && o.Pretrained.Manifest.SchemaHash != region.SchemaHash() {
		return fmt.Errorf("%w: the model to start from has schema %s, %s has %s", loc2vec.ErrSchemaMismatch,
			o.Pretrained.Manifest.SchemaHash, strings.Join(o.Packs, ", "), region.SchemaHash())
	}
	p := &Pipeline{Region: region, Config: o.Config, Pretrained: o.Pretrained, Command: o.Command, Messages: o.Messages}
	p.Blocks = sample.DefaultBlocks(o.Config.Seed)
	p.Blocks.TestShare = o.Holdout
	if err := p.ChoosePlaces(ctx, o.Places); err != nil {
		return err
	}
	if err := p.fitBatch(o.ExactBatch); err != nil {
		return err
	}
	// Before training: hours of it should not end with the news that the region is too small to hold anything out.
	var gallery []loc2vec.LatLon
	if o.Gallery > 0 {
		switch gallery, err = p.Gallery(ctx, o.Gallery); {
		case errors.Is(err, sample.ErrNoPlaces) && p.Blocks.TestShare > 0:
			return p.tooSmall()
		case err != nil:
			return fmt.Errorf("%w; train with --evaluate 0, or with --holdout 0 to evaluate on places of the training region", err)
		}
	}
	run, dir, err := openRun(o.Resume, o.Out)
	if err != nil {
		return err
	}
	defer run.Close()
	network, err := p.Train(ctx, run, Snapshots{})
	if err != nil {
		return explainStop(ctx, run, dir, err)
	}
	reached, err := run.Checkpoint()
	if err != nil {
		return err
	}
	if err := p.export(ctx, network, reached.Step, exportOptions{o.Out, gallery, o.Gallery}); err != nil {
		return fmt.Errorf("%w; the training is over and kept: the same command with --resume %s goes on from there", err, dir)
	}
	return nil
}

// fitBatch makes the batch smaller where the region has no room for it, or returns an error when exact.
func (p *Pipeline) fitBatch(exact bool) error {
	batch := p.Config.Batch
	fits := batch.Fit(p.Places)
	if fits == batch {
		return nil
	}
	if exact {
		return fmt.Errorf("batch.places=%d: %s has no room for more than %d places that are %.0f m apart", batch.Places, p.Region.Name(), fits.Places, fits.Apart)
	}
	fmt.Fprintf(p.Messages, "batch: %d places, as %s has no room for %d that are %.0f m apart\n", fits.Places, printable.Text(p.Region.Name()), batch.Places, fits.Apart)
	p.Config.Batch = fits
	return nil
}

// explainStop adds to the error of a training how to go on from what the run directory keeps.
func explainStop(ctx context.Context, run *train.Run, dir string, err error) error {
	kept, none := run.Checkpoint()
	switch {
	case none != nil:
		return err
	case ctx.Err() != nil:
		return fmt.Errorf("%w; go on with the same command and --resume %s", err, dir)
	case errors.Is(err, net.ErrNotFinite):
		return fmt.Errorf("%w; %s keeps the checkpoint of step %d", err, dir, kept.Step)
	}
	return err
}

// exportOptions say where a bundle is written, and on which places it is evaluated.
type exportOptions struct {
	out     string
	gallery []loc2vec.LatLon
	n       int // places of the gallery at most, 0 for no evaluation
}

// export writes the bundle of a network after a number of training steps, then once more with its evaluation.
func (p *Pipeline) export(ctx context.Context, network *encoder.Network, steps int, o exportOptions) error {
	exported, err := p.Export(ctx, network)
	if err != nil {
		return err
	}
	finished := Finished{Exported: exported, Steps: steps}
	// The model comes first: a failed evaluation must not lose it.
	b, err := p.WriteBundle(o.out, finished)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.Messages, "%s: space %s, %d steps\n", o.out, b.Manifest.SpaceID, steps)
	if o.n == 0 {
		return nil
	}
	baselines, err := p.Baselines(ctx)
	if err != nil {
		return err
	}
	finished.Result, err = p.Evaluate(ctx, exported.Model, Comparison{baselines, o.gallery, o.n})
	if err != nil {
		return err
	}
	if _, err := p.WriteBundle(o.out, finished); err != nil {
		return err
	}
	// The verdict stays in sight if the table scrolls.
	if err := report.WriteResult(p.Messages, finished.Result); err != nil {
		return err
	}
	fmt.Fprintln(p.Messages)
	return report.WriteVerdict(p.Messages, eval.NewVerdict([]*eval.Result{finished.Result}))
}
