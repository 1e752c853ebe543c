package train_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
	"github.com/loc2vec/loc2vec/trainer/internal/sample"
	"github.com/loc2vec/loc2vec/trainer/internal/train"
)

// town returns a pack of one tile with random houses and roads, and places in it.
func town(t *testing.T) (*sample.Tiles, []loc2vec.LatLon) {
	t.Helper()
	tiles, places, err := makeTown()
	if err != nil {
		t.Fatal(err)
	}
	return tiles, places
}

// shortJob is a run of a few small steps with every source of randomness switched on.
func shortJob(t *testing.T, steps int) train.Job {
	tiles, places := town(t)
	c := train.DefaultConfig()
	c.Raster.Pixels, c.Steps, c.Seed = 32, steps, 7
	c.Loss, c.LossParams = "softpn", map[string]string{"triplets": "random"}
	c.Batch.Places, c.Batch.Positives, c.Batch.Mask, c.Batch.LayerDropout = 3, 2, 0.1, 0.1
	c.Dropout = 0.2
	return train.Job{Config: c, Tiles: tiles, Places: places, Workers: 2}
}

func openRun(t *testing.T, dir string) *train.Run {
	t.Helper()
	run, err := train.OpenRun(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { run.Close() })
	return run
}

// sameWeights reports whether two networks agree to the bit.
func sameWeights(a, b *encoder.Network) bool {
	layers := func(n *encoder.Network) []encoder.Layer { return slices.Concat(n.Convs, n.Dense) }
	return slices.EqualFunc(layers(a), layers(b), func(x, y encoder.Layer) bool {
		return slices.Equal(x.Weight, y.Weight) && slices.Equal(x.Bias, y.Bias)
	})
}

func TestResumedRunHasTheSameWeights(t *testing.T) {
	for _, quantise := range []float64{0, 0.7} { // 0.7: before the interruption
		checkInterruption(t, func() train.Job {
			job := shortJob(t, 9)
			job.Config.Quantise = quantise
			return job
		})
	}
}

func checkInterruption(t *testing.T, newJob func() train.Job) {
	t.Helper()
	whole := newJob()
	whole.Workers = 1 // the number of workers changes nothing either
	want, err := train.Train(t.Context(), whole)
	if err != nil {
		t.Fatal(err)
	}

	dir := t.TempDir()
	job := newJob()
	job.Run = openRun(t, dir)
	ctx, cancel := context.WithCancel(t.Context())
	job.Progress = func(s train.Status) {
		if s.Step == 4 {
			cancel()
		}
	}
	if _, err := train.Train(ctx, job); !errors.Is(err, context.Canceled) {
		t.Fatalf("interrupted run: %v, want the context's error", err)
	}
	at, err := job.Run.Checkpoint()
	if err != nil || at.Finished || at.Step < 4 || at.Step >= 9 {
		t.Fatalf("checkpoint after the interruption: %+v, %v", at, err)
	}
	job = newJob()
	job.Run = openRun(t, dir)
	var first int
	job.Progress = func(s train.Status) {
		if first == 0 {
			first = s.Step
		}
	}
	got, err := train.Train(t.Context(), job)
	if err != nil {
		t.Fatal(err)
	}
	if first != at.Step+1 {
		t.Errorf("the resumed run began with step %d, want %d", first, at.Step+1)
	}
	if !sameWeights(got, want) {
		t.Error("the resumed run has other weights than the uninterrupted one")
	}
	records, err := job.Run.Records()
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range records {
		if r.Step != i+1 || !(r.Loss > 0) || !(r.EffectiveRank > 1) {
			t.Errorf("row %d of the log: %+v", i, r)
		}
	}
	if len(records) != 9 {
		t.Errorf("the log has %d rows, want 9", len(records))
	}
}

func TestSnapshotsDoNotChangeTheWeights(t *testing.T) {
	want, err := train.Train(t.Context(), shortJob(t, 6))
	if err != nil {
		t.Fatal(err)
	}
	job := shortJob(t, 6)
	job.Snapshots = []float64{0.1, 0.5, 1}
	var at []int
	job.Snapshot = func(s train.Status, n *encoder.Network) error {
		at = append(at, s.Step)
		return nil
	}
	got, err := train.Train(t.Context(), job)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(at, []int{1, 3, 6}) {
		t.Errorf("snapshots after steps %v, want 1, 3 and 6", at)
	}
	if !sameWeights(got, want) {
		t.Error("a run with snapshots has other weights")
	}
}

func TestQuantisedShareChangesOnlyTheEndOfARun(t *testing.T) {
	logs := map[float64][]train.Record{}
	for _, quantise := range []float64{0, 0.5} {
		job := shortJob(t, 4)
		job.Config.Quantise = quantise
		job.Progress = func(s train.Status) { logs[quantise] = append(logs[quantise], s.Record) }
		if _, err := train.Train(t.Context(), job); err != nil {
			t.Fatal(err)
		}
	}
	for i, plain := range logs[0] {
		if same := logs[0.5][i].Loss == plain.Loss; same != (i < 2) {
			t.Errorf("step %d: loss %v, %v quantised from the third step on", i+1, plain.Loss, logs[0.5][i].Loss)
		}
	}
}
