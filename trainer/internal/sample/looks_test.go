package sample

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/loc2vec/loc2vec"
)

// withTwins is the city's stream with looks.
func withTwins(t testing.TB, share float64) Config {
	t.Helper()
	c := cityConfig(t)
	c.Recipe.TwinShare = share
	var err error
	if c.Looks, err = NewLooks(t.Context(), c.Tiles, c.Places); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTwinsLookAlike(t *testing.T) {
	mean := func(share float64) float64 {
		c := withTwins(t, share)
		comp, err := newComposer(c.Recipe, c.Places, c.Looks, nil, 1)
		if err != nil {
			t.Fatal(err)
		}
		var sum float64
		const batches = 50
		for index := range batches {
			_, labels, err := comp.compose(index)
			if err != nil {
				t.Fatal(err)
			}
			sum += leastDistance(c.Looks, labels)
		}
		return sum / batches
	}
	if without, with := mean(0), mean(1); with > 0.7*without {
		t.Errorf("the most alike of a batch are %.4f apart with twins, %.4f without", with, without)
	}
}

// leastDistance is the mean over the labels of the distance to the most alike other one.
func leastDistance(l *Looks, labels []int) float64 {
	var sum float64
	for _, a := range labels {
		least := float32(100)
		for _, b := range labels {
			if a != b {
				least = min(least, l.distance(a, b))
			}
		}
		sum += float64(least)
	}
	return sum / float64(len(labels))
}

// successors takes the places behind one in the list for its hard negatives.
type successors int

func (n successors) Negatives(place, k int) []int {
	var near []int
	for i := range k {
		near = append(near, (place+1+i)%int(n))
	}
	return near
}

// TestMinedPlaces: with a share of 1, each place but the first is one of those mined for another one of the batch.
func TestMinedPlaces(t *testing.T) {
	c := cityConfig(t)
	c.Recipe.MinedShare, c.Recipe.Apart = 1, 0
	n := len(c.Places)
	comp, err := newComposer(c.Recipe, c.Places, nil, successors(n), 1)
	if err != nil {
		t.Fatal(err)
	}
	for index := range 20 {
		_, labels, err := comp.compose(index)
		if err != nil {
			t.Fatal(err)
		}
		chosen := slices.Compact(labels)
		for i, place := range chosen[1:] {
			mined := func(of int) bool { d := (place - of + n) % n; return d >= 1 && d <= minedAmong }
			if !slices.ContainsFunc(chosen[:1+i], mined) {
				t.Errorf("batch %d: place %d is mined for none of %v", index, place, chosen[:1+i])
			}
		}
	}
}

func TestTwinIsTheMostAlike(t *testing.T) {
	l := &Looks{roots: [][loc2vec.NumLayers]float32{{0}, {1}, {0.4}, {0.1}, {0.9}}}
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
	if got := l.twin(rng, 0, 500, not(0)); got != 3 {
		t.Errorf("got %d, want 3", got)
	}
	if got := l.twin(rng, 0, 500, not(0, 3)); got != 2 {
		t.Errorf("got %d, want 2", got)
	}
	if got := l.twin(rng, 0, 500, func(int) bool { return false }); got != -1 {
		t.Errorf("got %d, want none", got)
	}
}

func TestTwinsDoNotDependOnWorkers(t *testing.T) {
	c := withTwins(t, 0.5)
	one := take(t, c, 4)
	c.Workers, c.Ahead = 3, 2
	for i, b := range take(t, c, 4) {
		if !equalBatches(one[i], b) {
			t.Fatalf("batch %d differs", i)
		}
	}
}

func TestFitLeavesRoom(t *testing.T) {
	c := withTwins(t, 0)
	r := DefaultRecipe()
	if got := r.Fit(c.Places[:3]); got.Places != 2 {
		t.Errorf("%d places of 3", got.Places)
	}
	r.Apart = 0
	if got := r.Fit(c.Places); got != r {
		t.Errorf("a recipe that fits becomes %+v", got)
	}
}

func TestTwinsNeedLooks(t *testing.T) {
	c := withTwins(t, 0.5)
	c.Looks = nil
	if _, err := NewStream(t.Context(), c); err == nil {
		t.Error("twins without looks pass")
	}
}
