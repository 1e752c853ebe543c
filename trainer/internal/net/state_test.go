package net

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/loc2vec/loc2vec"
)

// A run that is interrupted, saved, restored and continued ends with the bits of an uninterrupted one.
func TestResumeIsExact(t *testing.T) {
	c := Config{Architecture: Pooled, Pixels: 32, Batch: 6, Dropout: 0.3, WeightDecay: 1e-2, Seed: 8, Workers: 2}
	rng := rand.New(rand.NewPCG(7, 7))
	var batches [][]uint8
	for range 5 {
		batches = append(batches, noise(rng, c.Batch, c.Pixels))
	}
	whole := newTest(t, c)
	for _, b := range batches {
		step(t, whole, b)
	}

	half := newTest(t, c)
	for _, b := range batches[:2] {
		step(t, half, b)
	}
	file, err := half.State().MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	var state State
	if err := state.UnmarshalBinary(file); err != nil {
		t.Fatal(err)
	}
	c.Workers = 3
	resumed := newTest(t, c)
	if err := resumed.Restore(&state); err != nil {
		t.Fatal(err)
	}
	for _, b := range batches[2:] {
		step(t, resumed, b)
	}
	requireSame(t, whole, resumed)
	if got := resumed.solver.step; got != 5 {
		t.Errorf("%d steps, want 5", got)
	}
	if !reflect.DeepEqual(whole.State(), resumed.State()) {
		t.Error("the states differ")
	}
}

func TestRestoreRefusesAnotherNetwork(t *testing.T) {
	c := Config{Architecture: Pooled, Pixels: 32, Batch: 4}
	state := newTest(t, c).State()
	for name, change := range map[string]func(c *Config){
		"architecture": func(c *Config) { c.Architecture = Lite },
		"pixels":       func(c *Config) { c.Pixels = 64 },
		"seed":         func(c *Config) { c.Seed = 1 },
		"masks":        func(c *Config) { c.Masks = [][]uint8{} },
	} {
		other := c
		change(&other)
		tr := newTest(t, other)
		before := tr.State()
		if err := tr.Restore(state); err == nil {
			t.Errorf("%s: accepted", name)
		}
		if !reflect.DeepEqual(before, tr.State()) {
			t.Errorf("%s: the refused state has changed the Trainer", name)
		}
	}
}

func smallState() *State {
	return &State{Architecture: Lite, Pixels: 128, Seed: 1 << 60, Step: 3, ISA: "avx2", Tensors: []Tensor{{"a", []float32{1, -2.5}}, {"b.m", []float32{0}}, {"none", []float32{}}}}
}

func TestStateRoundTrip(t *testing.T) {
	b, err := smallState().MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	var got State
	if err := got.UnmarshalBinary(b); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(&got, smallState()) {
		t.Errorf("%+v came back as %+v", smallState(), got)
	}
}

func TestStateRefusesDamage(t *testing.T) {
	b, err := smallState().MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	check := func(what string, at int, damaged []byte) {
		var s State
		if err := s.UnmarshalBinary(damaged); !errors.Is(err, ErrStateCorrupt) && !errors.Is(err, ErrStateVersion) {
			t.Errorf("%s %d: error %v", what, at, err)
		}
	}
	for i := range b {
		check("cut at", i, b[:i])
		flipped := bytes.Clone(b)
		flipped[i] ^= 0x40
		check("flipped", i, flipped)
	}
	check("longer by", 1, append(bytes.Clone(b), 0))
}

func FuzzStateUnmarshal(f *testing.F) {
	b, err := smallState().MarshalBinary()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add(b[:20])
	f.Fuzz(func(t *testing.T, b []byte) {
		var s State
		if s.UnmarshalBinary(b) != nil {
			return
		}
		again, err := s.MarshalBinary()
		if err != nil || !bytes.Equal(again, b) {
			t.Errorf("accepted bytes that MarshalBinary would not write: %v", err)
		}
	})
}

// The folded network computes the embeddings of the Trainer, with running statistics instead of those of the batch.
// Recalibrated on one batch, the two are the same.
func TestNetworkMatchesTrainer(t *testing.T) {
	for _, c := range []Config{
		{Architecture: Lite, Pixels: 64, Batch: 8, Dropout: 0.5},
		{Architecture: Pooled, Pixels: 32, Batch: 8},
		{Architecture: Classic, Batch: 3},
	} {
		tr := newTest(t, c)
		rng := rand.New(rand.NewPCG(9, 9))
		pixels := max(c.Pixels, tr.net.config.Pixels)
		rasters := noise(rng, c.Batch, pixels)
		for range 2 {
			step(t, tr, rasters)
		}
		if err := tr.Recalibrate(1, func() ([]uint8, error) { return rasters, nil }); err != nil {
			t.Fatal(err)
		}
		want := floats(tr.net.embedding.Value())
		got := make([]float32, c.Batch*loc2vec.Dimension)
		if err := tr.Network().Forward(got, rasters); err != nil {
			t.Fatal(err)
		}
		for i, v := range got {
			if d := v - want[i]; d > 2e-3 || d < -2e-3 {
				t.Fatalf("%s: number %d is %v, the Trainer has %v", c.Architecture, i, v, want[i])
			}
		}
	}
}

func TestRecalibrateStopsAtAnError(t *testing.T) {
	tr := newTest(t, Config{Architecture: Pooled, Pixels: 32, Batch: 4})
	before, broken := tr.State(), errors.New("broken")
	calls := 0
	err := tr.Recalibrate(3, func() ([]uint8, error) {
		if calls++; calls == 2 {
			return nil, broken
		}
		return noise(rand.New(rand.NewPCG(1, 1)), 4, 32), nil
	})
	if !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
	if !reflect.DeepEqual(before, tr.State()) {
		t.Error("the running statistics have changed")
	}
}
