package eval

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Verdict sums up an evaluation in three sentences for people.
type Verdict struct {
	Measured string `json:"measured"` // what was measured, and the recall of the model
	Compared string `json:"compared"` // where the model is better, level or worse
	Next     string `json:"next"`     // what to try next
}

// Lines returns the sentences with what each is about.
func (v *Verdict) Lines() []string {
	return []string{"Measured: " + v.Measured, "Compared: " + v.Compared, "Next: " + v.Next}
}

// NewVerdict sums up regions, of which there must be one or more. It returns nil when none of them has the metric of the
// same place for a model.
//
// A score is better than another method's where the whole interval of the difference lies above 0, worse where it lies
// below, and level otherwise. Of several regions more than half decide, unless others contradict them.
func NewVerdict(results []*Result) *Verdict {
	var scored []*Result
	for _, r := range results {
		if r.modelRecall() != nil {
			scored = append(scored, r)
		}
	}
	if len(scored) == 0 {
		return nil
	}
	return &Verdict{Measured: measured(scored), Compared: compared(scored), Next: next(scored)}
}

// modelRecall returns the model's row of the recalls of the same place, or nil.
func (r *Result) modelRecall() *SamePlaceRow {
	if r.SamePlace == nil {
		return nil
	}
	i := slices.IndexFunc(r.SamePlace.Rows, func(row SamePlaceRow) bool { return row.Role == Model })
	if i < 0 {
		return nil
	}
	return &r.SamePlace.Rows[i]
}

// measured tells the mean recall at the least and the greatest shift.
func measured(results []*Result) string {
	least, greatest := shifts()[0], shifts()[len(shifts())-1]
	var near, far float64
	sizes := make([]int, len(results))
	for i, r := range results {
		row := r.modelRecall()
		near += row.At(least).R1.Value / float64(len(results))
		far += row.At(greatest).R1.Value / float64(len(results))
		sizes[i] = r.Places
	}
	where := fmt.Sprintf("%d places of %s", sizes[0], results[0].Region)
	if len(results) > 1 {
		where = fmt.Sprintf("%d to %d places of each of %d regions", slices.Min(sizes), slices.Max(sizes), len(results))
	}
	return fmt.Sprintf("a rotated view finds its place among %s in %.1f %% (R@1), one shifted by up to %g m in %.1f %%.", where, 100*near, greatest, 100*far)
}

// outcome says how the model compares with another method.
type outcome int

const (
	better outcome = iota
	level
	worse
	mixed
	undecided // no intervals
)

// compared compares the model with the one that it started from and with the best baseline.
func compared(results []*Result) string {
	var out []string
	for _, rival := range []struct {
		name string
		lead func(c *comparison) (Estimate, bool)
	}{
		{"the model before training", leadOverStart}, {"the best baseline", leadOverBaselines},
	} {
		if text := outcomes(results, rival.lead); text != "" {
			out = append(out, fmt.Sprintf("against %s: %s.", rival.name, text))
		}
	}
	if len(out) == 0 {
		return "nothing: there is neither a baseline nor a model to start from."
	}
	return strings.Join(out, " ")
}

func leadOverStart(c *comparison) (Estimate, bool) {
	for _, r := range c.rows {
		if r.role == Start && r.lead != nil {
			return *r.lead, true
		}
	}
	return Estimate{}, false
}

func leadOverBaselines(c *comparison) (Estimate, bool) {
	best, ok := c.best()
	return best.Lead, ok
}

// outcomes lists the scores by outcome, and is empty when no score can be compared.
func outcomes(results []*Result, lead func(c *comparison) (Estimate, bool)) string {
	var names []string
	leads := map[string][]Estimate{}
	for _, r := range results {
		for _, c := range r.comparisons() {
			e, ok := lead(&c)
			if !ok || math.IsNaN(e.Value) {
				continue
			}
			if leads[c.name] == nil {
				names = append(names, c.name)
			}
			leads[c.name] = append(leads[c.name], e)
		}
	}
	of := map[outcome][]string{}
	for _, name := range names {
		o := decide(leads[name])
		of[o] = append(of[o], name)
	}
	var out []string
	for o, word := range []string{"better", "level", "worse", "better in some regions and worse in others", "undecided (too few blocks for an interval)"} {
		if list := of[outcome(o)]; len(list) > 0 {
			out = append(out, word+": "+strings.Join(list, ", "))
		}
	}
	return strings.Join(out, "; ")
}

// decide returns the outcome of one score over regions.
func decide(leads []Estimate) outcome {
	var above, below, known int
	for _, e := range leads {
		switch {
		case math.IsNaN(e.Low) || math.IsNaN(e.High):
			continue
		case e.Low > 0:
			above++
		case e.High < 0:
			below++
		}
		known++
	}
	switch {
	case known == 0:
		return undecided
	case above > 0 && below > 0:
		return mixed
	case 2*above > known:
		return better
	case 2*below > known:
		return worse
	}
	return level
}

// next says what to try, the most urgent first.
func next(results []*Result) string {
	var started, lost, behind, collapsed, coarse bool
	small := true
	for _, r := range results {
		for _, c := range r.comparisons() {
			if c.metric != SamePlaceMetric {
				continue
			}
			if lead, ok := leadOverStart(&c); ok {
				started = true
				lost = lost || lead.High < 0
			}
			lead, ok := leadOverBaselines(&c)
			behind = behind || ok && c.name != layersOffName && lead.High < 0
		}
		health, fidelity := r.modelHealth(), r.QuantisationFidelity
		collapsed = collapsed || health != nil && health.Collapsed
		coarse = coarse || fidelity != nil && fidelity.RecallLoss.Value > maxRecallLoss
		small = small && r.Places < ThresholdPlaces
	}
	switch {
	case collapsed:
		return "the space has collapsed: train anew with a lower --rate, or with another --loss."
	case lost:
		return "training has lost recall: keep the model before training, or train with a lower --rate and on more regions."
	case coarse:
		return "quantisation costs recall: train some last steps with --set quantise=1."
	case behind:
		return "a baseline finds places more often at some shifts: train for more steps, on more regions."
	case small:
		return fmt.Sprintf("fewer than %d places decide little: evaluate on a larger region, or on several.", ThresholdPlaces)
	case started:
		return "evaluate on a region that neither model was trained on."
	}
	return "compare on more regions; --metrics linear_probes with --fit-pack tells what else the vectors know."
}
