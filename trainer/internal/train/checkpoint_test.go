package train_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/net"
	"github.com/loc2vec/loc2vec/trainer/internal/train"
)

func TestCheckpointOfAnotherRunIsRefused(t *testing.T) {
	dir := t.TempDir()
	job := shortJob(t, 2)
	job.Config.LossParams = map[string]string{"form": "norm2"}
	job.Run = openRun(t, dir)
	if _, err := train.Train(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	before := job
	for want, change := range map[string]func(*train.Job){
		`net is "lite", was "wide"`:                func(j *train.Job) { j.Config.Architecture = "lite" },
		`loss_params.form is not set, was "norm2"`: func(j *train.Job) { j.Config.LossParams = nil },
		`from is "3916de978288094c", was not set`:  func(j *train.Job) { j.Inputs.From = "3916de978288094c" },
		`batch.mirror is 0.5, was 0`:               func(j *train.Job) { j.Config.Batch.Mirror = 0.5 },
		`places is "other places", was ""`:         func(j *train.Job) { j.Inputs.Places = "other places" },
	} {
		job := before
		job.Config.Steps = 4
		change(&job)
		job.Run = openRun(t, dir)
		_, err := train.Train(t.Context(), job)
		if want := "the checkpoint in " + dir + " belongs to another run: " + want; err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// TestRunBeyondItsNewLengthIsRefused: a run can be made longer or shorter, but not shorter than it already is.
func TestRunBeyondItsNewLengthIsRefused(t *testing.T) {
	dir := t.TempDir()
	job := shortJob(t, 3)
	job.Run = openRun(t, dir)
	if _, err := train.Train(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*train.Config){
		"step 3, beyond 2": func(c *train.Config) { c.Steps = 2 },
		", beyond 1µs":     func(c *train.Config) { c.Steps, c.For = 0, train.Duration(time.Microsecond) },
	} {
		job := shortJob(t, 3)
		change(&job.Config)
		job.Run = openRun(t, dir)
		if _, err := train.Train(t.Context(), job); err == nil || !strings.HasPrefix(err.Error(), "the run in "+dir+" is already at ") || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	timed := shortJob(t, 0)
	timed.Config.For = train.Duration(time.Millisecond) // less than a step takes
	timed.Run = openRun(t, t.TempDir())
	for range 2 {
		if _, err := train.Train(t.Context(), timed); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCheckpointOfAnotherSchemaIsRefused(t *testing.T) {
	dir := t.TempDir()
	job := shortJob(t, 1)
	job.Inputs = train.Inputs{SchemaHash: "old", Packs: []string{"a"}}
	job.Run = openRun(t, dir)
	if _, err := train.Train(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	job.Config.Steps, job.Inputs = 2, train.Inputs{SchemaHash: "new", Packs: []string{"b"}}
	_, err := train.Train(t.Context(), job)
	if !errors.Is(err, loc2vec.ErrSchemaMismatch) || !strings.Contains(err.Error(), dir+" has schema old, the packs have new") {
		t.Errorf("got %v, want ErrSchemaMismatch with both schemas", err)
	}
}

// spoil puts NaN into the weights of the checkpoint in a run directory and returns its bytes.
func spoil(t *testing.T, dir string) []byte {
	t.Helper()
	path := filepath.Join(dir, "checkpoint.bin")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const magic = len("L2VRUN1\n")
	start := magic + 4 + int(binary.LittleEndian.Uint32(data[magic:]))
	var state net.State
	if err := state.UnmarshalBinary(data[start : len(data)-sha256.Size]); err != nil {
		t.Fatal(err)
	}
	state.Tensors[0].Data[0] = float32(math.NaN())
	spoiled, err := state.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	data = append(data[:start:start], spoiled...)
	sum := sha256.Sum256(data)
	data = append(data, sum[:]...)
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return data
}

func TestNonFiniteLossKeepsTheCheckpoint(t *testing.T) {
	dir := t.TempDir()
	job := shortJob(t, 2)
	job.Run = openRun(t, dir)
	if _, err := train.Train(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	before := spoil(t, dir)
	job.Config.Steps = 4
	_, err := train.Train(t.Context(), job)
	// Batches count from 0: two have been seen.
	if !errors.Is(err, net.ErrNotFinite) || !strings.Contains(err.Error(), "batch 2: ") || !strings.Contains(err.Error(), "embedding 0") {
		t.Errorf("got %v, want ErrNotFinite in batch 2, embedding 0", err)
	}
	after, err := os.ReadFile(filepath.Join(dir, "checkpoint.bin"))
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("the checkpoint has changed, %v", err)
	}
}

func TestDamagedCheckpointIsAnError(t *testing.T) {
	dir := t.TempDir()
	job := shortJob(t, 1)
	job.Run = openRun(t, dir)
	if _, err := train.Train(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "checkpoint.bin")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	damage := map[string][]byte{
		"empty":   {},
		"cut":     whole[:len(whole)/2],
		"flipped": slices.Concat(whole[:100], []byte{whole[100] ^ 1}, whole[101:]),
	}
	for name, data := range damage {
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := job.Run.Checkpoint(); !errors.Is(err, loc2vec.ErrCorrupt) {
			t.Errorf("%s: %v, want ErrCorrupt", name, err)
		}
	}
	if err := job.Run.Clear(); err != nil {
		t.Fatal(err)
	}
	if _, err := job.Run.Checkpoint(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("cleared: %v, want fs.ErrNotExist", err)
	}
}
