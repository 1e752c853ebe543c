package eval

import (
	"fmt"

	"github.com/loc2vec/loc2vec"
)

const (
	// presence is the least coverage of a layer that counts as present: a disc of a few pixels.
	presence = 0.0005
	// landUseShare is the least coverage of a land use that decides a place's class.
	landUseShare = 0.5
	// classPlaces is the least number of places on either side of a class that is scored.
	classPlaces = 10
	// scoreReplicates is smaller than for a mean: each replicate ranks all places.
	scoreReplicates = 200
)

// LinearProbes measures what frozen vectors tell about layers that were withheld from the raster. A
// linear probe (ridge regression, classes coded as 0 and 1) reads them.
type LinearProbes struct {
	Tasks []string `json:"tasks"`
	// Rows are cross-validated in five folds over blocks of 2 km, with five seeds.
	Rows []ProbeRow `json:"rows"`
	// Across holds the scores of probes that were fitted on the regions AcrossFrom; nil without any.
	Across     []ProbeRow `json:"across,omitempty"`
	AcrossFrom string     `json:"across_from,omitempty"`
	// Chance is the score of an uninformed probe: R² 0, the prevalence for average precision,
	// 1 / classes for F1. Like all scores and leads of the task it is NaN where the places differ too
	// little: any probe is right then, or none.
	Chance []Number `json:"chance"`
}

// ProbeRow holds the scores of one method.
type ProbeRow struct {
	Method string     `json:"method"`
	Role   Role       `json:"role"`
	Scores []Estimate `json:"scores"` // in the order of Tasks
	// Leads are the model's scores minus these on the same places; nil without a model and in the
	// model's own row.
	Leads []Estimate `json:"model_leads,omitempty"`
}

// probeTask is a target that probes read from the vectors of a view.
type probeTask struct {
	name    string
	without []loc2vec.Layer // withheld from the raster
	// targets returns [N][T] from the complete anchors.
	targets func(anchors []Descriptor) matrix
	// score rates predictions [N][T].
	score func(b *bootstrap, truth, predicted matrix) statistic
	// chance returns the score of an uninformed probe, NaN where nothing can be scored.
	chance func(truth matrix) float64
}

// probeTasks lists the tasks whose targets are on the rasters. Tags of a place are not.
func probeTasks() []probeTask {
	coverage := func(name string, layers ...loc2vec.Layer) probeTask {
		return probeTask{
			name: name + ", R²", without: layers, score: (*bootstrap).rSquaredOf,
			targets: func(anchors []Descriptor) matrix {
				m := newMatrix(len(anchors), 1)
				for i := range anchors {
					for _, l := range layers {
						m.data[i] += anchors[i].Coverage[l]
					}
				}
				return m
			},
			chance: meanRSquared,
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
			targets: landUseTargets, score: (*bootstrap).macroF1, chance: randomF1,
		},
	}
}

func landUses() []loc2vec.Layer {
	return []loc2vec.Layer{loc2vec.Vegetation, loc2vec.Park, loc2vec.Residential, loc2vec.Commercial}
}

// presenceTargets are 1 where a layer is present, for civic places and for commerce.
func presenceTargets(anchors []Descriptor) matrix {
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

// landUseTargets are 1 in the column of the land use that covers at least half of a place, the
// largest when several do, and 0 elsewhere.
func landUseTargets(anchors []Descriptor) matrix {
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

// probeViews lists the anchor without the layers of each task.
func probeViews() []view {
	var out []view
	for _, t := range probeTasks() {
		out = append(out, view{without: t.without})
	}
	return out
}

func (s *study) linearProbes(splits [][]int) (*LinearProbes, error) {
	out := &LinearProbes{}
	var truths []matrix
	for _, task := range probeTasks() {
		truth := task.targets(s.anchors)
		truths = append(truths, truth)
		out.Tasks = append(out.Tasks, task.name)
		out.Chance = append(out.Chance, Number(task.chance(truth)))
	}
	var err error
	first := s.plan.probe
	out.Rows, err = s.probeRows(s.methods, truths, func(m embedded, task int) (matrix, error) {
		return crossValidate(m.views[first+task], truths[task], splits)
	})
	probes := s.options.Probes
	if err != nil || probes == nil {
		return out, err
	}
	var fitted []embedded
	for _, m := range s.methods {
		if _, ok := probes.fitted[m.method.Name]; ok {
			fitted = append(fitted, m)
		}
	}
	out.AcrossFrom = probes.from
	out.Across, err = s.probeRows(fitted, truths, func(m embedded, task int) (matrix, error) {
		predicted := newMatrix(truths[task].n, truths[task].d)
		for i := range predicted.n {
			probes.fitted[m.method.Name][task].addTo(predicted.row(i), m.views[first+task].row(i), 1)
		}
		return predicted, nil
	})
	return out, err
}

// probeRows scores the predictions of each method for each task.
func (s *study) probeRows(methods []embedded, truths []matrix, predict func(m embedded, task int) (matrix, error)) ([]ProbeRow, error) {
	rows := make([]ProbeRow, len(methods))
	var model []statistic // the model's scores
	for _, i := range modelFirst(methods) {
		m := methods[i]
		row := ProbeRow{Method: m.method.Name, Role: m.method.Role}
		var own []statistic
		for k, task := range probeTasks() {
			predicted, err := predict(m, k)
			if err != nil {
				return nil, fmt.Errorf("probing %s for %s: %w", m.method.Name, task.name, err)
			}
			score := task.score(s.boot, truths[k], predicted)
			own = append(own, score)
			row.Scores = append(row.Scores, s.boot.estimate(scoreReplicates, score))
			if model != nil {
				row.Leads = append(row.Leads, s.boot.estimate(scoreReplicates, model[k].minus(score)))
			}
		}
		if m.method.Role == Model {
			model = own
		}
		rows[i] = row
	}
	return rows, nil
}
