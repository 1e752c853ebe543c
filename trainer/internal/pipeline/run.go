package pipeline

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/loc2vec/loc2vec/bundle"
	"github.com/loc2vec/loc2vec/trainer/internal/train"
)

// runDir is the directory of a run whose bundle goes to path, unless another one is resumed.
func runDir(path string) string { return path + ".run" }

// openRun opens the run directory: the one to resume, or a new one next to the bundle. It never discards a run
// there that is unfinished or whose bundle is missing.
func openRun(resume, out string) (*train.Run, string, error) {
	if resume != "" {
		if _, err := os.Stat(resume); err != nil {
			return nil, "", fmt.Errorf("resuming: %w", err)
		}
		run, err := train.OpenRun(resume)
		if err != nil {
			return nil, "", err
		}
		_, err = run.Checkpoint()
		return run, resume, err
	}
	dir := runDir(out)
	run, err := train.OpenRun(dir)
	if err != nil {
		return nil, "", err
	}
	switch old, err := run.Checkpoint(); {
	case err == nil && !old.Finished:
		return nil, "", requestf("%s holds a run that stopped at step %d: go on with --resume %s, or remove it", dir, old.Step, dir)
	case err == nil && !hasBundle(old, out):
		return nil, "", requestf("%s holds a run that is over, and %s is not its bundle: make it with --resume %s, or remove the run", dir, out, dir)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, "", fmt.Errorf("%w: remove %s to train afresh", err, dir)
	}
	return run, dir, run.Clear()
}

// hasCheckpoint reports whether a run directory holds a checkpoint to resume from.
func hasCheckpoint(dir string) (bool, error) {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return false, nil // OpenRun would make the directory
	}
	run, err := train.OpenRun(dir)
	if err != nil {
		return false, err
	}
	defer run.Close()
	_, err = run.Checkpoint()
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// hasBundle reports whether a file is the bundle of a run's checkpoint.
func hasBundle(p train.Progress, path string) bool {
	b, err := bundle.OpenFile(path)
	return err == nil && mismatch(p, b.Manifest) == ""
}

// mismatch returns the first field in which a run's checkpoint and a bundle disagree, or "".
func mismatch(p train.Progress, m bundle.Manifest) string {
	c, in, o := &p.Config, &p.Inputs, &m.Provenance
	packs := contentsOf(o.Packs)
	if in.From != "" { // the run's own packs come first, then those of the model that it started from
		packs = packs[:min(len(in.Packs), len(packs))]
	}
	for _, f := range []struct {
		name        string
		run, bundle any
	}{
		{"steps", p.Step, o.Steps}, {"seed", c.Seed, o.Seed}, {"loss", c.Loss, o.Loss}, {"architecture", c.Architecture, o.Net},
		{"raster", c.Raster, m.Raster}, {"model to start from", in.From, o.From}, {"schema", in.SchemaHash, m.SchemaHash},
		{"packs", strings.Join(in.Packs, ", "), strings.Join(packs, ", ")},
	} {
		if f.run != f.bundle {
			return fmt.Sprintf("%s: %v, in the bundle %v", f.name, f.run, f.bundle)
		}
	}
	return ""
}
