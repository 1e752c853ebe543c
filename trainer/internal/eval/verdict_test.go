package eval

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// leads is a result of a model with its leads over a baseline at each shift, and over the model that it started from if
// there are any.
func leads(places int, baseline, start []Estimate) *Result {
	model := SamePlaceRow{Method: "model", Role: Model}
	other := SamePlaceRow{Method: "histogram", Role: Baseline}
	before := SamePlaceRow{Method: "before", Role: Start}
	for k, metres := range shifts() {
		model.Shifts = append(model.Shifts, ShiftScore{metres, Recall{R1: Estimate{Value: 0.9 - 0.1*float64(k)}}})
		other.Shifts = append(other.Shifts, ShiftScore{metres, Recall{R1: Estimate{Value: 0.5}, Lead: &baseline[k]}})
		if start != nil {
			before.Shifts = append(before.Shifts, ShiftScore{metres, Recall{Lead: &start[k]}})
		}
	}
	model.LayersOff.R1, other.LayersOff.R1 = unknown(), unknown()
	r := &Result{Setting: Setting{Region: "Ulm"}, GallerySize: GallerySize{Places: places}, Scores: Scores{SamePlace: &SamePlace{Rows: []SamePlaceRow{other, model}}}}
	if start != nil {
		r.SamePlace.Rows = append(r.SamePlace.Rows, before)
	}
	return r
}

// around returns estimates whose intervals are 0.1 to either side; NaN has no interval.
func around(values ...float64) []Estimate {
	var out []Estimate
	for _, v := range values {
		if math.IsNaN(v) {
			out = append(out, Estimate{0.3, v, v})
			continue
		}
		out = append(out, Estimate{v, v - 0.1, v + 0.1})
	}
	return out
}

func TestVerdict(t *testing.T) {
	none := math.NaN()
	ahead, behind := around(.5, .5, .5, .5, .5), around(-.5, 0, .05, .2, .3)
	for name, c := range map[string]struct {
		results              []*Result
		measured, compared   string
		next                 string
		collapsed, quantised bool
	}{
		"ahead": {
			results:  []*Result{leads(900, ahead, nil)},
			measured: "900 places of Ulm in 90.0 % (R@1), one shifted by up to 80 m in 50.0 %", compared: "against the best baseline: better: 0 m, 10 m, 20 m, 40 m, 80 m.",
			next: "compare on more regions",
		},
		"behind at rotations": {
			results:  []*Result{leads(900, behind, nil)},
			compared: "better: 40 m, 80 m; level: 10 m, 20 m; worse: 0 m.", next: "a baseline finds places more often",
		},
		"a small region": {results: []*Result{leads(90, ahead, nil)}, next: "fewer than 500 places"},
		"without intervals": {
			results: []*Result{leads(9, around(none, none, none, none, none), nil)}, compared: "undecided (too few blocks for an interval): 0 m, 10 m",
		},
		"fine-tuned for the better": {
			results:  []*Result{leads(900, ahead, around(0, 0, .2, .2, .2))},
			compared: "against the model before training: better: 20 m, 40 m, 80 m; level: 0 m, 10 m. against the best baseline: better", next: "neither model was trained on",
		},
		"fine-tuned for the worse": {
			results:  []*Result{leads(900, ahead, around(0, 0, 0, 0, -.2))},
			compared: "against the model before training: level: 0 m, 10 m, 20 m, 40 m; worse: 80 m.", next: "keep the model before training",
		},
		"regions that disagree": {
			results:  []*Result{leads(900, ahead, nil), leads(600, behind, nil)},
			measured: "600 to 900 places of each of 2 regions", compared: "better: 40 m, 80 m; level: 10 m, 20 m; better in some regions and worse in others: 0 m.",
		},
		"most of three regions": {
			results: []*Result{leads(900, ahead, nil), leads(900, ahead, nil), leads(900, around(0, 0, 0, 0, 0), nil)}, compared: "better: 0 m, 10 m, 20 m, 40 m, 80 m.",
		},
		"collapsed": {results: []*Result{leads(900, behind, nil)}, collapsed: true, next: "the space has collapsed"},
		"coarse":    {results: []*Result{leads(900, behind, nil)}, quantised: true, next: "--set quantise=1"},
	} {
		if c.collapsed {
			c.results[0].SpaceHealth = &SpaceHealth{Rows: []SpaceHealthRow{{Role: Model, Collapsed: true}}}
		}
		if c.quantised {
			c.results[0].QuantisationFidelity = &QuantisationFidelity{RecallLoss: Estimate{Value: 0.05}}
		}
		v := NewVerdict(c.results)
		for _, part := range []struct{ got, want string }{{v.Measured, c.measured}, {v.Compared, c.compared}, {v.Next, c.next}} {
			if !strings.Contains(part.got, part.want) {
				t.Errorf("%s: %q, want %q in it", name, part.got, part.want)
			}
		}
		if lines := v.Lines(); len(lines) != 3 || strings.Contains(fmt.Sprint(lines), "NaN") {
			t.Errorf("%s: %q", name, lines)
		}
	}
	if v := NewVerdict([]*Result{{}}); v != nil {
		t.Errorf("a verdict without a metric: %v", v)
	}
	alone := leads(900, ahead, nil)
	alone.SamePlace.Rows = alone.SamePlace.Rows[1:]
	if v := NewVerdict([]*Result{alone}); !strings.Contains(v.Compared, "neither a baseline") {
		t.Errorf("a model alone: %q", v.Compared)
	}
}
