package eval

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/loc2vec/loc2vec"
	"gonum.org/v1/gonum/mat"
)

const (
	// folds of the cross-validation, seeds of how blocks fall into them, and the weight of a ridge on
	// standardised numbers.
	folds     = 5
	foldSeeds = 5
	ridge     = 1.0
	// presence is the coverage from which a layer counts as present: a disc of a few pixels.
	presence = 0.0005
	// landUseShare is the coverage from which a land use decides a place's class.
	landUseShare = 0.5
	// classPlaces is the least number of places of a class that counts.
	classPlaces = 10
	// scoreReplicates are fewer than those of a mean: each one ranks all places.
	scoreReplicates = 200
)

// Knowledge is figure C: what frozen vectors know about layers that were taken off the raster. A
// linear probe (ridge regression, cross-validated over blocks of 2 km, five seeds) reads them.
type Knowledge struct {
	Tasks []string       `json:"tasks"`
	Rows  []KnowledgeRow `json:"rows"`
	// Chance is what a probe without any knowledge scores: R² 0, the prevalence for average
	// precision, 1 / classes for F1.
	Chance []float64 `json:"chance"`
}

// KnowledgeRow is one method's figure C.
type KnowledgeRow struct {
	Method string     `json:"method"`
	Role   Role       `json:"role"`
	Scores []Estimate `json:"scores"` // in the order of Tasks
}

// probeTask is what is read from the vectors of a view.
type probeTask struct {
	name    string
	without []loc2vec.Layer // taken off the raster
	// targets returns [N][T] from the whole anchors.
	targets func(anchors []Summary) matrix
	// score is how good predictions [N][T] are.
	score func(b *bootstrap, truth, predicted matrix) statistic
	// chance is the score of a probe that knows nothing.
	chance func(truth matrix) float64
}

// probeTasks lists the tasks that rasters can tell: which tags a place has, nothing here knows.
func probeTasks() []probeTask {
	coverage := func(name string, layers ...loc2vec.Layer) probeTask {
		return probeTask{
			name: name + ", R²", without: layers, score: (*bootstrap).rSquaredOf,
			targets: func(anchors []Summary) matrix {
				m := newMatrix(len(anchors), 1)
				for i := range anchors {
					for _, l := range layers {
						m.data[i] += anchors[i].Coverage[l]
					}
				}
				return m
			},
			chance: func(matrix) float64 { return 0 },
		}
	}
	return []probeTask{
		coverage("buildings", loc2vec.Building), coverage("water", loc2vec.Water), coverage("roads", loc2vec.MajorRoad, loc2vec.MinorRoad),
		{
			name: "civic and commerce, average precision", without: []loc2vec.Layer{loc2vec.Civic, loc2vec.Commerce},
			targets: presenceTargets, score: (*bootstrap).averagePrecision, chance: prevalence,
		},
		{
			name: "land use, macro F1", without: landUses(),
			targets: landUseTargets, score: (*bootstrap).macroF1, chance: func(truth matrix) float64 { return 1 / float64(max(len(classes(truth)), 1)) },
		},
	}
}

func landUses() []loc2vec.Layer {
	return []loc2vec.Layer{loc2vec.Vegetation, loc2vec.Park, loc2vec.Residential, loc2vec.Commercial}
}

// presenceTargets are 1 where a layer is present: civic places, commerce.
func presenceTargets(anchors []Summary) matrix {
	m := newMatrix(len(anchors), 2)
	for i := range anchors {
		for j, l := range []loc2vec.Layer{loc2vec.Civic, loc2vec.Commerce} {
			if anchors[i].Coverage[l] >= presence {
				m.row(i)[j] = 1
			}
		}
	}
	return m
}

// landUseTargets are 1 in the column of the land use that covers half of a place or more, the
// widest when several do, and 0 everywhere where none does.
func landUseTargets(anchors []Summary) matrix {
	m := newMatrix(len(anchors), len(landUses()))
	for i := range anchors {
		best, most := -1, float32(landUseShare)
		for j, l := range landUses() {
			if c := anchors[i].Coverage[l]; c >= most {
				best, most = j, c
			}
		}
		if best >= 0 {
			m.row(i)[best] = 1
		}
	}
	return m
}

// knowledgeViews are the anchor without the layers of each task.
func knowledgeViews() []view {
	var out []view
	for _, t := range probeTasks() {
		out = append(out, view{without: t.without})
	}
	return out
}

// knowledge computes figure C from the views from first on.
func knowledge(gallery []embedded, first int, anchors []Summary, boot *bootstrap, rng *rand.Rand) (*Knowledge, error) {
	fig := &Knowledge{}
	splits := make([][]int, foldSeeds)
	for s := range splits {
		splits[s] = boot.folds(rng)
	}
	for _, g := range gallery {
		fig.Rows = append(fig.Rows, KnowledgeRow{Method: g.method.Name, Role: g.method.Role})
	}
	for k, task := range probeTasks() {
		truth := task.targets(anchors)
		fig.Tasks = append(fig.Tasks, task.name)
		fig.Chance = append(fig.Chance, task.chance(truth))
		for i, g := range gallery {
			predicted, err := crossValidate(g.views[first+k], truth, splits)
			if err != nil {
				return nil, fmt.Errorf("probe %s for %s: %w", g.method.Name, task.name, err)
			}
			fig.Rows[i].Scores = append(fig.Rows[i].Scores, boot.estimate(scoreReplicates, task.score(boot, truth, predicted)))
		}
	}
	return fig, nil
}

// folds deals the blocks out to the folds at random and returns each place's fold.
func (b *bootstrap) folds(rng *rand.Rand) []int {
	order := rng.Perm(b.blocks)
	out := make([]int, len(b.block))
	for i, k := range b.block {
		out[i] = order[k] % folds
	}
	return out
}

// crossValidate predicts targets [N][T] from x [N][D], each fold by a ridge regression on the other
// folds, and returns the mean prediction over the splits.
func crossValidate(x, targets matrix, splits [][]int) (matrix, error) {
	out := newMatrix(targets.n, targets.d)
	for _, fold := range splits {
		for f := range folds {
			if err := ridgeRegression(out, x, targets, fold, f, 1/float32(len(splits))); err != nil {
				return matrix{}, err
			}
		}
	}
	return out, nil
}

// ridgeRegression fits targets on all places but those of fold f, and adds share times its
// predictions for these to dst. It solves (XᵀX + ridge I) W = XᵀY for standardised X and centred Y.
func ridgeRegression(dst, x, targets matrix, fold []int, f int, share float32) error {
	var train []int
	for i, k := range fold {
		if k != f {
			train = append(train, i)
		}
	}
	if len(train) == 0 {
		return nil // one block only: nothing to learn from, and the prediction stays 0
	}
	known, answers := newMatrix(len(train), x.d), newMatrix(len(train), targets.d)
	for r, i := range train {
		copy(known.row(r), x.row(i))
		copy(answers.row(r), targets.row(i))
	}
	scale, mean := standardiseAll(known), columnMeans(answers)
	a, b := mat.NewDense(known.n, known.d, nil), mat.NewDense(known.n, answers.d, nil)
	z := make([]float32, x.d)
	for r := range known.n {
		scale.apply(z, known.row(r))
		for j, v := range z {
			a.Set(r, j, float64(v))
		}
		for j, v := range answers.row(r) {
			b.Set(r, j, float64(v-mean[j]))
		}
	}
	gram := mat.NewSymDense(x.d, nil)
	gram.SymOuterK(1, a.T())
	for j := range x.d {
		gram.SetSym(j, j, gram.At(j, j)+ridge)
	}
	var chol mat.Cholesky
	if !chol.Factorize(gram) {
		return fmt.Errorf("normal equations are singular")
	}
	var right, weights mat.Dense
	right.Mul(a.T(), b)
	if err := chol.SolveTo(&weights, &right); err != nil {
		return err
	}
	for i, k := range fold {
		if k != f {
			continue
		}
		scale.apply(z, x.row(i))
		for t := range targets.d {
			sum := float64(mean[t])
			for j, v := range z {
				sum += float64(v) * weights.At(j, t)
			}
			dst.row(i)[t] += share * float32(sum)
		}
	}
	return nil
}

// standardiseAll is standardise for embeddings, whose numbers may be small and yet mean something.
func standardiseAll(x matrix) affine {
	a := affine{in: x.d, out: x.d, mean: columnMeans(x), scale: make([]float32, x.d)}
	for j, deviation := range deviations(x) {
		if deviation > 0 {
			a.scale[j] = float32(1 / deviation)
		}
	}
	return a
}

// prevalence is the mean share of places that have a target.
func prevalence(truth matrix) float64 {
	var sum float64
	for _, m := range columnMeans(truth) {
		sum += float64(m)
	}
	return sum / float64(truth.d)
}

// averagePrecision is the area under the curve of precision over recall, the mean over the
// targets that some places have and some have not.
func (b *bootstrap) averagePrecision(truth, predicted matrix) statistic {
	orders := make([][]int, truth.d)
	for t := range orders {
		orders[t] = make([]int, truth.n)
		for i := range orders[t] {
			orders[t][i] = i
		}
		slices.SortStableFunc(orders[t], func(i, j int) int {
			switch p, q := predicted.row(i)[t], predicted.row(j)[t]; {
			case p > q:
				return -1
			case p < q:
				return 1
			}
			return int(truth.row(i)[t] - truth.row(j)[t]) // ties count against the method
		})
	}
	return func(draw []uint16) float64 {
		var sum, targets float64
		for t, order := range orders {
			var seen, hits, area float64
			for _, i := range order {
				times := b.times(draw, i)
				if truth.row(i)[t] > 0 && times > 0 {
					hits += times
					area += times * hits / (seen + times)
				}
				seen += times
			}
			if hits > 0 && hits < seen {
				sum += area / hits
				targets++
			}
		}
		return sum / targets
	}
}

// times is how often a place was drawn: once when draw is nil.
func (b *bootstrap) times(draw []uint16, place int) float64 {
	if draw == nil {
		return 1
	}
	return float64(draw[b.block[place]])
}

// classes returns the columns that enough places belong to.
func classes(truth matrix) []int {
	var out []int
	for t, mean := range columnMeans(truth) {
		if mean*float32(truth.n) >= classPlaces {
			out = append(out, t)
		}
	}
	return out
}

// macroF1 is the mean over the classes of the harmonic mean of precision and recall, over the
// places that belong to one of them; a place's predicted class is that of the highest number.
func (b *bootstrap) macroF1(truth, predicted matrix) statistic {
	of := classes(truth)
	class, guess := make([]int, truth.n), make([]int, truth.n)
	for i := range truth.n {
		class[i], guess[i] = -1, -1
		for _, t := range of {
			if truth.row(i)[t] > 0 {
				class[i] = t
			}
			if guess[i] < 0 || predicted.row(i)[t] > predicted.row(i)[guess[i]] {
				guess[i] = t
			}
		}
	}
	return func(draw []uint16) float64 {
		var sum, counted float64
		for _, t := range of {
			var right, guessed, there float64
			for i := range class {
				if class[i] < 0 {
					continue
				}
				times := b.times(draw, i)
				if guess[i] == t {
					guessed += times
				}
				if class[i] == t {
					there += times
					if guess[i] == t {
						right += times
					}
				}
			}
			if there > 0 { // a replicate may miss a class altogether
				sum += 2 * right / (guessed + there)
				counted++
			}
		}
		if counted == 0 {
			return math.NaN()
		}
		return sum / counted
	}
}
