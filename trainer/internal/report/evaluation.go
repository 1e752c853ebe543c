package report

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"slices"
	"strings"

	"github.com/loc2vec/loc2vec/trainer/internal/eval"
)

// styles is the number of line styles in page.css; style 0 is the model's.
const styles = 8

// compared returns the rows of the model, of the one that it started from and of the baselines, the model first.
func compared(rows []eval.SamePlaceRow) []eval.SamePlaceRow {
	var model, others []eval.SamePlaceRow
	for _, r := range rows {
		switch r.Role {
		case eval.Model:
			model = append(model, r)
		case eval.Start, eval.Baseline:
			others = append(others, r)
		}
	}
	return append(model, others...)
}

// order sorts the model first, then itself before quantisation, the one that it started from, the baselines and the
// oracles.
func order(role eval.Role) int {
	return slices.Index([]eval.Role{eval.Model, eval.Float, eval.Start, eval.Baseline, eval.Oracle}, role)
}

// styleOf returns 0 for the model, and the others for the baselines in turn.
func styleOf(role eval.Role, baseline int) int {
	if role == eval.Model {
		return 0
	}
	return 1 + baseline%(styles-1)
}

// shiftChart draws R@1 over the shift of the query.
func shiftChart(r *eval.Result) template.HTML {
	c := chart{
		label: "R@1 over the shift of the query", xLabel: "shift of the query, up to … metres on each axis",
		yPercent: true, yMin: 0, yMax: 1, legend: true,
	}
	baseline := 0
	for _, row := range compared(r.SamePlace.Rows) {
		s := series{name: row.Method, style: styleOf(row.Role, baseline), markers: true}
		if row.Role != eval.Model {
			baseline++
		}
		c.xTicks = nil
		for _, at := range row.Shifts {
			s.x, s.y = append(s.x, at.Metres), append(s.y, at.R1.Value)
			s.low, s.high = append(s.low, at.R1.Low), append(s.high, at.R1.High)
			c.xTicks = append(c.xTicks, at.Metres)
		}
		c.series = append(c.series, s)
	}
	return c.svg()
}

// hardTripletsChart draws the accuracies on hard triplets as dots with their intervals.
func hardTripletsChart(r *eval.Result) template.HTML {
	const left, right, line, top = 262, 532, 34, 24
	var rows []eval.HardTripletsRow
	for _, row := range r.HardTriplets.Rows {
		if row.Role == eval.Model {
			rows = append([]eval.HardTripletsRow{row}, rows...)
		} else if row.Role == eval.Start || row.Role == eval.Baseline {
			rows = append(rows, row)
		}
	}
	height := top + line*len(rows) + 30
	x := scale{0, 1, left, right}
	var b strings.Builder
	openChart(&b, height, "Accuracy on hard triplets")
	for _, v := range []float64{0, 0.25, 0.5, 0.75, 1} {
		fmt.Fprintf(&b, `<line class="grid" x1="%[1]s" x2="%[1]s" y1="%d" y2="%d"/>`, px(x.at(v)), top-8, height-26)
		fmt.Fprintf(&b, `<text class="tick" x="%s" y="%d" text-anchor="middle">%g %%</text>`, px(x.at(v)), height-8, 100*v)
	}
	baseline := 0
	for i, row := range rows {
		y := float64(top + line*i + line/2 - 8)
		style := styleOf(row.Role, baseline)
		if row.Role != eval.Model {
			baseline++
		}
		class := "name"
		if row.Role == eval.Model {
			class = "name strong"
		}
		fmt.Fprintf(&b, `<text class="%s" x="%d" y="%s" text-anchor="end">%s</text>`, class, left-12, px(y+4.5), html.EscapeString(row.Method))
		if !math.IsNaN(row.Accuracy.Low) {
			fmt.Fprintf(&b, `<line class="whisker s%d" x1="%s" x2="%s" y1="%[4]s" y2="%[4]s"/>`, style, px(x.at(row.Accuracy.Low)), px(x.at(row.Accuracy.High)), px(y))
		}
		marker(&b, style, x.at(row.Accuracy.Value), y)
	}
	b.WriteString(`</svg></div>`)
	return template.HTML(b.String())
}

// shown returns the rows of all methods but the oracles, the model first.
func shown[R any](rows []R, role func(R) eval.Role) []R {
	out := slices.DeleteFunc(slices.Clone(rows), func(r R) bool { return role(r) == eval.Oracle })
	slices.SortStableFunc(out, func(a, b R) int { return order(role(a)) - order(role(b)) })
	return out
}

// scoreRow is a method's row in a table of scores.
type scoreRow struct {
	method    string
	role      eval.Role
	dimension int // not shown when 0
	scores    []eval.Estimate
	lead      *eval.Estimate // of the model; nil in its own row
}

// samePlaceTable writes the recalls of the same place.
func samePlaceTable(r *eval.Result) template.HTML {
	var heads []string
	var rows []scoreRow
	for _, row := range shown(r.SamePlace.Rows, func(r eval.SamePlaceRow) eval.Role { return r.Role }) {
		heads = nil
		line := scoreRow{method: row.Method, role: row.Role, dimension: row.Dimension}
		for _, s := range row.Shifts {
			heads = append(heads, fmt.Sprintf("%g m", s.Metres))
			line.scores = append(line.scores, s.R1)
		}
		widest := row.Shifts[len(row.Shifts)-1]
		line.scores = append(line.scores, widest.R10, row.MAPAtR, row.LayersOff.R1, row.Nearby.R1)
		line.lead = widest.Lead
		rows = append(rows, line)
	}
	return scoreTable(append(heads, "R@10, 80 m", "MAP@5, 80 m", "3 layers off", "within 2 km"), rows)
}

// hardTripletsTable writes the accuracies on hard triplets.
func hardTripletsTable(r *eval.Result) template.HTML {
	var rows []scoreRow
	for _, row := range shown(r.HardTriplets.Rows, func(r eval.HardTripletsRow) eval.Role { return r.Role }) {
		rows = append(rows, scoreRow{method: row.Method, role: row.Role, scores: []eval.Estimate{row.Accuracy, row.Accuracy20}, lead: row.Lead})
	}
	return scoreTable([]string{"80 m", "20 m"}, rows)
}

// scoreTable writes scores and the model's lead at the widest shift. It marks the best score of each
// column among the model, the one that it started from and the baselines.
func scoreTable(heads []string, rows []scoreRow) template.HTML {
	best := slices.Repeat([]float64{math.Inf(-1)}, len(heads))
	candidate := func(r scoreRow) bool { return r.role == eval.Model || r.role == eval.Start || r.role == eval.Baseline }
	for _, row := range rows {
		for j, e := range row.scores {
			if candidate(row) && e.Value > best[j] {
				best[j] = e.Value
			}
		}
	}
	var b strings.Builder
	b.WriteString(`<div class="scroll"><table><thead><tr><th>method</th>`)
	for _, h := range append(heads, "model leads by, 80 m") {
		fmt.Fprintf(&b, `<th>%s</th>`, h)
	}
	b.WriteString(`</tr></thead><tbody>`)
	for _, row := range rows {
		fmt.Fprintf(&b, `<tr class="%s"><th>%s`, row.role, html.EscapeString(row.method))
		if row.dimension > 0 {
			fmt.Fprintf(&b, `<small> D = %d</small>`, row.dimension)
		}
		b.WriteString(`</th>`)
		for j, e := range row.scores {
			class := ""
			if candidate(row) && e.Value == best[j] {
				class = ` class="best"`
			}
			fmt.Fprintf(&b, `<td%s>%s</td>`, class, score(e))
		}
		lead := ""
		if row.lead != nil {
			lead = score(*row.lead)
		}
		fmt.Fprintf(&b, `<td>%s</td></tr>`, lead)
	}
	b.WriteString(`</tbody></table></div>`)
	return template.HTML(b.String())
}

// score formats an estimate with its interval below it.
func score(e eval.Estimate) string {
	if math.IsNaN(e.Value) {
		return "–"
	}
	return fmt.Sprintf(`%s<small>%s</small>`, share(e.Value), interval(e))
}

// spaceHealthTable writes the health of the space.
func spaceHealthTable(r *eval.Result) template.HTML {
	var b strings.Builder
	b.WriteString(`<div class="scroll"><table><thead><tr><th>method</th><th>effective rank</th><th>first two components</th><th>alignment</th><th>uniformity</th><th>deviation of each number</th></tr></thead><tbody>`)
	for _, row := range shown(r.SpaceHealth.Rows, func(r eval.SpaceHealthRow) eval.Role { return r.Role }) {
		name := html.EscapeString(row.Method)
		if row.Collapsed {
			name += ` <strong class="red">collapsed</strong>`
		}
		rank := ""
		if !math.IsNaN(row.EffectiveRank.Low) {
			rank = fmt.Sprintf("%.1f–%.1f", row.EffectiveRank.Low, row.EffectiveRank.High)
		}
		fmt.Fprintf(&b, `<tr class="%s"><th>%s<small> D = %d</small></th><td>%.1f<small>%s</small></td><td>%s<small>%s</small></td><td>%.2f</td><td>%.2f</td><td>%s</td></tr>`,
			row.Role, name, row.Dimension, row.EffectiveRank.Value, rank, percent(row.TopTwo.Value), interval(row.TopTwo), row.Alignment.Value, row.Uniformity, deviationBars(row.Deviation))
	}
	b.WriteString(`</tbody></table></div>`)
	return template.HTML(b.String())
}

// deviationBars draws small bars, scaled to the greatest.
func deviationBars(values []float64) string {
	const height, width = 22.0, 4
	var top float64
	for _, v := range values {
		top = max(top, v)
	}
	if top == 0 {
		top = 1
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="bars" width="%d" height="%g" role="img" aria-label="deviations">`, width*len(values), height)
	for i, v := range values {
		h := max(height*v/top, 1)
		fmt.Fprintf(&b, `<rect x="%d" y="%s" width="%d" height="%s"/>`, i*width, px(height-h), width-1, px(h))
	}
	b.WriteString(`</svg>`)
	return b.String()
}
