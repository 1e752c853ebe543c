package train

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Files of a run directory.
const (
	checkpointFile = "checkpoint.bin"
	logFile        = "log.csv"
	networkFile    = "network.bin"
)

// Run is the directory of a run: its log (log.csv, one row per step), its last checkpoint and, once the run is over, its
// network. Not safe for concurrent use.
type Run struct {
	dir string
	out *os.File // the log, opened at the first row
}

// OpenRun opens a run directory, and makes it if needed.
func OpenRun(dir string) (*Run, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("opening run directory: %w", err)
	}
	return &Run{dir: dir}, nil
}

// Close closes the log.
func (r *Run) Close() error {
	if r.out == nil {
		return nil
	}
	err := r.out.Close()
	r.out = nil
	return err
}

// Progress describes the checkpoint of a run directory.
type Progress struct {
	Config   Config
	Inputs   Inputs
	Step     int
	Finished bool // the run has reached the length in its configuration
}

// Checkpoint describes the checkpoint. Without one it returns an error wrapping fs.ErrNotExist.
func (r *Run) Checkpoint() (Progress, error) {
	c, err := r.load()
	if err != nil {
		return Progress{}, err
	}
	if c == nil {
		return Progress{}, fmt.Errorf("no checkpoint in %s: %w", r.dir, fs.ErrNotExist)
	}
	return Progress{Config: c.Config, Inputs: c.Inputs, Step: c.Step, Finished: c.Config.done(c.Step, time.Duration(c.Elapsed)) >= 1}, nil
}

// Clear removes checkpoint, log and network.
func (r *Run) Clear() error {
	for _, name := range []string{checkpointFile, logFile, networkFile} {
		if err := os.Remove(filepath.Join(r.dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("clearing run directory: %w", err)
		}
	}
	return nil
}
