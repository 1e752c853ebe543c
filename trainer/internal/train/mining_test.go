package train_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/train"
)

// minedJob is a short job whose batches have mined negatives from the fourth step on.
func minedJob(t *testing.T, steps int) train.Job {
	job := shortJob(t, steps)
	job.Config.Batch.MinedShare, job.Config.MineEvery = 0.7, 3
	return job
}

// TestInterruptedMining: a resumed run keeps what was mined before.
func TestInterruptedMining(t *testing.T) {
	checkInterruption(t, func() train.Job { return minedJob(t, 9) })
}

func TestMiningChangesLaterBatches(t *testing.T) {
	losses := func(job train.Job) (out []float64) {
		job.Progress = func(s train.Status) { out = append(out, s.Loss) }
		if _, err := train.Train(t.Context(), job); err != nil {
			t.Fatal(err)
		}
		return out
	}
	// Before the first mining MinedShare draws nothing from the generator of the batches.
	plain, mined := losses(shortJob(t, 6)), losses(minedJob(t, 6))
	for i := range plain {
		if same := plain[i] == mined[i]; same != (i < 3) {
			t.Errorf("step %d: loss %v, %v with mined places from the fourth step on", i+1, plain[i], mined[i])
		}
	}
}

func TestTooManyPlacesToMine(t *testing.T) {
	job := minedJob(t, 6)
	for len(job.Places) <= 50_000 {
		job.Places = append(job.Places, job.Places...)
	}
	want := "places: negatives are mined from at most 50000"
	if _, err := train.Train(t.Context(), job); err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}

// TestCheckpointOfOtherPlacesMined: embeddings of another number of places are refused.
func TestCheckpointOfOtherPlacesMined(t *testing.T) {
	dir := t.TempDir()
	job := minedJob(t, 4)
	job.Run = openRun(t, dir)
	if _, err := train.Train(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(filepath.Join(dir, "checkpoint.bin"))
	if err != nil {
		t.Fatal(err)
	}
	job.Places = job.Places[:len(job.Places)-1]
	job.Config.Steps = 5
	_, err = train.Train(t.Context(), job)
	if want := "4800 mined numbers, want 4784"; !errors.Is(err, loc2vec.ErrCorrupt) || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
	if after, err := os.ReadFile(filepath.Join(dir, "checkpoint.bin")); err != nil || string(after) != string(before) {
		t.Errorf("the checkpoint has changed, %v", err)
	}
}
