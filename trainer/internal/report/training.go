package report

import (
	"fmt"
	"html/template"
)

// lossChart draws the smoothed loss over training time, with the raw values faint behind it.
func lossChart(t *Training) template.HTML {
	raw := series{style: 0, faint: true}
	smooth := series{name: "loss", style: 0}
	var mean float64
	// Smoothed over about a fortieth of the run.
	weight := 1.0 / float64(max(1, len(t.Loss)/40))
	for i, l := range t.Loss {
		if i == 0 {
			mean = l.Loss
		}
		mean += weight * (l.Loss - mean)
		minutes := l.Seconds / 60
		raw.x, raw.y = append(raw.x, minutes), append(raw.y, l.Loss)
		smooth.x, smooth.y = append(smooth.x, minutes), append(smooth.y, mean)
	}
	c := chart{
		label: "Loss over training time", xLabel: "minutes of training", yLabel: t.lossLabel(),
		series: []series{smooth, raw},
	}
	return c.svg()
}

func (t *Training) lossLabel() string {
	if t.LossName == "" {
		return "loss"
	}
	return "loss (" + t.LossName + ")"
}

// recallFigure is the chart of R@1 over time at one shift in metres.
type recallFigure struct {
	Metres float64
	Chart  template.HTML
}

// recallCharts draws R@1 of the model and of the baselines over training time, one chart for each shift.
func recallCharts(h *RecallHistory) []recallFigure {
	var out []recallFigure
	for k, metres := range h.Shifts {
		model := series{name: "this model", style: 0, markers: len(h.Points) <= 40}
		for _, q := range h.Points {
			model.x, model.y = append(model.x, q.Seconds/60), append(model.y, q.R1[k])
		}
		c := chart{
			label:  fmt.Sprintf("R@1 over training time at shifts up to %g m", metres),
			xLabel: "minutes of training", yPercent: true, legend: true,
			yMin: 0, yMax: 0.01,
		}
		if n := len(model.y); n > 0 {
			model.note = percent(model.y[n-1])
		}
		c.series = append(c.series, model)
		first, last := 0.0, 1.0
		if n := len(model.x); n > 0 {
			first, last = model.x[0], model.x[n-1]
		}
		for i, l := range h.Baselines {
			c.series = append(c.series, series{
				name: l.Name, style: 1 + i%(styles-1), x: []float64{first, last}, y: []float64{l.R1[k], l.R1[k]},
				note: percent(l.R1[k]),
			})
		}
		out = append(out, recallFigure{metres, c.svg()})
	}
	return out
}
