package report

import (
	"bytes"
	"flag"
	"fmt"
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec/trainer/internal/eval"
)

var write = flag.String("write", "", "also write the sample page to this file, for inspection")

func estimate(v float64) eval.Estimate { return eval.Estimate{Value: v, Low: v - 0.03, High: v + 0.03} }

func sampleResult() *eval.Result {
	r := &eval.Result{
		Setting: eval.Setting{
			Region: "Bremen, held-out blocks", Split: "blocks of 2 km, at least 1 km from any training place",
			FittedOn: "2,000 training places",
		},
		GallerySize: eval.GallerySize{Places: 1000, Blocks: 87, Dropped: eval.Dropped{Candidates: 1312, Empty: 290, Duplicates: 22}},
	}
	r.Scores = eval.Scores{
		SamePlace: &eval.SamePlace{}, HardTriplets: &eval.HardTriplets{Triplets: 611, ChiSquare: 0.002, LayoutDifference: 0.6}, SpaceHealth: &eval.SpaceHealth{},
		QuantisationFidelity: &eval.QuantisationFidelity{Overlap: estimate(0.962), RecallLoss: estimate(0.004), Cosine: estimate(0.9991), CosineLow: 0.997, DistanceError: 0.041, DistanceErrorMedian: 0.008},
	}
	for i, m := range []struct {
		name string
		role eval.Role
		d    int
		r1   [5]float64
	}{
		{"histogram (12)", eval.Baseline, 12, [5]float64{.739, .732, .679, .600, .375}},
		{"ring histogram (36)", eval.Baseline, 36, [5]float64{.994, .866, .710, .451, .219}},
		{"histogram (12) + LDA", eval.Baseline, 12, [5]float64{.756, .746, .709, .616, .401}},
		{"ring histogram (36) + LDA", eval.Baseline, 16, [5]float64{.977, .853, .741, .563, .323}},
		{"raster 16 x 16 + PCA", eval.Baseline, 16, [5]float64{.09, .08, .07, .04, .02}},
		{"random weights", eval.Baseline, 16, [5]float64{.13, .12, .11, .09, .05}},
		{"longitude, latitude", eval.Oracle, 3, [5]float64{1, 1, 1, 1, 1}},
		{"this model, float32", eval.Float, 16, [5]float64{.761, .752, .715, .623, .422}},
		{"this model", eval.Model, 16, [5]float64{.759, .752, .715, .623, .422}},
	} {
		row := eval.SamePlaceRow{Method: m.name, Role: m.role, Dimension: m.d, MAPAtR: estimate(m.r1[4] * 0.8)}
		for k, metres := range []float64{0, 10, 20, 40, 80} {
			row.Shifts = append(row.Shifts, eval.ShiftScore{Metres: metres, Recall: eval.Recall{R1: estimate(m.r1[k]), R10: estimate(m.r1[k]*0.6 + 0.4)}})
		}
		row.LayersOff, row.Nearby = eval.Recall{R1: estimate(m.r1[4] / 3)}, eval.Recall{R1: estimate(m.r1[4] + 0.1)}
		r.SamePlace.Rows = append(r.SamePlace.Rows, row)
		r.HardTriplets.Rows = append(r.HardTriplets.Rows, eval.HardTripletsRow{Method: m.name, Role: m.role, Accuracy: estimate(0.1 + 0.09*float64(i)), Accuracy20: estimate(0.5)})
		h := eval.SpaceHealthRow{Method: m.name, Role: m.role, Dimension: m.d, EffectiveRank: eval.Estimate{Value: 8.3, Low: 7.9, High: 8.8}, TopTwo: estimate(0.57), Alignment: estimate(0.4), Uniformity: -2.4}
		for d := range m.d {
			h.Deviation = append(h.Deviation, 1/float64(1+d))
		}
		r.SpaceHealth.Rows = append(r.SpaceHealth.Rows, h)
	}
	return r
}

func sampleMap() *EmbeddingMap {
	g := &EmbeddingMap{Columns: 90, Rows: 60, Metres: 250, Dimension: 4, cell: 8}
	g.Vectors, g.Known = make([]float32, 90*60*4), make([]bool, 90*60)
	g.roads, g.water = make([]uint8, 90*60*64), make([]uint8, 90*60*64)
	for row := range g.Rows {
		for column := range g.Columns {
			i := row*g.Columns + column
			g.Known[i] = math.Hypot(float64(row-30)/30, float64(column-45)/45) < 1
			x, y := float64(column)/12, float64(row)/9
			copy(g.Vectors[4*i:], []float32{float32(3 * math.Sin(x)), float32(2 * math.Cos(y)), float32(math.Sin(x + y)), 0.1})
		}
	}
	for y := range 60 * 8 {
		for x := range 90 * 8 {
			if x%97 < 2 || y%71 < 2 {
				g.roads[y*720+x] = 190
			}
			if (x+y)%400 < 24 {
				g.water[y*720+x] = 115
			}
		}
	}
	return g
}

func samplePage() *Page {
	rng := rand.New(rand.NewPCG(1, 1))
	p := &Page{
		Title: "Bremen", Intro: "A location encoder trained for five minutes on two cores on OpenStreetMap data of Bremen, and measured on parts of the city that it never saw.",
		Facts:      []Fact{{"Places", "20,000", "for training"}, {"Steps", "1,240", "of 120 rasters"}, {"Training", "5 min", "two cores"}, {"R@1, 80 m", "42.2 %", "1,000 places"}, {"Effective rank", "8.3", "of 16"}},
		Evaluation: &Evaluation{Regions: []*eval.Result{sampleResult()}}, Maps: []*EmbeddingMap{sampleMap()},
		Training: &Training{LossName: "infonce", Recall: &RecallHistory{Places: 300, Shifts: []float64{20, 80}, Baselines: []RecallLevel{
			{"histogram (12)", []float64{.72, .44}}, {"ring histogram (36)", []float64{.74, .27}},
			{"histogram (12) + LDA", []float64{.74, .46}}, {"ring histogram (36) + LDA", []float64{.77, .38}},
			{"raster 16 x 16 + PCA", []float64{.08, .03}}, {"random weights", []float64{.12, .06}},
		}}},
		Details: []Fact{{"command", "loc2vec demo -seed 1", ""}, {"space", "3f9a" + strings.Repeat("0b", 30), ""}},
	}
	for i := range 1240 {
		t := float64(i) / 1240
		p.Training.Loss = append(p.Training.Loss, LossPoint{i, 300 * t, 0.8 + 2*math.Exp(-4*t) + 0.15*rng.NormFloat64()})
		if i%120 == 0 || i == 1239 {
			p.Training.Recall.Points = append(p.Training.Recall.Points, RecallPoint{i, 300 * t, []float64{.77 - .6*math.Exp(-4*t), .46 - .4*math.Exp(-3*t)}})
		}
	}
	for q, name := range []string{"Marktplatz <Roland>", "Bürgerpark", "Universität"} {
		n := Neighbourhood{Place: Picture{Name: name, Image: sampleRaster(rng), Link: "https://www.openstreetmap.org/?mlat=53.0759&mlon=8.8072#map=18/53.0759/8.8072"}}
		for k := range 6 {
			n.Near = append(n.Near, Neighbour{Picture{fmt.Sprintf("53.%04d, 8.%04d", rng.IntN(9999), rng.IntN(9999)), sampleRaster(rng), ""}, 0.4 + float64(k)/7, 900 * float64(k+q+1), "buildings 42 %, commerce 20 %, paths 12 %, no vegetation 9 %"})
		}
		p.Neighbours = append(p.Neighbours, n)
	}
	return p
}

func sampleRaster(rng *rand.Rand) image.Image {
	m := image.NewRGBA(image.Rect(0, 0, 128, 128))
	for y := range 128 {
		for x := range 128 {
			m.Set(x, y, color.RGBA{242, 239, 233, 255})
		}
	}
	for range 14 {
		c := color.RGBA{uint8(120 + rng.IntN(120)), uint8(120 + rng.IntN(120)), uint8(120 + rng.IntN(120)), 255}
		x0, y0, w, h := rng.IntN(128), rng.IntN(128), 8+rng.IntN(40), 8+rng.IntN(40)
		for y := y0; y < min(y0+h, 128); y++ {
			for x := x0; x < min(x0+w, 128); x++ {
				m.Set(x, y, c)
			}
		}
	}
	return m
}

func render(t *testing.T, p *Page) string {
	t.Helper()
	var b bytes.Buffer
	if err := p.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPage(t *testing.T) {
	page := render(t, samplePage())
	if *write != "" {
		if err := os.WriteFile(*write, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{
		"<h1>Bremen</h1>", "© OpenStreetMap contributors", "Marktplatz &lt;Roland&gt;", "R@1, shift up to 80 m",
		"Accuracy on hard triplets", "ring histogram (36) + LDA", ">5 km</div>", "prefers-color-scheme: dark",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q on the page", want)
		}
	}
	text := regexp.MustCompile(`base64,[^"]*`).ReplaceAllString(page, "") // a picture may hold any letters
	for _, unwanted := range []string{"NaN", "ZgotmplZ", "&lt;svg", "longitude, latitude"} {
		if strings.Contains(text, unwanted) {
			t.Errorf("%q on the page", unwanted)
		}
	}
	checkSelfContained(t, page)
	checkNesting(t, page)
}

// checkSelfContained checks that a browser loads nothing from elsewhere.
func checkSelfContained(t *testing.T, page string) {
	t.Helper()
	for _, m := range regexp.MustCompile(`(?:(?:src|href)="|url\(|@import)([^")]{0,40})`).FindAllStringSubmatch(page, -1) {
		if !strings.HasPrefix(m[1], "data:image/png;base64,") && !strings.HasPrefix(m[1], "data:image/jpeg;base64,") && !strings.HasPrefix(m[1], "https://www.openstreetmap.org/") {
			t.Errorf("the page refers to %q", m[0])
		}
	}
	if strings.Contains(page, "<script") {
		t.Error("the page runs scripts")
	}
}

// checkNesting checks that every element is closed in order.
func checkNesting(t *testing.T, page string) {
	t.Helper()
	var open []string
	for _, m := range regexp.MustCompile(`<(/?)([a-z0-9]+)((?:\s[^<>]*?)?)(/?)>`).FindAllStringSubmatch(page, -1) {
		name := m[2]
		switch {
		case m[4] == "/" || name == "meta" || name == "img":
		case m[1] == "":
			open = append(open, name)
		case len(open) == 0 || open[len(open)-1] != name:
			t.Fatalf("</%s> closes %v", name, open)
		default:
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		t.Errorf("%v stay open", open)
	}
}

func TestPageWithoutData(t *testing.T) {
	page := render(t, &Page{Title: "Nothing"})
	checkNesting(t, page)
	if strings.Contains(page, "<section") {
		t.Error("a page without data has sections")
	}
	if !strings.Contains(page, "© OpenStreetMap contributors") {
		t.Error("no attribution")
	}
}

// TestPageShowsEveryMetric: each metric has its place on the page, alone and beside others.
func TestPageShowsEveryMetric(t *testing.T) {
	whole := sampleResult()
	with := func(scores eval.Scores) Page {
		return Page{Evaluation: &Evaluation{Regions: []*eval.Result{{Scores: scores}}}}
	}
	for name, c := range map[string]struct {
		page Page
		want []string
	}{
		"same_place":    {with(eval.Scores{SamePlace: whole.SamePlace}), []string{"R@1 over the shift of the query", "this model, float32<small>"}},
		"hard_triplets": {with(eval.Scores{HardTriplets: whole.HardTriplets}), []string{"Accuracy on hard triplets", "611 places", "<th>20 m</th>"}},
		"few triplets":  {with(eval.Scores{HardTriplets: &eval.HardTriplets{Triplets: 3}}), []string{"Places with a hard negative", "3, too few"}},
		"linear_probes": {
			with(eval.Scores{LinearProbes: &eval.LinearProbes{Tasks: []string{"a<b"}, Rows: []eval.ProbeRow{{Scores: []eval.Estimate{estimate(0.123)}}}}}),
			[]string{"<h3>Linear probes of withheld layers (linear_probes)</h3>", "<td>12.3 [9.3, 15.3]</td>", "a&lt;b", "12.3 [9.3, 15.3]"},
		},
		"smoothness":        {with(eval.Scores{Smoothness: &eval.Smoothness{}}), []string{"<h3>Smoothness of the space"}},
		"arithmetic":        {with(eval.Scores{Arithmetic: &eval.Arithmetic{}}), []string{"<h3>Vector arithmetic"}},
		"jitter_robustness": {with(eval.Scores{JitterRobustness: &eval.JitterRobustness{}}), []string{"<h3>Robustness to position jitter"}},
		"space_health":      {with(eval.Scores{SpaceHealth: whole.SpaceHealth}), []string{"Health of the space", "57.0 %"}},
		"at export": {
			Page{Evaluation: &Evaluation{AtExport: &eval.Result{Scores: eval.Scores{QuantisationFidelity: whole.QuantisationFidelity}}}},
			[]string{"<h3>Fidelity of int8 to float32", "96.2 [93.2, 99.2]"},
		},
		"summary": {Page{Evaluation: &Evaluation{Summary: &eval.Summary{Regions: []eval.RegionSummary{{Region: "Ulm", Places: 88}}}}}, []string{"<th>region</th><th>N</th>", "<th>Ulm</th><td>88</td>"}},
	} {
		page := render(t, &c.page)
		checkNesting(t, page)
		for _, want := range c.want {
			if !strings.Contains(page, want) {
				t.Errorf("%s: no %q on the page", name, want)
			}
		}
	}
}

func TestPageWithoutIntervals(t *testing.T) {
	p := &Page{Title: "Small", Evaluation: &Evaluation{Regions: []*eval.Result{sampleResult()}}}
	none := math.NaN()
	r := p.Evaluation.Regions[0]
	for i := range r.SamePlace.Rows {
		row := &r.SamePlace.Rows[i]
		row.MAPAtR.Low, row.MAPAtR.High = none, none
		for k := range row.Shifts {
			row.Shifts[k].R1.Low, row.Shifts[k].R1.High = none, none
		}
		r.HardTriplets.Rows[i].Accuracy.Low, r.HardTriplets.Rows[i].Accuracy.High = none, none
		r.SpaceHealth.Rows[i].EffectiveRank.Low, r.SpaceHealth.Rows[i].EffectiveRank.High = none, none
	}
	page := render(t, p)
	checkNesting(t, page)
	if strings.Contains(page, "NaN") {
		t.Error("NaN on the page")
	}
}

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		low, high float64
		n         int
		want      string
	}{
		{0, 1, 5, "0 0.2 0.4 0.6 0.8 1"},
		{0, 5, 6, "0 1 2 3 4 5"},
		{0.83, 2.9, 5, "1 1.5 2 2.5"},
		{-0.02, 0.02, 4, "-0.02 -0.01 0 0.01 0.02"},
		{3, 3, 5, "3"},
		{0, 60000, 3, "0 20k 40k 60k"},
	} {
		var got []string
		for _, v := range ticks(c.low, c.high, c.n) {
			got = append(got, number(v))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("ticks %v..%v: %v, want %s", c.low, c.high, got, c.want)
		}
	}
}
