package sample

import (
	"bytes"
	"context"
	"errors"
	"math"
	"math/bits"
	"slices"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/raster"
)

// cityConfig is a small stream over the synthetic city.
func cityConfig(t testing.TB) Config {
	t.Helper()
	tiles := cityTiles(t)
	places, _, err := Draw(t.Context(), tiles, DefaultDraw(300, 1))
	if err != nil {
		t.Fatal(err)
	}
	batch := DefaultBatchConfig()
	batch.Places, batch.Positives, batch.HardNegativeShare = 6, 2, 0
	return Config{
		Tiles: tiles, Places: places, Spec: raster.Spec{Metres: 200, Pixels: 16},
		Batch: batch, Seed: 7, Workers: 1, Ahead: 1,
	}
}

// take returns copies of the next n batches of a stream of the configuration.
func take(t testing.TB, c Config, n int) []*Batch {
	t.Helper()
	s, err := NewStream(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var batches []*Batch
	for range n {
		b, err := s.Next()
		if err != nil {
			t.Fatal(err)
		}
		batches = append(batches, &Batch{Index: b.Index, Rasters: slices.Clone(b.Rasters), Labels: b.Labels, Views: b.Views})
		b.Release()
	}
	return batches
}

func equalBatches(a, b *Batch) bool {
	return a.Index == b.Index && bytes.Equal(a.Rasters, b.Rasters) &&
		slices.Equal(a.Labels, b.Labels) && slices.Equal(a.Views, b.Views)
}

func TestStreamDoesNotDependOnWorkers(t *testing.T) {
	c := cityConfig(t)
	c.Batch.Mask, c.Batch.LayerDropout, c.Batch.Mirror = 0.2, 0.05, 0.3
	want := take(t, c, 12)
	for _, workers := range []int{2, 5} {
		c.Workers, c.Ahead = workers, workers
		if !slices.EqualFunc(take(t, c, 12), want, equalBatches) {
			t.Errorf("%d workers drew other batches", workers)
		}
	}
	c.Seed++
	if slices.EqualFunc(take(t, c, 12), want, equalBatches) {
		t.Error("another seed drew the same batches")
	}
}

func TestStreamResumes(t *testing.T) {
	c := cityConfig(t)
	c.Workers, c.Ahead = 3, 4
	want := take(t, c, 60) // beyond an epoch of 50 batches
	c.Start = 45
	if !slices.EqualFunc(take(t, c, 15), want[45:], equalBatches) {
		t.Error("resumed at batch 45, the batches differ")
	}
}

func TestBatchProperties(t *testing.T) {
	c := cityConfig(t)
	c.Batch.Mask = 0.25
	const batches = 100
	off, views := 0, 0
	var turned, shifted float64
	for _, b := range take(t, c, batches) {
		rows := c.Batch.Rows()
		if len(b.Labels) != rows || len(b.Views) != rows || len(b.Rasters) != rows*loc2vec.NumLayers*16*16 {
			t.Fatalf("%d labels, %d views, %d bytes for %d rows", len(b.Labels), len(b.Views), len(b.Rasters), rows)
		}
		for row, v := range b.Views {
			if v.Pose.Place != c.Places[b.Labels[row]] {
				t.Fatalf("row %d shows %v, its label says %v", row, v.Pose.Place, c.Places[b.Labels[row]])
			}
			if row%3 == 0 { // an anchor
				if v.Pose != (raster.Pose{Place: v.Pose.Place}) || v.Off != 0 {
					t.Fatalf("anchor with %+v", v)
				}
				for other := 0; other < row; other += 3 {
					if d := v.Pose.Place.DistanceTo(b.Views[other].Pose.Place); d < 200 {
						t.Fatalf("two places of batch %d are %.0f m apart", b.Index, d)
					}
				}
				continue
			}
			if b.Labels[row] != b.Labels[row-row%3] {
				t.Fatalf("row %d is not a view of its anchor's place", row)
			}
			if math.Abs(v.Pose.East) > 80 || math.Abs(v.Pose.North) > 80 || v.Pose.Heading < 0 || v.Pose.Heading >= 360 {
				t.Fatalf("positive with %+v", v.Pose)
			}
			turned += v.Pose.Heading
			shifted += math.Abs(v.Pose.East)
			off += bits.OnesCount16(v.Off)
			views++
			plane := 16 * 16
			for layer := range loc2vec.NumLayers {
				p := b.Rasters[(row*loc2vec.NumLayers+layer)*plane:][:plane]
				if v.Off>>layer&1 == 1 && slices.Max(p) != 0 {
					t.Fatalf("layer %d of row %d is not off", layer, row)
				}
			}
		}
	}
	n := float64(views)
	for name, c := range map[string][2]float64{
		"heading": {turned / n, 180}, "shift": {shifted / n, 40}, "masked": {float64(off) / n / loc2vec.NumLayers, 0.25},
	} {
		if math.Abs(c[0]-c[1]) > 0.06*c[1] {
			t.Errorf("mean %s is %.2f, want about %v", name, c[0], c[1])
		}
	}
}

func TestRastersShowTheirPose(t *testing.T) {
	c := cityConfig(t)
	c.Batch.Mirror = 0.5
	r := raster.New(c.Spec)
	want := make([]uint8, loc2vec.NumLayers*16*16)
	mirrored, rows := 0, 0
	for _, b := range take(t, c, 10) {
		for row, v := range b.Views {
			if err := r.Draw(want, v.Pose, c.Tiles.Tile); err != nil {
				t.Fatal(err)
			}
			if v.Mirrored != b.Views[row-row%3].Mirrored {
				t.Fatalf("row %d of batch %d is mirrored and its anchor is not, or the other way round", row, b.Index)
			}
			if v.Mirrored {
				mirrored++
				for i := range want {
					if x := i % 16; x < 8 {
						want[i], want[i-x+15-x] = want[i-x+15-x], want[i]
					}
				}
			}
			if !bytes.Equal(b.Rasters[row*len(want):(row+1)*len(want)], want) {
				t.Fatalf("row %d of batch %d is not the raster of its pose", row, b.Index)
			}
			rows++
		}
	}
	if mirrored < rows/3 || mirrored > 2*rows/3 {
		t.Errorf("%d of %d rows are mirrored, want about half", mirrored, rows)
	}
}

func TestEpochVisitsEveryPlace(t *testing.T) {
	c := cityConfig(t)
	// Apart 0 rejects no place, so that the epoch is exact.
	c.Batch.Apart = 0
	c.Seed = 1
	sampler, err := newBatchSampler(c)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[int]bool{}
	for index := range len(c.Places) / c.Batch.Places {
		_, labels, err := sampler.batch(index)
		if err != nil {
			t.Fatal(err)
		}
		for _, label := range labels {
			seen[label] = true
		}
	}
	if len(seen) != len(c.Places) {
		t.Errorf("an epoch saw %d of %d places", len(seen), len(c.Places))
	}
}

func TestStreamErrors(t *testing.T) {
	for want, change := range map[string]func(*Config){
		"without a second one":     func(c *Config) { c.Batch.Places = 1 },
		"0 positives":              func(c *Config) { c.Batch.Positives = 0 },
		"mirror is -1":             func(c *Config) { c.Batch.Mirror = -1 },
		"mask is 2":                func(c *Config) { c.Batch.Mask = 2 },
		"layer_dropout is NaN":     func(c *Config) { c.Batch.LayerDropout = math.NaN() },
		"shift is -1":              func(c *Config) { c.Batch.Shift = -1 },
		"3 places for batches":     func(c *Config) { c.Places = c.Places[:3] },
		"invalid coordinate":       func(c *Config) { c.Places[5].Lat = 91 },
		"0 workers":                func(c *Config) { c.Workers = 0 },
		"0 batches ahead":          func(c *Config) { c.Ahead = 0 },
		"start at batch -1":        func(c *Config) { c.Start = -1 },
		"pixels":                   func(c *Config) { c.Spec.Pixels = 0 },
		"lie too close together":   func(c *Config) { c.Batch.Apart = 1e5 },
		"more than 65536 views":    func(c *Config) { c.Batch.Places, c.Batch.Positives = 1<<20, 9 },
		"places 1e+06 m apart, no": func(c *Config) { c.Batch.Apart = 1e6 },
	} {
		c := cityConfig(t)
		change(&c)
		if _, err := NewStream(t.Context(), c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestStreamEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s, err := NewStream(ctx, cityConfig(t))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Next(); err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := s.Next(); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	s.Close()
	s.Close() // does nothing
}

func TestStreamReportsUnreadablePacks(t *testing.T) {
	c := cityConfig(t)
	broken, breakIt := breakablePack(t)
	c.Tiles = NewTiles([]*pack.Reader{broken}, 1<<20)
	breakIt()
	s, err := NewStream(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Next(); err == nil || !strings.Contains(err.Error(), "drawing batch 0: ") {
		t.Errorf("got %v", err)
	}
}

func BenchmarkStream(b *testing.B) {
	c := cityConfig(b)
	c.Batch = DefaultBatchConfig()
	c.Batch.Places, c.Batch.HardNegativeShare = 20, 0
	c.Spec = raster.Spec{Metres: 200, Pixels: 128}
	c.Workers, c.Ahead = 1, 2
	s, err := NewStream(b.Context(), c)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	b.ReportAllocs()
	for b.Loop() {
		batch, err := s.Next()
		if err != nil {
			b.Fatal(err)
		}
		batch.Release()
	}
	b.ReportMetric(float64(b.N*c.Batch.Rows())/b.Elapsed().Seconds(), "rasters/s")
}
