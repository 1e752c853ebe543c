package demo

import (
	"testing"
	"time"

	"github.com/loc2vec/loc2vec/trainer/internal/train"
)

// TestCommand: the command names everything that the model depends on.
func TestCommand(t *testing.T) {
	c := train.Config{For: train.Duration(90 * time.Second), Seed: 7}
	if got, want := command("london", c), "loc2vec demo --city london --for 1m30s --seed 7"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
