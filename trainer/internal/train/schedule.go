package train

import "math"

// OneCycle is a learning rate that rises in a straight line over the first part of a run and falls
// along a half cosine over the rest (after Smith, Topin 2017, arXiv:1708.07120).
type OneCycle struct {
	Peak   float64 // highest rate
	WarmUp float64 // share of the run that the rise takes, 0..1
	Final  float64 // last rate, as a share of Peak
}

// Rate returns the rate after the given share of the run, 0..1.
func (c OneCycle) Rate(done float64) float64 {
	done = min(max(done, 0), 1)
	if done < c.WarmUp {
		// From Final upwards, so that the first step is not one of rate 0.
		return c.Peak * (c.Final + (1-c.Final)*done/c.WarmUp)
	}
	fall := 0.5 + 0.5*math.Cos(math.Pi*(done-c.WarmUp)/(1-c.WarmUp))
	return c.Peak * (c.Final + (1-c.Final)*fall)
}
