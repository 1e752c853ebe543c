package eval

import (
	"fmt"
	"io"
	"math"
	"strings"
)

// Headline sums up cities that were held out as a whole: what may be quoted about a model.
type Headline struct {
	Cities []City `json:"cities"`
	// Mean is the mean of the cities, each of them counting once, over those that have the figure.
	Mean City `json:"mean"`
}

// City is one line of a headline.
type City struct {
	Region  string       `json:"region"`
	Places  int          `json:"places"`
	Blocks  int          `json:"blocks"`
	Figures []CityFigure `json:"figures"`
	Bars    []BarVerdict `json:"bars,omitempty"`
}

// CityFigure is one figure of a city: the model's score and that of the baseline that does best.
type CityFigure struct {
	Name     string   `json:"name"`
	Model    Estimate `json:"model"`
	Best     Estimate `json:"best_baseline"`
	Baseline string   `json:"baseline,omitempty"` // whose it is
	// Lead is the model's score minus the baseline's on the same places.
	Lead Estimate `json:"lead"`
}

// NewHeadline sums up results of whole cities. It leaves out what has no model.
func NewHeadline(results []*Result) *Headline {
	h := &Headline{Mean: City{Region: "mean"}}
	for _, r := range results {
		c := City{Region: r.Region, Places: r.Places, Blocks: r.Blocks, Bars: r.bars()}
		for _, figure := range r.contests(r.Knowledge.hardest()) {
			if f, ok := figure.best(); ok {
				c.Figures = append(c.Figures, f)
			}
		}
		if len(c.Figures) > 0 {
			h.Cities = append(h.Cities, c)
		}
	}
	h.average()
	return h
}

// average fills in Mean.
func (h *Headline) average() {
	unknown := math.NaN()
	for _, name := range h.figureNames() {
		mean := CityFigure{Name: name}
		var n float64
		for _, c := range h.Cities {
			for _, f := range c.Figures {
				if f.Name == mean.Name && !math.IsNaN(f.Model.Value) && !math.IsNaN(f.Best.Value) {
					mean.Model.Value += f.Model.Value
					mean.Best.Value += f.Best.Value
					n++
				}
			}
		}
		mean.Model = Estimate{mean.Model.Value / n, unknown, unknown}
		mean.Best = Estimate{mean.Best.Value / n, unknown, unknown}
		mean.Lead = Estimate{mean.Model.Value - mean.Best.Value, unknown, unknown}
		h.Mean.Figures = append(h.Mean.Figures, mean)
	}
	for _, c := range h.Cities {
		h.Mean.Places += c.Places
		h.Mean.Blocks += c.Blocks
	}
}

// figureNames lists the figures of all cities in the order in which they turn up.
func (h *Headline) figureNames() []string {
	var names []string
	seen := map[string]bool{}
	for _, c := range h.Cities {
		for _, f := range c.Figures {
			if !seen[f.Name] {
				seen[f.Name] = true
				names = append(names, f.Name)
			}
		}
	}
	return names
}

// contest is a figure in which methods are compared.
type contest struct {
	figure rune // its letter
	name   string
	rows   []scored
}

// scored is one method's score in a contest.
type scored struct {
	method string
	role   Role
	score  Estimate
	lead   *Estimate // the model's over it; nil for the model
}

// Names of contests.
const (
	layersOffName = "3 layers off"
	twinsName     = "twins"
)

// contests lists the figures in which methods are compared; probes are the rows of figure C, which
// has two kinds.
func (r *Result) contests(probes []KnowledgeRow) []contest {
	var out []contest
	if a := r.SamePlace; a != nil {
		recall := func(name string, of func(row *SamePlaceRow) Recall) {
			c := contest{figure: 'A', name: name}
			for i := range a.Rows {
				row := &a.Rows[i]
				c.rows = append(c.rows, scored{row.Method, row.Role, of(row).R1, of(row).Lead})
			}
			out = append(out, c)
		}
		for _, metres := range shifts() {
			recall(fmt.Sprintf("%g m", metres), func(row *SamePlaceRow) Recall { return row.at(metres) })
		}
		recall(layersOffName, func(row *SamePlaceRow) Recall { return row.LayersOff })
	}
	if b := r.Twins; b != nil && b.Triplets >= MinTriplets {
		c := contest{figure: 'B', name: twinsName}
		for _, row := range b.Rows {
			c.rows = append(c.rows, scored{row.Method, row.Role, row.Share, row.Lead})
		}
		out = append(out, c)
	}
	if r.Knowledge == nil {
		return out
	}
	for k, task := range r.Knowledge.Tasks {
		c := contest{figure: 'C', name: task}
		for _, row := range probes {
			s := scored{row.Method, row.Role, row.Scores[k], nil}
			if k < len(row.Leads) {
				s.lead = &row.Leads[k]
			}
			c.rows = append(c.rows, s)
		}
		out = append(out, c)
	}
	return out
}

// hardest returns the rows of probes from other regions where there are some.
func (f *Knowledge) hardest() []KnowledgeRow {
	switch {
	case f == nil:
		return nil
	case f.Across != nil:
		return f.Across
	}
	return f.Rows
}

// best compares the model with the best of the baselines; ok is false where one of them lacks.
func (c *contest) best() (f CityFigure, ok bool) {
	f.Name = c.name
	var model, baseline bool
	for _, r := range c.rows {
		switch {
		case r.role == Model:
			f.Model, model = r.score, true
		case r.role == Baseline && r.lead != nil && (!baseline || r.score.Value > f.Best.Value):
			f.Best, f.Baseline, f.Lead, baseline = r.score, r.method, *r.lead, true
		}
	}
	return f, model && baseline
}

// WriteTable writes the headline in Markdown.
func (h *Headline) WriteTable(w io.Writer) error {
	var b strings.Builder
	b.WriteString("## Headline: whole cities held out\n\n")
	if len(h.Cities) == 0 {
		b.WriteString("None.\n")
		_, err := io.WriteString(w, b.String())
		return err
	}
	b.WriteString("The model in %, and its lead over the baseline that does best; *: the interval of the lead lies above 0, !: below 0.\nMetres: R@1 over the shift of the query\n\n")
	t := table{{"city", "N"}}
	t[0] = append(t[0], h.figureNames()...)
	for _, c := range append(h.Cities, h.Mean) {
		line := []string{c.Region, fmt.Sprint(c.Places)}
		for _, name := range h.figureNames() {
			line = append(line, c.cell(name))
		}
		t = append(t, line)
	}
	t.write(&b)
	fmt.Fprintf(&b, "\nThe bars, meant for cities of %d places or more\n\n", BarPlaces)
	t = table{{"city", "N"}}
	for _, bar := range h.Cities[0].Bars {
		t[0] = append(t[0], bar.Name)
	}
	for _, c := range h.Cities {
		line := []string{c.Region, fmt.Sprint(c.Places)}
		for _, bar := range c.Bars {
			switch {
			case bar.Passed == nil:
				line = append(line, "–")
			case *bar.Passed:
				line = append(line, "yes")
			default:
				line = append(line, "no")
			}
		}
		t = append(t, line)
	}
	t.write(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

// cell formats a figure as "75.2 (+3.1*)".
func (c *City) cell(name string) string {
	for _, f := range c.Figures {
		if f.Name != name || math.IsNaN(f.Model.Value) {
			continue
		}
		mark := ""
		switch {
		case f.Lead.Low > 0:
			mark = "*"
		case f.Lead.High < 0:
			mark = "!"
		}
		return fmt.Sprintf("%.1f (%+.1f%s)", 100*f.Model.Value, 100*f.Lead.Value, mark)
	}
	return "–"
}
