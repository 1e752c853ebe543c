package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec/bundle"
	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
)

// trainArgs returns the arguments of a run of one second.
func trainArgs(pack, out string) []string {
	return []string{"--pack", pack, "-o", out, "--steps", "4", "--set", "raster.pixels=32", "--draw", "200", "--holdout", "0", "--evaluate", "0"}
}

func TestTrainWritesABundle(t *testing.T) {
	pack := monacoPack(t)
	out := filepath.Join(t.TempDir(), "m.l2v")
	_, messages, err := runVerb(t, "", "train", trainArgs(pack, out)...)
	if err != nil {
		t.Fatalf("%v\n%s", err, messages)
	}
	b, err := bundle.OpenFile(out)
	if err != nil {
		t.Fatal(err)
	}
	p := b.Manifest.Provenance
	if p.Steps != 4 || p.Net != "wide" || p.Loss != "infonce_euclid" || len(p.Packs) != 1 || p.Packs[0].Attribution == "" {
		t.Errorf("provenance: %+v", p)
	}
	if _, messages, err := runVerb(t, "", "verify", out); err != nil {
		t.Errorf("verify: %v\n%s", err, messages)
	}
	log, err := os.ReadFile(filepath.Join(out+".run", "log.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if rows := strings.Count(string(log), "\n"); rows != 5 {
		t.Errorf("the log has %d lines, want a header and 4 rows:\n%s", rows, log)
	}
}

func TestInterruptedTrainingLeavesNoBundleAndGoesOn(t *testing.T) {
	pack := monacoPack(t)
	dir := t.TempDir()
	out := filepath.Join(dir, "m.l2v")
	args := func(out string) []string {
		return append(trainArgs(pack, out), "--steps", "12", "--set", "batch.mirror=0.5", "--set", "draw.density=0.5")
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stopped := make(chan error)
	go func() {
		std := stdio{in: strings.NewReader(""), out: io.Discard, err: io.Discard}
		_, err := execute(ctx, std, append([]string{"train"}, args(out)...))
		stopped <- err
	}()
	// Stop after the second row of the log.
	for rows := 0; rows < 3; {
		log, _ := os.ReadFile(filepath.Join(out+".run", "log.csv"))
		rows = strings.Count(string(log), "\n")
		runtime.Gosched()
	}
	cancel()
	err := <-stopped
	if err == nil || !strings.Contains(err.Error(), "--resume "+out+".run") {
		t.Fatalf("interrupted: %v, want the command that goes on", err)
	}
	if _, err := os.Stat(out); !os.IsNotExist(err) {
		t.Errorf("a bundle is there after the interruption: %v", err)
	}
	// Without --resume the unfinished run is kept.
	if _, _, err := runVerb(t, "", "train", args(out)...); err == nil || !strings.Contains(err.Error(), "holds a run that stopped") {
		t.Errorf("a second run over an unfinished one: %v", err)
	}
	if _, messages, err := runVerb(t, "", "train", append(args(out), "--resume", out+".run")...); err != nil {
		t.Fatalf("resumed: %v\n%s", err, messages)
	}

	whole := filepath.Join(dir, "whole.l2v")
	if _, messages, err := runVerb(t, "", "train", args(whole)...); err != nil {
		t.Fatalf("%v\n%s", err, messages)
	}
	resumed, err := bundle.OpenFile(out)
	if err != nil {
		t.Fatal(err)
	}
	uninterrupted, err := bundle.OpenFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(resumed.Model, uninterrupted.Model) || resumed.Manifest.SpaceID != uninterrupted.Manifest.SpaceID {
		t.Error("the resumed run gives another model than the uninterrupted one")
	}
}

func TestResumeWantsARun(t *testing.T) {
	pack := monacoPack(t)
	dir := t.TempDir()
	_, _, err := runVerb(t, "", "train", append(trainArgs(pack, filepath.Join(dir, "m.l2v")), "--resume", filepath.Join(dir, "none"))...)
	if err == nil {
		t.Error("resuming a run that does not exist succeeds")
	}
	if _, err := os.Stat(filepath.Join(dir, "none")); !os.IsNotExist(err) {
		t.Error("resuming made the directory")
	}
}

// TestRegionTooSmallToHoldOut: Monaco has places to train on outside the blocks, but none inside one.
func TestRegionTooSmallToHoldOut(t *testing.T) {
	out := filepath.Join(t.TempDir(), "m.l2v")
	_, _, err := runVerb(t, "", "train", append(trainArgs(monacoPack(t), out), "--holdout", "0.2", "--evaluate", "100")...)
	if want := "the region is too small to hold out blocks of 2 km: train with --holdout 0"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %q", err, want)
	}
	if _, err := os.Stat(out + ".run"); !os.IsNotExist(err) {
		t.Error("a run was begun")
	}
}

func TestTrainRefusesSharesOutOfRange(t *testing.T) {
	pack := monacoPack(t)
	for flag, want := range map[string]string{
		"--holdout=1.5": "--holdout is within 0..1", "--set=draw.density=1.5": "draw.density is 1.5, not within 0..1",
		"--set=batch.mirror=1.5":        "batch: mirror is 1.5, not within 0..1",
		"--set=batch.layer_dropout=1.5": "batch: layer_dropout is 1.5, not within 0..1",
	} {
		out := filepath.Join(t.TempDir(), "m.l2v")
		_, _, err := runVerb(t, "", "train", append(trainArgs(pack, out), flag)...)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", flag, err, want)
		}
		if _, err := os.Stat(out + ".run"); !os.IsNotExist(err) {
			t.Errorf("%s: a run was begun", flag)
		}
	}
}

// TestRefusedSettingsKeepTheOldRun: settings are checked before the old run is cleared.
func TestRefusedSettingsKeepTheOldRun(t *testing.T) {
	pack := monacoPack(t)
	out := filepath.Join(t.TempDir(), "m.l2v")
	if _, messages, err := runVerb(t, "", "train", trainArgs(pack, out)...); err != nil {
		t.Fatalf("%v\n%s", err, messages)
	}
	args := append([]string{"train"}, append(trainArgs(pack, out), "--set", "raster.pixels=100")...)
	if status, output := command(args...); status != 2 || !strings.Contains(output, "rasters of 100 pixels for architecture wide, want a multiple of 32") {
		t.Errorf("exit status %d, want 2:\n%s", status, output)
	}
	for _, name := range []string{"checkpoint.bin", "network.bin", "log.csv"} {
		if _, err := os.Stat(filepath.Join(out+".run", name)); err != nil {
			t.Errorf("the run that is over has lost its %v", err)
		}
	}
}

// inTheWay makes a folder where a bundle is to be written, once the verb that writes it has something to say: by then
// it has looked there.
type inTheWay string

func (w inTheWay) Write(p []byte) (int, error) { return len(p), os.MkdirAll(string(w), 0o755) }

// TestRunWithoutBundleIsKept: a bundle that cannot be written does not cost the training.
func TestRunWithoutBundleIsKept(t *testing.T) {
	pack := monacoPack(t)
	out := filepath.Join(t.TempDir(), "m.l2v")
	std := stdio{in: strings.NewReader(""), out: io.Discard, err: inTheWay(out)}
	if _, err := execute(t.Context(), std, append([]string{"train"}, trainArgs(pack, out)...)); err == nil || !strings.Contains(err.Error(), "--resume "+out+".run") {
		t.Errorf("a bundle that cannot be written: %v, want the command that goes on", err)
	}
	again := func() {
		t.Helper()
		args := append([]string{"train"}, trainArgs(pack, out)...)
		if status, output := command(args...); status != 2 || !strings.Contains(output, "make it with --resume "+out+".run") {
			t.Errorf("exit status %d, want 2:\n%s", status, output)
		}
	}
	if err := os.Remove(out); err != nil {
		t.Fatal(err)
	}
	again()
	log, err := os.Stat(filepath.Join(out+".run", "log.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if _, messages, err := runVerb(t, "", "train", append(trainArgs(pack, out), "--resume", out+".run")...); err != nil {
		t.Fatalf("%v\n%s", err, messages)
	}
	if now, err := os.Stat(filepath.Join(out+".run", "log.csv")); err != nil || !os.SameFile(log, now) || now.ModTime() != log.ModTime() {
		t.Errorf("the run has been trained again: %v", err)
	}
	// Its bundle exists now: another run may replace it. The bundle of that run is not that of a third.
	if _, messages, err := runVerb(t, "", "train", append(trainArgs(pack, out), "--seed", "2")...); err != nil {
		t.Fatalf("%v\n%s", err, messages)
	}
	bundle, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if _, messages, err := runVerb(t, "", "train", append(trainArgs(pack, out), "--seed", "3")...); err != nil {
		t.Fatalf("%v\n%s", err, messages)
	}
	if err := os.WriteFile(out, bundle, 0o644); err != nil {
		t.Fatal(err)
	}
	again()
}

func TestPresetLoc2Vec(t *testing.T) {
	pack := monacoPack(t)
	dir := t.TempDir()
	out := filepath.Join(dir, "m.l2v")
	args := []string{"--preset", "loc2vec", "--pack", pack, "-o", out, "--steps", "1", "--draw", "200", "--holdout", "0", "--evaluate", "0", "--set", "batch.places=3", "--set", "batch.positives=1"}
	if _, messages, err := runVerb(t, "", "train", args...); err != nil {
		t.Fatalf("%v\n%s", err, messages)
	}
	b, err := bundle.OpenFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if p := b.Manifest.Provenance; p.Net != "classic" || p.Loss != "softpn" || b.Manifest.Raster.Pixels != 128 {
		t.Errorf("not the published recipe: %+v, rasters %+v", p, b.Manifest.Raster)
	}
}

func TestBatchThatFitsTheRegion(t *testing.T) {
	pack := monacoPack(t)
	out := filepath.Join(t.TempDir(), "m.l2v")
	_, messages, err := runVerb(t, "", "train", trainArgs(pack, out)...)
	if err != nil || !strings.Contains(messages, "has no room for 40 that are 200 m apart") {
		t.Errorf("got %v\n%s", err, messages)
	}
	_, _, err = runVerb(t, "", "train", append(trainArgs(pack, out), "--set", "batch.places=40")...)
	if err == nil || !strings.Contains(err.Error(), "batch.places=40") {
		t.Errorf("a batch that does not fit: %v", err)
	}
}

func TestTrainFromABundle(t *testing.T) {
	pack := monacoPack(t)
	dir := t.TempDir()
	base, tuned := filepath.Join(dir, "base.l2v"), filepath.Join(dir, "tuned.l2v")
	if _, messages, err := runVerb(t, "", "train", append(trainArgs(pack, base), "--net", "pooled")...); err != nil {
		t.Fatalf("%v\n%s", err, messages)
	}
	from := func(args ...string) []string {
		return append([]string{"--pack", pack, "-o", tuned, "--steps", "3", "--draw", "200", "--holdout", "0", "--evaluate", "0", "--from", base}, args...)
	}
	_, messages, err := runVerb(t, "", "train", from("--evaluate", "30")...)
	if err != nil {
		t.Fatalf("%v\n%s", err, messages)
	}
	if !strings.Contains(messages, "| before fine-tuning ") {
		t.Errorf("the model before is not in the table:\n%s", messages)
	}
	old, err := bundle.OpenFile(base)
	if err != nil {
		t.Fatal(err)
	}
	b, err := bundle.OpenFile(tuned)
	if err != nil {
		t.Fatal(err)
	}
	m := b.Manifest
	if m.Provenance.From != old.Manifest.SpaceID || m.SpaceID == old.Manifest.SpaceID || m.Raster != old.Manifest.Raster || len(m.Provenance.Packs) != 1 {
		t.Errorf("the tuned model: space %s, %+v, rasters %+v", m.SpaceID, m.Provenance, m.Raster)
	}
	// Blocks count as held out if no training has seen them; the first model was trained on the whole region.
	held := filepath.Join(dir, "held.l2v")
	if _, messages, err := runVerb(t, "", "train", append(trainArgs(pack, held), "--holdout", "0.2")...); err != nil {
		t.Fatalf("%v\n%s", err, messages)
	}
	again := filepath.Join(dir, "again.l2v")
	for _, c := range []struct {
		args []string
		out  string
		want float64
	}{
		{nil, held, 0.2},
		{from("--holdout", "0.2", "-o", again), again, 0},
		{from("--holdout", "0.2", "--from", held, "-o", again), again, 0.2},
		{from("--holdout", "0.3", "--from", held, "-o", again), again, 0},
		{from("--holdout", "0.2", "--from", held, "-o", again, "--seed", "7"), again, 0},
	} {
		if c.args != nil {
			if _, messages, err := runVerb(t, "", "train", c.args...); err != nil {
				t.Fatalf("%v\n%s", err, messages)
			}
		}
		b, err := bundle.OpenFile(c.out)
		if err != nil {
			t.Fatal(err)
		}
		if o := b.Manifest.Provenance.Packs[0]; o.HeldOut != c.want || c.want > 0 && o.HeldOutSeed != 1 {
			t.Errorf("%v: held out %+v, want %v", c.args, o, c.want)
		}
	}
	// A wider architecture can start from a narrower one, but not the other way round.
	wide := filepath.Join(dir, "wide.l2v")
	if _, messages, err := runVerb(t, "", "train", from("--net", "wide", "--set", "rotations=1", "-o", wide)...); err != nil {
		t.Fatalf("%v\n%s", err, messages)
	}
	for path, want := range map[string]bool{base: true, tuned: true, wide: false} {
		s, err := pipeline.OpenPretrained(path)
		if err != nil {
			t.Fatal(err)
		}
		if (s.Network.Rotations > 1) != want {
			t.Errorf("%s averages over %d rotations", path, s.Network.Rotations)
		}
	}
	if b, err := bundle.OpenFile(wide); err != nil || b.Manifest.Provenance.Net != "wide" || b.Manifest.Provenance.From != old.Manifest.SpaceID {
		t.Errorf("from a narrower model: %v", err)
	}
	for want, args := range map[string][]string{
		"of architecture pooled": from("--net", "lite"),
		"of architecture wide":   from("--net", "pooled", "--from", wide),
		"reads rasters of 32":    from("--set", "raster.pixels=64"),
		"no such file":           from("--from", filepath.Join(dir, "none.l2v")),
		"corrupt":                from("--from", pack),
	} {
		if _, _, err := runVerb(t, "", "train", args...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestTrainFromTheBaseModel(t *testing.T) {
	pack := monacoPack(t)
	out := filepath.Join(t.TempDir(), "m.l2v")
	args := []string{"--pack", pack, "-o", out, "--steps", "1", "--draw", "100", "--holdout", "0", "--evaluate", "0", "--set", "batch.places=4", "--from", "base"}
	if _, messages, err := runVerb(t, "", "train", args...); err != nil {
		t.Fatalf("%v\n%s", err, messages)
	}
	tuned, err := bundle.OpenFile(out)
	if err != nil {
		t.Fatal(err)
	}
	base, err := pipeline.OpenBundle("base")
	if err != nil {
		t.Fatal(err)
	}
	if m := tuned.Manifest; m.Provenance.From != base.Manifest.SpaceID || m.Raster != base.Manifest.Raster || len(m.Provenance.Packs) <= len(base.Manifest.Provenance.Packs) {
		t.Errorf("from %q, rasters %+v, %d packs", m.Provenance.From, m.Raster, len(m.Provenance.Packs))
	}
}
