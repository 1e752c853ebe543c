package eval

import (
	"fmt"
	"math"
	"strings"
)

// ThresholdResult tells whether a region passes one of the thresholds that a model should reach on
// every held-out region with at least ThresholdPlaces places.
type ThresholdResult struct {
	Name   string `json:"name"`
	Passed *bool  `json:"passed"` // nil when the metric was not computed or has no interval
}

// ThresholdPlaces is the least number of places of a region for which the thresholds are meant.
const ThresholdPlaces = 500

// The thresholds.
const (
	minLayersOffFactor = 2    // times the best baseline's R@1 with layers off
	minTripletAccuracy = 0.90 // on hard triplets
	minRank            = 8    // effective rank
	maxTopTwo          = 0.60 // share of the variance in two components
	minOverlap         = 0.95 // of nearest neighbours before and after quantisation
	maxRecallLoss      = 0.01 // of R@1 by quantisation
)

// thresholds checks the result against the thresholds.
func (r *Result) thresholds() []ThresholdResult {
	var shifted, probed []comparison
	var layersOff, triplets *ScoreSummary
	for _, c := range r.comparisons() {
		best, ok := c.best()
		switch {
		case c.metric == LinearProbesMetric:
			probed = append(probed, c)
		case c.metric == SamePlaceMetric && c.name != layersOffName:
			shifted = append(shifted, c)
		case ok && c.metric == SamePlaceMetric:
			layersOff = &best
		case ok:
			triplets = &best
		}
	}
	recallAhead, probesAhead := ahead(shifted), ahead(probed)
	health, fidelity := r.modelHealth(), r.QuantisationFidelity
	return []ThresholdResult{
		{"R@1 ahead of the histograms at every shift", recallAhead},
		{fmt.Sprintf("%d x the best baseline with 3 layers off", minLayersOffFactor),
			passed(layersOff != nil, func() bool { return layersOff.Model.Value >= minLayersOffFactor*layersOff.BestBaseline.Value })},
		{fmt.Sprintf("accuracy of %.0f %% on hard triplets", 100*minTripletAccuracy),
			passed(triplets != nil, func() bool { return triplets.Model.Value >= minTripletAccuracy })},
		{"ahead of the histograms in every probe", probesAhead},
		{fmt.Sprintf("rank %d, two components below %.0f %%", minRank, 100*maxTopTwo),
			passed(health != nil, func() bool { return health.EffectiveRank.Value >= minRank && health.TopTwo.Value < maxTopTwo })},
		{fmt.Sprintf("int8 keeps %.0f %% of neighbours, R@1 within %.0f %%", 100*minOverlap, 100*maxRecallLoss),
			passed(fidelity != nil, func() bool { return fidelity.Overlap.Value >= minOverlap && fidelity.RecallLoss.Value <= maxRecallLoss })},
	}
}

// passed returns the outcome of a check, and nil when it is not known.
func passed(known bool, check func() bool) *bool {
	if !known {
		return nil
	}
	ok := check()
	return &ok
}

// modelHealth returns the model's row of the space's health, or nil.
func (r *Result) modelHealth() *SpaceHealthRow {
	if r.SpaceHealth == nil {
		return nil
	}
	for i := range r.SpaceHealth.Rows {
		if r.SpaceHealth.Rows[i].Role == Model {
			return &r.SpaceHealth.Rows[i]
		}
	}
	return nil
}

// ahead reports whether the whole interval of the model's lead over each histogram, with and without
// a discriminant, lies above 0 in all comparisons. It returns nil when no lead has an interval.
func ahead(comparisons []comparison) *bool {
	known, all := false, true
	for _, c := range comparisons {
		for _, row := range c.rows {
			if row.lead == nil || !isHistogram(row.method) || math.IsNaN(row.lead.Low) {
				continue
			}
			known = true
			all = all && row.lead.Low > 0
		}
	}
	return passed(known, func() bool { return all })
}

func isHistogram(method string) bool {
	name := strings.TrimSuffix(method, discriminantSuffix)
	return name == histogramName || name == ringsName
}
