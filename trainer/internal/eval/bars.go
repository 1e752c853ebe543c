package eval

import (
	"fmt"
	"math"
	"strings"
)

// BarVerdict says whether a city passes one of the bars that a model is to pass on every city that
// was held out and has at least BarPlaces places.
type BarVerdict struct {
	Name string `json:"name"`
	// Passed is nil where the figures say nothing about it.
	Passed *bool `json:"passed"`
}

// BarPlaces is the least number of places of a city that the bars are meant for.
const BarPlaces = 500

// The bars.
const (
	barOff     = 2    // times the best baseline's R@1 with layers off
	barTwins   = 0.90 // of twins told apart
	barRank    = 8    // effective rank
	barTopTwo  = 0.60 // of the variance in two components, at most
	barOverlap = 0.95 // of neighbours kept by int8
	barLoss    = 0.01 // of R@1 lost by int8, at most
)

// bars holds the result against the bars.
func (r *Result) bars() []BarVerdict {
	verdict := func(known, passed bool, name string, args ...any) BarVerdict {
		v := BarVerdict{Name: fmt.Sprintf(name, args...)}
		if known {
			v.Passed = &passed
		}
		return v
	}
	var shifted, probed []contest
	var off, twins CityFigure
	var hasOff, hasTwins bool
	for _, c := range r.contests(r.Knowledge.hardest()) {
		switch {
		case c.name == layersOffName:
			off, hasOff = c.best()
		case c.figure == 'A':
			shifted = append(shifted, c)
		case c.figure == 'B':
			twins, hasTwins = c.best()
		case c.figure == 'C':
			probed = append(probed, c)
		}
	}
	knownA, passedA := ahead(shifted)
	knownC, passedC := ahead(probed)
	var rank *HealthRow
	if r.Health != nil {
		for i := range r.Health.Rows {
			if r.Health.Rows[i].Role == Model {
				rank = &r.Health.Rows[i]
			}
		}
	}
	q := r.Quantisation
	return []BarVerdict{
		verdict(knownA, passedA, "A: ahead of the histograms at every shift"),
		verdict(hasOff, off.Model.Value >= barOff*off.Best.Value, "A: %d x the best baseline with 3 layers off", barOff),
		verdict(hasTwins, twins.Model.Value >= barTwins, "B: %.0f %% of the twins told apart", 100*barTwins),
		verdict(knownC, passedC, "C: ahead of the histograms in every probe"),
		verdict(rank != nil, rank != nil && rank.EffectiveRank.Value >= barRank && rank.TopTwo.Value < barTopTwo,
			"G: rank %d, two components below %.0f %%", barRank, 100*barTopTwo),
		verdict(q != nil, q != nil && q.Overlap.Value >= barOverlap && q.RecallLoss.Value <= barLoss,
			"H: %.0f %% of neighbours kept, R@1 within %.0f %%", 100*barOverlap, 100*barLoss),
	}
}

// ahead reports whether the model leads all histograms, their discriminants included, outside of the
// interval in all of the contests. It is not known where there is no interval.
func ahead(contests []contest) (known, passed bool) {
	passed = true
	for _, c := range contests {
		for _, row := range c.rows {
			if row.lead == nil || !isHistogram(row.method) || math.IsNaN(row.lead.Low) {
				continue
			}
			known = true
			passed = passed && row.lead.Low > 0
		}
	}
	return known, passed
}

func isHistogram(method string) bool {
	name := strings.TrimSuffix(method, discriminantSuffix)
	return name == histogramName || name == ringsName
}
