package eval

import (
	"math"
	"math/rand/v2"
	"sort"
	"testing"

	"github.com/loc2vec/loc2vec"
)

func TestProbeReadsWhatIsThere(t *testing.T) {
	const n = 400
	rng := rand.New(rand.NewPCG(1, 1))
	x, targets := random(n, 6, rng), newMatrix(n, 2)
	for i := range n {
		targets.row(i)[0] = 3*x.row(i)[1] - 2*x.row(i)[4] + 7
		targets.row(i)[1] = float32(rng.NormFloat64()) // nothing to be known
	}
	block := make([]int, n)
	for i := range block {
		block[i] = i / 8
	}
	boot := newBootstrap(block, rng)
	predicted, err := crossValidate(x, targets, [][]int{boot.folds(rng), boot.folds(rng)})
	if err != nil {
		t.Fatal(err)
	}
	column := func(m matrix, j int) matrix {
		out := newMatrix(n, 1)
		for i := range n {
			out.data[i] = m.row(i)[j]
		}
		return out
	}
	if e := boot.rSquared(column(targets, 0), column(predicted, 0)); e.Value < 0.99 {
		t.Errorf("R² of a linear target is %v", e)
	}
	if e := boot.rSquared(column(targets, 1), column(predicted, 1)); e.Value > 0.02 {
		t.Errorf("R² of noise is %v", e)
	}
}

func TestProbesCarryOverToAnotherRegion(t *testing.T) {
	train, test := testRegion(60), testRegion(60)
	for i := range train.Places {
		train.Places[i] = train.Places[i].Offset(0, 30_000)
	}
	// It looks at the world by itself, where nothing was taken off.
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
	probes, err := FitProbes(t.Context(), train, []Method{knows, blind, Position()}, 1, nil)
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

func TestFoldsKeepBlocksTogether(t *testing.T) {
	block := []int{0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5}
	boot := newBootstrap(block, rand.New(rand.NewPCG(1, 1)))
	fold := boot.folds(rand.New(rand.NewPCG(2, 2)))
	seen := map[int]bool{}
	for i := 0; i < len(fold); i += 2 {
		if fold[i] != fold[i+1] {
			t.Errorf("block %d is torn between folds %d and %d", block[i], fold[i], fold[i+1])
		}
		seen[fold[i]] = true
	}
	if len(seen) != folds {
		t.Errorf("%d folds of six blocks, want %d", len(seen), folds)
	}
}

func TestRSquared(t *testing.T) {
	truth := matrix{4, 2, []float32{1, 5, 2, 5, 3, 5, 4, 5}} // the second column never varies
	boot := newBootstrap(blocksOfOne(4), rand.New(rand.NewPCG(1, 1)))
	mean := matrix{4, 2, []float32{2.5, 0, 2.5, 0, 2.5, 0, 2.5, 0}}
	if e := boot.rSquared(truth, truth); e.Value != 1 {
		t.Errorf("R² of the truth is %v", e.Value)
	}
	if e := boot.rSquared(truth, mean); e.Value != 0 {
		t.Errorf("R² of the mean is %v", e.Value)
	}
}

func TestAveragePrecisionAgainstItsDefinition(t *testing.T) {
	const n = 60
	rng := rand.New(rand.NewPCG(3, 3))
	truth, predicted := newMatrix(n, 1), random(n, 1, rng)
	for i := range n {
		if rng.Float64() < 0.3 {
			truth.data[i] = 1
			predicted.data[i]++
		}
	}
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	sort.Slice(order, func(a, b int) bool { return predicted.data[order[a]] > predicted.data[order[b]] })
	var hits, sum float64
	for k, i := range order {
		if truth.data[i] == 1 {
			hits++
			sum += hits / float64(k+1)
		}
	}
	boot := newBootstrap(blocksOfOne(n), rng)
	if got, want := boot.averagePrecision(truth, predicted)(nil), sum/hits; math.Abs(got-want) > 1e-12 {
		t.Errorf("average precision %v, want %v", got, want)
	}
	// One number for all says nothing: a tie counts against it.
	if got := boot.averagePrecision(truth, newMatrix(n, 1))(nil); got > float64(hits)/n {
		t.Errorf("average precision of a constant is %v with a prevalence of %v", got, hits/n)
	}
}

func TestMacroF1(t *testing.T) {
	// 20 places of class 0, 10 of class 1; class 2 has too few, and four places have none.
	truth, predicted := newMatrix(36, 3), newMatrix(36, 3)
	for i := range 36 {
		switch {
		case i < 20:
			truth.row(i)[0] = 1
			predicted.row(i)[i/15] = 1 // five of them are taken for class 1
		case i < 30:
			truth.row(i)[1] = 1
			predicted.row(i)[1] = 1
		case i < 32:
			truth.row(i)[2] = 1
		}
	}
	boot := newBootstrap(blocksOfOne(36), rand.New(rand.NewPCG(1, 1)))
	// Class 0: precision 1, recall 3/4. Class 1: precision 2/3, recall 1.
	want := (2*0.75/1.75 + 2*(2./3)/(5./3)) / 2
	if got := boot.macroF1(truth, predicted)(nil); math.Abs(got-want) > 1e-12 {
		t.Errorf("macro F1 %v, want %v", got, want)
	}
}

// Where places hardly differ there is nothing to know: no score, no interval, no chance.
func TestProbesOfNextToNothing(t *testing.T) {
	const n = 60
	column := func(of int, value float32) matrix { // value in so many places, 0 in the others
		m := newMatrix(n, 1)
		for i := range of {
			m.data[i] = value
		}
		return m
	}
	landUse := func(second int) matrix { // so many places of the second class, the others of the first
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
	// What is not comparedRow is not in the chance either.
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
