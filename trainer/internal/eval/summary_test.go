package eval

import (
	"math"
	"testing"
)

// regionResult is a result with a model that finds share of the places at every shift, and a
// histogram that finds half of them. low is the lower end of the model's lead.
func regionResult(name string, places int, share, low float64) *Result {
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
		Setting:     Setting{Region: name},
		GallerySize: GallerySize{Places: places, Blocks: 9},
		Scores: Scores{
			SamePlace: &SamePlace{Rows: []SamePlaceRow{
				row("model", Model, share, nil),
				row(ringsName+discriminantSuffix, Baseline, 0.5, &lead),
				row("random weights", Baseline, 0.1, &Estimate{share - 0.1, -1, 1}),
				row("oracle", Oracle, 1, &Estimate{share - 1, -1, 1}),
			}},
			HardTriplets: &HardTriplets{Triplets: MinTriplets, Rows: []HardTripletsRow{
				{Method: "model", Role: Model, Accuracy: Estimate{Value: 0.95}},
				{Method: histogramName, Role: Baseline, Accuracy: Estimate{Value: 0.1}, Lead: &Estimate{Value: 0.85}},
			}},
			QuantisationFidelity: &QuantisationFidelity{Overlap: Estimate{Value: 0.97}, RecallLoss: Estimate{Value: 0.02}},
		},
	}
}

func TestSummarise(t *testing.T) {
	s := Summarise([]*Result{regionResult("ahead", 600, 0.8, 0.2), regionResult("level", 400, 0.6, -0.1), {Setting: Setting{Region: "nothing"}}})
	if len(s.Regions) != 2 {
		t.Fatalf("%d regions, want 2", len(s.Regions))
	}
	first := s.Regions[0].Scores[0]
	if first.Baseline != ringsName+discriminantSuffix || first.BestBaseline.Value != 0.5 || math.Abs(first.Lead.Value-0.3) > 1e-12 {
		t.Errorf("best baseline %+v", first)
	}
	if got := s.Mean.Scores[0]; math.Abs(got.Model.Value-0.7) > 1e-12 || math.Abs(got.Lead.Value-0.2) > 1e-12 {
		t.Errorf("mean %+v", got)
	}
	verdict := func(region, threshold int) string {
		switch p := s.Regions[region].Thresholds[threshold].Passed; {
		case p == nil:
			return "unknown"
		case *p:
			return "yes"
		}
		return "no"
	}
	for k, want := range [][2]string{
		{"yes", "no"},          // ahead at every shift, outside the interval
		{"no", "no"},           // twice the best baseline with layers off
		{"yes", "yes"},         // hard triplets
		{"unknown", "unknown"}, // probes
		{"unknown", "unknown"}, // health of the space
		{"no", "no"},           // int8: loss of R@1
	} {
		if got := [2]string{verdict(0, k), verdict(1, k)}; got != want {
			t.Errorf("threshold %q: %v, want %v", s.Regions[0].Thresholds[k].Name, got, want)
		}
	}
}

// TestProbesWithoutAScoreAreLeftOut: a probe without a score decides no threshold and no mean.
func TestProbesWithoutAScoreAreLeftOut(t *testing.T) {
	none := math.NaN()
	region := func(name string, water, landUse, lead float64, chance Number) *Result {
		r := regionResult(name, 600, 0.8, 0.2)
		r.LinearProbes = &LinearProbes{
			Tasks: []string{"water", "land use"}, Chance: []Number{0, chance},
			Rows: []ProbeRow{
				{"model", Model, []Estimate{{water, water, water}, {landUse, landUse, landUse}}, nil},
				{histogramName, Baseline, []Estimate{{water - 0.1, 0, 0}, {landUse - lead, 0, 0}}, []Estimate{{0.1, 0.05, 0.2}, {lead, lead, lead}}},
			},
		}
		return r
	}
	results := []*Result{region("one class", 0.4, none, none, Number(none)), region("two classes", 0.6, 0.7, -0.1, 0.5)}
	s := Summarise(results)
	for i, want := range []bool{true, false} {
		if got := s.Regions[i].Thresholds[3]; got.Passed == nil || *got.Passed != want {
			t.Errorf("%s: threshold %+v, want passed %v", s.Regions[i].Region, got, want)
		}
	}
	means := map[string]float64{}
	for _, score := range s.Mean.Scores {
		means[score.Name] = score.Model.Value
	}
	if math.Abs(means["water"]-0.5) > 1e-12 || means["land use"] != 0.7 {
		t.Errorf("means %v, want 0.5 for water and 0.7 for land use", means)
	}
	m, err := results[0].Map()
	if err != nil {
		t.Fatal(err)
	}
	back, err := ParseResult(m)
	if err != nil {
		t.Fatal(err)
	}
	if c := back.LinearProbes.Chance; c[0] != 0 || !math.IsNaN(float64(c[1])) || !math.IsNaN(back.LinearProbes.Rows[1].Leads[1].Value) {
		t.Errorf("through JSON: %+v", back.LinearProbes)
	}
}
