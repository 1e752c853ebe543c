package train_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/train"
)

func TestNetworkOfAFinishedRun(t *testing.T) {
	dir := t.TempDir()
	job := shortJob(t, 3)
	job.Run = openRun(t, dir)
	if _, err := job.Run.Network(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("before the run: %v", err)
	}
	want, err := train.Train(t.Context(), job)
	if err != nil {
		t.Fatal(err)
	}
	got, err := job.Run.Network()
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Error("the network changes on its way through the file")
	}
	// It is dropped when the run continues.
	longer := shortJob(t, 6)
	longer.Run = openRun(t, dir)
	ctx, cancel := context.WithCancel(t.Context())
	longer.Progress = func(train.Status) { cancel() }
	if _, err := train.Train(ctx, longer); !errors.Is(err, context.Canceled) {
		t.Fatalf("interrupted: %v", err)
	}
	if _, err := longer.Run.Network(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a longer run that was interrupted: %v", err)
	}
	longer.Progress = nil
	if _, err := train.Train(t.Context(), longer); err != nil {
		t.Fatal(err)
	}
	if _, err := longer.Run.Network(); err != nil {
		t.Errorf("a longer run that is over: %v", err)
	}
	path := filepath.Join(dir, "network.bin")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := job.Run.Network(); !errors.Is(err, loc2vec.ErrCorrupt) {
		t.Errorf("a damaged network: %v", err)
	}
	if err := job.Run.Clear(); err != nil {
		t.Fatal(err)
	}
	if _, err := job.Run.Network(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after Clear: %v", err)
	}
}
