package train

import "math"

// OneCycle is a learning rate that rises linearly over the first part of a run and falls along a half
// cosine over the rest (after Smith, Topin 2017, arXiv:1708.07120).
type OneCycle struct {
	Peak   float64 `json:"peak"`    // highest rate
	WarmUp float64 `json:"warm_up"` // share of the run that the rise takes, 0..1
	Final  float64 `json:"final"`   // last rate as a share of Peak
}

// Rate returns the rate after the given share of the run, 0..1.
func (c OneCycle) Rate(done float64) float64 {
	done = min(max(done, 0), 1)
	if done < c.WarmUp {
		// It rises from Final: at a rate of 0 the first step would learn nothing.
		return c.Peak * (c.Final + (1-c.Final)*done/c.WarmUp)
	}
	fall := 0.5 + 0.5*math.Cos(math.Pi*(done-c.WarmUp)/(1-c.WarmUp))
	return c.Peak * (c.Final + (1-c.Final)*fall)
}
