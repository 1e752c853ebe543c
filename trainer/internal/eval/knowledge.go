package eval

import (
	"fmt"

	"github.com/loc2vec/loc2vec"
)

const (
	// presence is the coverage from which a layer counts as present: a disc of a few pixels.
	presence = 0.0005
	// landUseShare is the coverage from which a land use decides a place's class.
	landUseShare = 0.5
	// classPlaces is the least number of places of a class that counts, and of those that have something
	// and that have it not.
	classPlaces = 10
	// scoreReplicates are fewer than those of a mean: each one ranks all places.
	scoreReplicates = 200
)

// Knowledge is figure C: what frozen vectors know about layers that were taken off the raster. A
// linear probe (ridge regression, the classes coded as 0 and 1) reads them.
type Knowledge struct {
	Tasks []string `json:"tasks"`
	// Rows are cross-validated in five folds over blocks of 2 km, five seeds.
	Rows []KnowledgeRow `json:"rows"`
	// Across are by probes that were fitted on other regions, those of AcrossFrom; nil without any.
	Across     []KnowledgeRow `json:"across,omitempty"`
	AcrossFrom string         `json:"across_from,omitempty"`
	// Chance is what a probe without any knowledge scores: R² 0, the prevalence for average
	// precision, 1 / classes for F1. It is NaN, as all scores and leads are, where the places do not
	// differ enough for a task: any probe is right then, or none.
	Chance []Number `json:"chance"`
}

// KnowledgeRow is one method's figure C.
type KnowledgeRow struct {
	Method string     `json:"method"`
	Role   Role       `json:"role"`
	Scores []Estimate `json:"scores"` // in the order of Tasks
	// Leads are the model's scores minus these on the same places; nil without a model and in the
	// model's own row.
	Leads []Estimate `json:"model_leads,omitempty"`
}

// probeTask is what is read from the vectors of a view.
type probeTask struct {
	name    string
	without []loc2vec.Layer // taken off the raster
	// targets returns [N][T] from the whole anchors.
	targets func(anchors []Summary) matrix
	// score is how good predictions [N][T] are.
	score func(b *bootstrap, truth, predicted matrix) statistic
	// chance is the score of a probe that knows nothing, NaN where nothing can be scored.
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
			chance: noSquares,
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
			targets: landUseTargets, score: (*bootstrap).macroF1, chance: evenOdds,
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

// knowledge computes figure C from the views from first on; probes may be nil.
func knowledge(gallery []embedded, first int, anchors []Summary, probes *Probes, boot *bootstrap, splits [][]int) (*Knowledge, error) {
	fig := &Knowledge{}
	var truths []matrix
	for _, task := range probeTasks() {
		truth := task.targets(anchors)
		truths = append(truths, truth)
		fig.Tasks = append(fig.Tasks, task.name)
		fig.Chance = append(fig.Chance, Number(task.chance(truth)))
	}
	var err error
	fig.Rows, err = knowledgeRows(gallery, truths, boot, func(g embedded, task int) (matrix, error) {
		return crossValidate(g.views[first+task], truths[task], splits)
	})
	if err != nil || probes == nil {
		return fig, err
	}
	var known []embedded
	for _, g := range gallery {
		if _, ok := probes.fitted[g.method.Name]; ok {
			known = append(known, g)
		}
	}
	fig.AcrossFrom = probes.from
	fig.Across, err = knowledgeRows(known, truths, boot, func(g embedded, task int) (matrix, error) {
		out := newMatrix(truths[task].n, truths[task].d)
		for i := range out.n {
			probes.fitted[g.method.Name][task].addTo(out.row(i), g.views[first+task].row(i), 1)
		}
		return out, nil
	})
	return fig, err
}

// knowledgeRows scores the predictions of each method for each task.
func knowledgeRows(gallery []embedded, truths []matrix, boot *bootstrap, predict func(g embedded, task int) (matrix, error)) ([]KnowledgeRow, error) {
	rows := make([]KnowledgeRow, len(gallery))
	var model []statistic // of the model's scores
	for _, i := range modelFirst(gallery) {
		g := gallery[i]
		row := KnowledgeRow{Method: g.method.Name, Role: g.method.Role}
		var own []statistic
		for k, task := range probeTasks() {
			predicted, err := predict(g, k)
			if err != nil {
				return nil, fmt.Errorf("probe %s for %s: %w", g.method.Name, task.name, err)
			}
			score := task.score(boot, truths[k], predicted)
			own = append(own, score)
			row.Scores = append(row.Scores, boot.estimate(scoreReplicates, score))
			if model != nil {
				row.Leads = append(row.Leads, boot.estimate(scoreReplicates, model[k].minus(score)))
			}
		}
		if g.method.Role == Model {
			model = own
		}
		rows[i] = row
	}
	return rows, nil
}
