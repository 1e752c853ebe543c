package eval

import (
	"io"
	"math"
	"strings"
	"testing"
)

// cityResult is a result with a model that finds share of the places at every shift, beside a
// histogram that finds half of them and a lead of which low is the lower end.
func cityResult(name string, places int, share, low float64) *Result {
	lead := Estimate{share - 0.5, low, 1}
	row := func(method string, role Role, value float64, lead *Estimate) SamePlaceRow {
		r := SamePlaceRow{Method: method, Role: role}
		recall := Recall{R1: Estimate{Value: value}, Lead: lead}
		for _, metres := range shifts() {
			r.Shifts = append(r.Shifts, ShiftScore{metres, recall})
		}
		r.LayersOff = recall
		return r
	}
	return &Result{
		Region: name, Places: places, Blocks: 9,
		SamePlace: &SamePlace{Rows: []SamePlaceRow{
			row("model", Model, share, nil),
			row(ringsName+discriminantSuffix, Baseline, 0.5, &lead),
			row("random weights", Baseline, 0.1, &Estimate{share - 0.1, -1, 1}),
			row("oracle", Oracle, 1, &Estimate{share - 1, -1, 1}),
		}},
		Twins:        &Twins{Triplets: MinTriplets, Rows: []TwinRow{{Method: "model", Role: Model, Share: Estimate{Value: 0.95}}, {Method: histogramName, Role: Baseline, Share: Estimate{Value: 0.1}, Lead: &Estimate{Value: 0.85}}}},
		Quantisation: &Quantisation{Overlap: Estimate{Value: 0.97}, RecallLoss: Estimate{Value: 0.02}},
	}
}

func TestHeadline(t *testing.T) {
	h := NewHeadline([]*Result{cityResult("ahead", 600, 0.8, 0.2), cityResult("level", 400, 0.6, -0.1), {Region: "nothing"}})
	if len(h.Cities) != 2 {
		t.Fatalf("%d cities, want 2", len(h.Cities))
	}
	first := h.Cities[0].Figures[0]
	if first.Baseline != ringsName+discriminantSuffix || first.Best.Value != 0.5 || math.Abs(first.Lead.Value-0.3) > 1e-12 {
		t.Errorf("best baseline %+v", first)
	}
	if got := h.Mean.Figures[0]; math.Abs(got.Model.Value-0.7) > 1e-12 || math.Abs(got.Lead.Value-0.2) > 1e-12 {
		t.Errorf("mean %+v", got)
	}
	verdict := func(city, bar int) string {
		switch p := h.Cities[city].Bars[bar].Passed; {
		case p == nil:
			return "unknown"
		case *p:
			return "yes"
		}
		return "no"
	}
	for bar, want := range [][2]string{
		{"yes", "no"},          // ahead at every shift, outside of the interval
		{"no", "no"},           // twice the best with layers off
		{"yes", "yes"},         // twins
		{"unknown", "unknown"}, // probes
		{"unknown", "unknown"}, // health
		{"no", "no"},           // int8: R@1 lost
	} {
		if got := [2]string{verdict(0, bar), verdict(1, bar)}; got != want {
			t.Errorf("bar %q: %v, want %v", h.Cities[0].Bars[bar].Name, got, want)
		}
	}
	var b strings.Builder
	if err := h.WriteTable(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| ahead | 600 |", "80.0 (+30.0*)", "| level | 400 |", "60.0 (+10.0)", "95.0 (+85.0", "| mean "} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	b.Reset()
	if err := NewHeadline(nil).WriteTable(&b); err != nil || !strings.Contains(b.String(), "None.") {
		t.Errorf("%v: %s", err, b.String())
	}
}

// A probe without a score decides no bar, moves no mean and is a dash wherever it is shown.
func TestProbesWithoutAScoreAreLeftOut(t *testing.T) {
	none := math.NaN()
	city := func(name string, water, landUse, lead float64, chance Number) *Result {
		r := cityResult(name, 600, 0.8, 0.2)
		r.Knowledge = &Knowledge{
			Tasks: []string{"water", "land use"}, Chance: []Number{0, chance},
			Rows: []KnowledgeRow{
				{"model", Model, []Estimate{{water, water, water}, {landUse, landUse, landUse}}, nil},
				{histogramName, Baseline, []Estimate{{water - 0.1, 0, 0}, {landUse - lead, 0, 0}}, []Estimate{{0.1, 0.05, 0.2}, {lead, lead, lead}}},
			},
		}
		return r
	}
	results := []*Result{city("one class", 0.4, none, none, Number(none)), city("two classes", 0.6, 0.7, -0.1, 0.5)}
	h := NewHeadline(results)
	for i, want := range []bool{true, false} {
		if got := h.Cities[i].Bars[3]; got.Passed == nil || *got.Passed != want {
			t.Errorf("%s: bar %+v, want passed %v", h.Cities[i].Region, got, want)
		}
	}
	figures := map[string]float64{}
	for _, f := range h.Mean.Figures {
		figures[f.Name] = f.Model.Value
	}
	if math.Abs(figures["water"]-0.5) > 1e-12 || figures["land use"] != 0.7 {
		t.Errorf("means %v, want 0.5 for water and 0.7 for land use", figures)
	}
	var b strings.Builder
	for _, write := range []func(io.Writer) error{h.WriteTable, results[0].WriteTable, NewHeadline(results[:1]).WriteTable} {
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"40.0 (+10.0*) |        – |", "–: the places differ too little"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	if strings.Contains(b.String(), "NaN") {
		t.Errorf("NaN in\n%s", b.String())
	}
	m, err := results[0].Map()
	if err != nil {
		t.Fatal(err)
	}
	back, err := ParseResult(m)
	if err != nil {
		t.Fatal(err)
	}
	if c := back.Knowledge.Chance; c[0] != 0 || !math.IsNaN(float64(c[1])) || !math.IsNaN(back.Knowledge.Rows[1].Leads[1].Value) {
		t.Errorf("through JSON: %+v", back.Knowledge)
	}
}
