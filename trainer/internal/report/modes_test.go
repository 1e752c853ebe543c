package report

import (
	"image/color"
	"math"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/raster"
	"github.com/loc2vec/loc2vec/trainer/internal/eval"
)

// sampleSeparation has three modes, with held-out places of the invented city.
func sampleSeparation() *eval.ModeSeparation {
	e := func(v, low, high float64) eval.Estimate { return eval.Estimate{Value: v, Low: low, High: high} }
	none := e(math.NaN(), math.NaN(), math.NaN())
	rows := []eval.ModesRow{
		{Method: "this model", Role: eval.Model, F1: e(0.42, 0.4, 0.44), Lead: none},
		{Method: "histogram (12)", Role: eval.Baseline, F1: e(0.3, 0.28, 0.32), Lead: e(0.12, 0.1, 0.14)},
		{Method: "ring histogram (36)", Role: eval.Baseline, F1: e(0.35, 0.33, 0.37), Lead: e(0.07, 0.05, 0.09)},
	}
	s := &eval.ModeSeparation{
		Modes:   []eval.ModeCount{{Name: "railways", Places: 40}, {Name: "streets", Places: 50}, {Name: "waterways", Places: 60}},
		LeftOut: []eval.ModeCount{{Name: "motorways", Places: 3}}, Blocks: 12, Layers: 3, Chance: 1.0 / 3, OwnOff: rows, AllOff: rows,
	}
	for i, at := range inventedPlaces(200) {
		s.Points = append(s.Points, eval.ModePoint{Place: at, Mode: i * 3 / 200, Layer: loc2vec.MinorRoad, X: float64(i % 20), Y: float64(i / 20)})
	}
	return s
}

func TestModesSection(t *testing.T) {
	m := summariseModes(sampleSeparation())
	o := ModesOptions{Tiles: inventedTiles(t), Spec: raster.Spec{Metres: 200, Pixels: 32}}
	if err := m.scatter(t.Context(), sampleSeparation(), o); err != nil {
		t.Fatal(err)
	}
	html, err := modesSection(m)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"150 places of held-out blocks", "Too few places: motorways (3)", "background:#0072b2", "33.3 %", "<small>33.0–37.0</small>",
		"The model is ahead of the ring histogram (36), 42.0 % against 35.0 %", "all 3 layers off"} {
		if !strings.Contains(string(html), want) {
			t.Errorf("no %q in the section", want)
		}
	}
	checkSelfContained(t, string(html))
	checkNesting(t, string(html))

	// Every tile has a frame in the colour of its mode, and none hides another.
	frames := map[color.Color]int{}
	for y := range modeRows {
		for x := range modeColumns {
			frames[m.Scatter.Image.At(x*modePitch, y*modePitch)]++
		}
	}
	for i := range 3 {
		if got := frames[modeColour(i)]; got < modeTiles/3-1 || got > modeTiles/3+1 {
			t.Errorf("%d tiles have the frame of mode %d, want about %d", got, i, modeTiles/3)
		}
	}
}

func TestModesVerdict(t *testing.T) {
	rows := func(low, high float64) []eval.ModesRow {
		return []eval.ModesRow{
			{Method: "model", Role: eval.Model, F1: eval.Estimate{Value: 0.5}},
			{Method: "rings", F1: eval.Estimate{Value: 0.5 - (low+high)/2}, Lead: eval.Estimate{Value: (low + high) / 2, Low: low, High: high}},
			{Method: "weak", F1: eval.Estimate{Value: 0.1}, Lead: eval.Estimate{Value: 0.4, Low: 0.39, High: 0.41}},
		}
	}
	for _, c := range []struct {
		low, high float64
		want      string
	}{
		{0.02, 0.06, "The model is ahead of the rings, 50.0 % against 46.0 %"},
		{-0.06, -0.02, "The rings is ahead of the model, 54.0 % against 50.0 %"},
		{-0.01, 0.03, "The model is level with the rings"},
	} {
		if got := modesVerdict(rows(c.low, c.high)); !strings.HasPrefix(got, c.want) {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// The invented city has streets alone: nothing is to be told apart.
func TestDrawModesWithOneMode(t *testing.T) {
	tiles, spec := inventedTiles(t), raster.Spec{Metres: 200, Pixels: 32}
	m, err := DrawModes(t.Context(), ModesOptions{
		Region: &eval.Region{Name: "west", Pixels: 32, Drawer: func() eval.Drawer { return tiles.Drawer(spec) }}, Tiles: tiles, Spec: spec, Seed: 1,
		Model: eval.Method{Name: "none", Dimension: 16, Metric: loc2vec.Euclidean},
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := "fewer than three modes of transport have twenty places"; m.LeftOut != want {
		t.Errorf("%q, want %q", m.LeftOut, want)
	}
}
