package eval

import (
	"fmt"
	"math"
)

// Summary sums up regions that the model has never seen: what may be quoted about a model.
type Summary struct {
	Regions []RegionSummary `json:"regions"`
	// Mean averages each score over the regions that have it, with equal weights.
	Mean RegionSummary `json:"mean"`
}

// RegionSummary is the summary of one region.
type RegionSummary struct {
	Region     string            `json:"region"`
	Places     int               `json:"places"`
	Blocks     int               `json:"blocks"`
	Scores     []ScoreSummary    `json:"scores"`
	Thresholds []ThresholdResult `json:"thresholds,omitempty"`
}

// ScoreSummary holds one score of the model and of the best baseline.
type ScoreSummary struct {
	Name         string   `json:"name"`
	Model        Estimate `json:"model"`
	BestBaseline Estimate `json:"best_baseline"`
	Baseline     string   `json:"baseline,omitempty"` // name of the best baseline
	// Lead is the model's score minus the baseline's on the same places.
	Lead Estimate `json:"lead"`
}

// Summarise sums up the results of regions that were held out as a whole. It leaves out results
// without a model.
func Summarise(results []*Result) *Summary {
	s := &Summary{Mean: RegionSummary{Region: "mean"}}
	for _, r := range results {
		region := RegionSummary{Region: r.Region, Places: r.Places, Blocks: r.Blocks, Thresholds: r.thresholds()}
		for _, c := range r.comparisons() {
			if best, ok := c.best(); ok {
				region.Scores = append(region.Scores, best)
			}
		}
		if len(region.Scores) > 0 {
			s.Regions = append(s.Regions, region)
		}
	}
	s.average()
	return s
}

// average fills in Mean.
func (s *Summary) average() {
	withoutInterval := func(v float64) Estimate { return Estimate{v, math.NaN(), math.NaN()} }
	for _, name := range s.ScoreNames() {
		var model, best, n float64
		for _, region := range s.Regions {
			score, ok := region.Score(name)
			if ok && !math.IsNaN(score.Model.Value) && !math.IsNaN(score.BestBaseline.Value) {
				model += score.Model.Value
				best += score.BestBaseline.Value
				n++
			}
		}
		s.Mean.Scores = append(s.Mean.Scores, ScoreSummary{
			Name: name, Model: withoutInterval(model / n), BestBaseline: withoutInterval(best / n),
			Lead: withoutInterval(model/n - best/n),
		})
	}
	for _, region := range s.Regions {
		s.Mean.Places += region.Places
		s.Mean.Blocks += region.Blocks
	}
}

// ScoreNames lists the scores of all regions in the order in which they first appear.
func (s *Summary) ScoreNames() []string {
	var names []string
	seen := map[string]bool{}
	for _, region := range s.Regions {
		for _, score := range region.Scores {
			if !seen[score.Name] {
				seen[score.Name] = true
				names = append(names, score.Name)
			}
		}
	}
	return names
}

// Score returns the score of that name.
func (r *RegionSummary) Score(name string) (score ScoreSummary, ok bool) {
	for _, s := range r.Scores {
		if s.Name == name {
			return s, true
		}
	}
	return ScoreSummary{}, false
}

// Names of scores in a summary, beside "20 m" for R@1 at a shift and the names of probe tasks.
const (
	layersOffName    = "3 layers off"
	hardTripletsName = "hard triplets"
)

// comparison is a score by which methods are compared.
type comparison struct {
	metric MetricName
	name   string
	rows   []comparedRow
}

// comparedRow is the score of one method.
type comparedRow struct {
	method string
	role   Role
	score  Estimate
	lead   *Estimate // of the model over this method; nil for the model
}

// comparisons lists the scores by which methods are compared. Probes are those fitted on other
// regions where there are any.
func (r *Result) comparisons() []comparison {
	out := r.SamePlace.comparisons()
	if h := r.HardTriplets; h != nil && h.Triplets >= MinTriplets {
		c := comparison{metric: HardTripletsMetric, name: hardTripletsName}
		for _, row := range h.Rows {
			c.rows = append(c.rows, comparedRow{row.Method, row.Role, row.Accuracy, row.Lead})
		}
		out = append(out, c)
	}
	return append(out, r.LinearProbes.comparisons()...)
}

func (s *SamePlace) comparisons() []comparison {
	if s == nil {
		return nil
	}
	recall := func(name string, of func(row *SamePlaceRow) Recall) comparison {
		c := comparison{metric: SamePlaceMetric, name: name}
		for i := range s.Rows {
			row := &s.Rows[i]
			c.rows = append(c.rows, comparedRow{row.Method, row.Role, of(row).R1, of(row).Lead})
		}
		return c
	}
	var out []comparison
	for _, metres := range shifts() {
		out = append(out, recall(fmt.Sprintf("%g m", metres), func(row *SamePlaceRow) Recall { return row.At(metres) }))
	}
	return append(out, recall(layersOffName, func(row *SamePlaceRow) Recall { return row.LayersOff }))
}

func (p *LinearProbes) comparisons() []comparison {
	if p == nil {
		return nil
	}
	rows := p.Rows
	if p.Across != nil {
		rows = p.Across
	}
	var out []comparison
	for k, task := range p.Tasks {
		c := comparison{metric: LinearProbesMetric, name: task}
		for _, row := range rows {
			compared := comparedRow{row.Method, row.Role, row.Scores[k], nil}
			if k < len(row.Leads) {
				compared.lead = &row.Leads[k]
			}
			c.rows = append(c.rows, compared)
		}
		out = append(out, c)
	}
	return out
}

// best compares the model with the best baseline. ok is false without a model or a baseline.
func (c *comparison) best() (s ScoreSummary, ok bool) {
	s.Name = c.name
	var model, baseline bool
	for _, r := range c.rows {
		switch {
		case r.role == Model:
			s.Model, model = r.score, true
		case r.role == Baseline && r.lead != nil && (!baseline || r.score.Value > s.BestBaseline.Value):
			s.BestBaseline, s.Baseline, s.Lead, baseline = r.score, r.method, *r.lead, true
		}
	}
	return s, model && baseline
}
