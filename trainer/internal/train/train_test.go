package train_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
	"github.com/loc2vec/loc2vec/trainer/internal/net"
	"github.com/loc2vec/loc2vec/trainer/internal/sample"
	"github.com/loc2vec/loc2vec/trainer/internal/train"
)

// town writes a pack of one tile with random houses and roads, and returns places in it.
func town(t *testing.T) (*sample.Tiles, []loc2vec.LatLon) {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	tile := loc2vec.LatLon{Lat: 53.08, Lon: 8.81}.Point().Tile()
	var features []loc2vec.Feature
	for range 900 {
		x, y := 200+rng.Int32N(7700), 200+rng.Int32N(7700)
		w, h := 20+rng.Int32N(120), 20+rng.Int32N(120)
		features = append(features, loc2vec.Feature{
			Layer: loc2vec.Layer(rng.IntN(loc2vec.NumLayers)), Kind: loc2vec.KindArea,
			Parts: [][]loc2vec.TilePoint{{{X: x, Y: y}, {X: x + w, Y: y}, {X: x + w, Y: y + h}, {X: x, Y: y + h}}},
		})
	}
	var out bytes.Buffer
	w := pack.NewWriter(&out, pack.WriterOptions{Metadata: pack.Metadata{Name: "town", Area: []loc2vec.Bounds{tile.Bounds()}}})
	if err := w.WriteTile(tile, features); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	p, err := pack.Open(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	box := tile.Bounds()
	var places []loc2vec.LatLon
	for range 300 {
		places = append(places, loc2vec.LatLon{
			Lat: box.Min.Lat + (0.1+0.8*rng.Float64())*(box.Max.Lat-box.Min.Lat),
			Lon: box.Min.Lon + (0.1+0.8*rng.Float64())*(box.Max.Lon-box.Min.Lon),
		})
	}
	return sample.NewTiles([]*pack.Reader{p}, 1<<24), places
}

// shortJob is a run of a few small steps with everything random switched on.
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

func TestInterruptedRunEndsLikeAnUninterruptedOne(t *testing.T) {
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

func TestSnapshotsDoNotChangeWhatIsLearned(t *testing.T) {
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
		if want := "the checkpoint in " + dir + " is of another run: " + want; err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// A run can be made longer or shorter, but not than it is.
func TestRunBeyondItsNewLengthIsRefused(t *testing.T) {
	dir := t.TempDir()
	job := shortJob(t, 3)
	job.Run = openRun(t, dir)
	if _, err := train.Train(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*train.Config){
		"to step 3, beyond 2": func(c *train.Config) { c.Steps = 2 },
		", beyond 1µs":        func(c *train.Config) { c.Steps, c.For = 0, train.Duration(time.Microsecond) },
	} {
		job := shortJob(t, 3)
		change(&job.Config)
		job.Run = openRun(t, dir)
		if _, err := train.Train(t.Context(), job); err == nil || !strings.HasPrefix(err.Error(), "the run in "+dir+" has come to ") || !strings.HasSuffix(err.Error(), want) {
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

func TestLossThatIsNoNumberKeepsTheCheckpoint(t *testing.T) {
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

func TestValidate(t *testing.T) {
	good := train.DefaultConfig()
	good.Steps = 1
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*train.Config){
		"no length":             func(c *train.Config) { c.Steps = 0 },
		"two lengths":           func(c *train.Config) { c.For = 1 },
		"rate 0":                func(c *train.Config) { c.Schedule.Peak = 0 },
		"rate NaN":              func(c *train.Config) { c.Schedule.Peak = math.NaN() },
		"unknown net":           func(c *train.Config) { c.Architecture = "huge" },
		"unknown loss":          func(c *train.Config) { c.Loss = "wishful" },
		"unknown parameter":     func(c *train.Config) { c.LossParams = map[string]string{"hope": "1"} },
		"dropout 1":             func(c *train.Config) { c.Dropout = 1 },
		"quantise 2":            func(c *train.Config) { c.Quantise = 2 },
		"rotations in training": func(c *train.Config) { c.Rotations, c.TrainRotations = 1, true },
		"two rotations":         func(c *train.Config) { c.Rotations = 2 },
		"no rotations":          func(c *train.Config) { c.Rotations = 0 },
		"no places":             func(c *train.Config) { c.Draw.Count = 0 },
		"density NaN":           func(c *train.Config) { c.Draw.Density = math.NaN() },
		"warm-up 1":             func(c *train.Config) { c.Schedule.WarmUp = 1 },
		"final -1":              func(c *train.Config) { c.Schedule.Final = -1 },
		"pixels":                func(c *train.Config) { c.Raster.Pixels = 100 },
		"pixels of classic":     func(c *train.Config) { c.Architecture, c.Raster.Pixels = net.Classic, 32 },
		"many pixels":           func(c *train.Config) { c.Raster.Pixels = 512 },
		"no positives":          func(c *train.Config) { c.Batch.Positives = 0 },
		"no negatives":          func(c *train.Config) { c.Batch.Places = 1 },
		"mined NaN":             func(c *train.Config) { c.Batch.MinedShare = math.NaN() },
		"never mined":           func(c *train.Config) { c.Batch.MinedShare, c.MineEvery = 0.5, 0 },
		"mined backwards":       func(c *train.Config) { c.Batch.MinedShare, c.MineEvery = 0.5, -5 },
	} {
		c := good
		spoil(&c)
		if err := c.Validate(); err == nil {
			t.Errorf("%s passes", name)
		}
	}
}

func TestOneCycle(t *testing.T) {
	c := train.OneCycle{Peak: 1, WarmUp: 0.1, Final: 0.01}
	for _, tt := range []struct{ done, want float64 }{
		{-1, 0.01}, {0, 0.01}, {0.05, 0.505}, {0.1, 1}, {0.55, 0.505}, {1, 0.01}, {2, 0.01},
	} {
		if got := c.Rate(tt.done); math.Abs(got-tt.want) > 1e-12 {
			t.Errorf("Rate(%v) = %v, want %v", tt.done, got, tt.want)
		}
	}
}
