package eval

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/loc2vec/loc2vec"
)

func TestProbesCarryOverToAnotherRegion(t *testing.T) {
	train, test := testRegion(60), testRegion(60)
	for i := range train.Places {
		train.Places[i] = train.Places[i].Offset(0, 30_000)
	}
	// It draws the world itself, with all layers.
	knows := Method{Name: "knows", Role: Model, Dimension: histogramSize, Metric: loc2vec.Euclidean}
	knows.Embed = func(dst []float32, v Views) error {
		sum := newDescriber(test.Pixels)
		image, whole := make([]uint8, sum.size()), make([]Descriptor, 1)
		for i, pose := range v.Poses {
			if err := (world{test.Pixels, patchwork}).Draw(image, pose); err != nil {
				return err
			}
			sum.describe(whole, image)
			copy(dst[i*histogramSize:(i+1)*histogramSize], whole[0].Coverage[:])
		}
		return nil
	}
	blind := Method{Name: "blind", Role: Baseline, Dimension: 1, Metric: loc2vec.Euclidean, Embed: func([]float32, Views) error { return nil }}
	probes, err := FitProbes(t.Context(), train, []Method{knows, blind, Position()}, FitOptions{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if len(probes.fitted) != 2 {
		t.Errorf("probes of %d methods, want 2: an oracle has none", len(probes.fitted))
	}
	r, err := Run(t.Context(), test, []Method{knows, blind, Position()}, Options{Metrics: Metrics{LinearProbesMetric}, Seed: 4, Probes: probes})
	if err != nil {
		t.Fatal(err)
	}
	fig := r.LinearProbes
	if len(fig.Rows) != 3 || len(fig.Across) != 2 || fig.AcrossFrom != train.Name {
		t.Fatalf("%d rows, %d across from %q", len(fig.Rows), len(fig.Across), fig.AcrossFrom)
	}
	for k, task := range fig.Tasks[:3] {
		if got := fig.Across[0].Scores[k].Value; got < 0.9 {
			t.Errorf("%s: a method that knows it scores %v", task, got)
		}
		if got := fig.Across[1].Scores[k].Value; got > 0.05 {
			t.Errorf("%s: a method that knows nothing scores %v", task, got)
		}
		want := fig.Across[0].Scores[k].Value - fig.Across[1].Scores[k].Value
		if got := fig.Across[1].Leads[k].Value; math.Abs(got-want) > 1e-12 {
			t.Errorf("%s: lead %v, want %v", task, got, want)
		}
	}
}

// TestNoScoreWithoutDifferences: where places hardly differ there is no score, no interval and no
// chance.
func TestNoScoreWithoutDifferences(t *testing.T) {
	const n = 60
	column := func(of int, value float32) matrix { // value in the first places, 0 in the others
		m := newMatrix(n, 1)
		for i := range of {
			m.data[i] = value
		}
		return m
	}
	landUse := func(second int) matrix { // the first places are of the second class, the others of the first
		m := newMatrix(n, 2)
		for i := range n {
			if i < second {
				m.row(i)[1] = 1
			} else {
				m.row(i)[0] = 1
			}
		}
		return m
	}
	boot := newBootstrap(blocksOfOne(n), rand.New(rand.NewPCG(1, 1)))
	coverage, presence, land := probeTasks()[1], probeTasks()[3], probeTasks()[4]
	for _, c := range []struct {
		name  string
		task  probeTask
		truth matrix
		known bool
	}{
		{"no water", coverage, column(0, 0), false},
		{"four ponds", coverage, column(4, 0.006), false},
		{"a lake", coverage, column(4, 0.1), true},
		{"water all over", coverage, column(n, 1), false},
		{"few shops", presence, column(classPlaces-1, 1), false},
		{"some shops", presence, column(classPlaces, 1), true},
		{"shops nearly everywhere", presence, column(n-classPlaces+1, 1), false},
		{"no land use", land, newMatrix(n, 2), false},
		{"one land use", land, landUse(0), false},
		{"a second in too few places", land, landUse(classPlaces - 1), false},
		{"two land uses", land, landUse(classPlaces), true},
	} {
		score := boot.estimate(scoreReplicates, c.task.score(boot, c.truth, c.truth))
		chance := c.task.chance(c.truth)
		if c.known && (score.Value != 1 || !(chance < 1)) {
			t.Errorf("%s: the truth scores %v, chance %v", c.name, score, chance)
		}
		if !c.known && !(math.IsNaN(score.Value) && math.IsNaN(score.Low) && math.IsNaN(score.High) && math.IsNaN(chance)) {
			t.Errorf("%s: score %v, chance %v, want none", c.name, score, chance)
		}
	}
	// Chance leaves out what is not scored.
	both := newMatrix(n, 2)
	for i := range 30 {
		both.row(i)[0] = 1
	}
	if got := prevalence(both); got != 0.5 {
		t.Errorf("prevalence %v, want that of the target that some places have", got)
	}
}

func TestTargets(t *testing.T) {
	anchors := make([]Descriptor, 3)
	anchors[0].Coverage[loc2vec.Residential] = 0.9
	anchors[0].Coverage[loc2vec.Commerce] = 0.01
	anchors[1].Coverage[loc2vec.Park], anchors[1].Coverage[loc2vec.Vegetation] = 0.6, 0.7
	use, present := landUseTargets(anchors), presenceTargets(anchors)
	for i, want := range [][]float32{{0, 0, 1, 0}, {1, 0, 0, 0}, {0, 0, 0, 0}} {
		for j, v := range want {
			if use.row(i)[j] != v {
				t.Errorf("land use of place %d: %v, want %v", i, use.row(i), want)
				break
			}
		}
	}
	if present.row(0)[0] != 0 || present.row(0)[1] != 1 {
		t.Errorf("presence %v, want commerce alone", present.row(0))
	}
}
