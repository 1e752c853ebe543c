package sample

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/loc2vec/loc2vec"
)

// withHardNegatives is the city's stream with the coverage of its places.
func withHardNegatives(t testing.TB, share float64) Config {
	t.Helper()
	c := cityConfig(t)
	c.Batch.HardNegativeShare = share
	var err error
	if c.Coverage, err = DescribeCoverage(t.Context(), c.Tiles, c.Places); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestHardNegativesHaveEqualCoverage(t *testing.T) {
	mean := func(share float64) float64 {
		c := withHardNegatives(t, share)
		c.Seed = 1
		sampler, err := newBatchSampler(c)
		if err != nil {
			t.Fatal(err)
		}
		var sum float64
		const batches = 50
		for index := range batches {
			_, labels, err := sampler.batch(index)
			if err != nil {
				t.Fatal(err)
			}
			sum += leastDistance(c.Coverage, labels)
		}
		return sum / batches
	}
	if without, with := mean(0), mean(1); with > 0.7*without {
		t.Errorf("the most alike of a batch are %.4f apart with hard negatives, %.4f without", with, without)
	}
}

// leastDistance is the mean over the labels of the distance to the most alike other one.
func leastDistance(d *CoverageDescriptor, labels []int) float64 {
	var sum float64
	for _, a := range labels {
		least := float32(100)
		for _, b := range labels {
			if a != b {
				least = min(least, d.distance(a, b))
			}
		}
		sum += float64(least)
	}
	return sum / float64(len(labels))
}

// successors mines the places that follow a place in the list.
type successors int

func (n successors) Negatives(place, k int) []int {
	var near []int
	for i := range k {
		near = append(near, (place+1+i)%int(n))
	}
	return near
}

// TestMinedPlaces: with a share of 1, each place except the first is mined for another place of the batch.
func TestMinedPlaces(t *testing.T) {
	c := cityConfig(t)
	c.Batch.MinedShare, c.Batch.Apart = 1, 0
	n := len(c.Places)
	c.Mined, c.Seed = successors(n), 1
	sampler, err := newBatchSampler(c)
	if err != nil {
		t.Fatal(err)
	}
	for index := range 20 {
		_, labels, err := sampler.batch(index)
		if err != nil {
			t.Fatal(err)
		}
		chosen := slices.Compact(labels)
		for i, place := range chosen[1:] {
			mined := func(of int) bool { d := (place - of + n) % n; return d >= 1 && d <= minedCandidates }
			if !slices.ContainsFunc(chosen[:1+i], mined) {
				t.Errorf("batch %d: place %d is not mined for any of %v", index, place, chosen[:1+i])
			}
		}
	}
}

func TestMostAlike(t *testing.T) {
	d := &CoverageDescriptor{roots: [][loc2vec.NumLayers]float32{{0}, {1}, {0.4}, {0.1}, {0.9}}}
	rng := rand.New(rand.NewPCG(1, 2))
	not := func(places ...int) func(int) bool {
		return func(p int) bool {
			for _, q := range places {
				if p == q {
					return false
				}
			}
			return true
		}
	}
	if got := d.mostAlike(rng, 0, not(0)); got != 3 {
		t.Errorf("got %d, want 3", got)
	}
	if got := d.mostAlike(rng, 0, not(0, 3)); got != 2 {
		t.Errorf("got %d, want 2", got)
	}
	if got := d.mostAlike(rng, 0, func(int) bool { return false }); got != -1 {
		t.Errorf("got %d, want none", got)
	}
}

func TestHardNegativesDoNotDependOnWorkers(t *testing.T) {
	c := withHardNegatives(t, 0.5)
	one := take(t, c, 4)
	c.Workers, c.Ahead = 3, 2
	for i, b := range take(t, c, 4) {
		if !equalBatches(one[i], b) {
			t.Fatalf("batch %d differs", i)
		}
	}
}

func TestFitLeavesRoom(t *testing.T) {
	c := withHardNegatives(t, 0)
	b := DefaultBatchConfig()
	if got := b.Fit(c.Places[:3]); got.Places != 2 {
		t.Errorf("%d places of 3", got.Places)
	}
	b.Apart = 0
	if got := b.Fit(c.Places); got != b {
		t.Errorf("a configuration that fits becomes %+v", got)
	}
}

func TestHardNegativesNeedCoverage(t *testing.T) {
	c := withHardNegatives(t, 0.5)
	c.Coverage = nil
	if _, err := NewStream(t.Context(), c); err == nil {
		t.Error("hard negatives without coverage pass")
	}
}
