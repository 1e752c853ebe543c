package eval

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/raster"
)

func TestGalleryDropsEmptyAndDuplicatePlaces(t *testing.T) {
	// Water east of the 8th meridian, nothing within 5 km west of it, fields beyond.
	r := testRegion(0)
	unit := loc2vec.LatLon{Lat: 50, Lon: 8}.Point()
	east := int64(unit.X * unit.MetresPerUnit() / 25)
	r.Drawer = func() Drawer {
		return world{r.Pixels, func(x, y int64) int {
			switch {
			case x > east:
				return int(loc2vec.Water)
			case x > east-200:
				return loc2vec.NumLayers
			}
			return patchwork(x, y)
		}}
	}
	at := loc2vec.LatLon{Lat: 50, Lon: 8}
	for _, e := range []float64{1000, 2000, 3000, -1000, -2000, -7000, -8000, -9000} {
		r.Places = append(r.Places, at.Offset(e, 0))
	}
	gallery, dropped, err := r.Gallery(t.Context(), 3)
	if err != nil {
		t.Fatal(err)
	}
	if want := (Dropped{Candidates: 7, Empty: 2, Duplicates: 2}); dropped != want {
		t.Errorf("dropped %+v, want %+v", dropped, want)
	}
	if len(gallery.Places) != 3 || gallery.Places[0] != r.Places[0] || gallery.Places[2] != r.Places[6] {
		t.Errorf("gallery %v", gallery.Places)
	}
}

func runAll(t *testing.T) *Result {
	t.Helper()
	region := testRegion(160)
	train := testRegion(160)
	for i := range train.Places {
		train.Places[i] = train.Places[i].Offset(30_000, 0)
	}
	methods, err := Baselines(t.Context(), train, FitOptions{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	// The ring histogram stands in for a float model, the same without its first number for int8.
	float, model := methods[1], methods[1]
	float.Name, float.Role = "float", Float
	model.Name, model.Role = "model", Model
	embed := model.Embed
	model.Embed = func(dst []float32, v Views) error {
		if err := embed(dst, v); err != nil {
			return err
		}
		for i := range v.Poses {
			dst[i*model.Dimension] = 0
		}
		return nil
	}
	methods = append([]Method{Position()}, append(methods, float, model)...)
	result, err := Run(t.Context(), region, methods, Options{Metrics: AllMetrics(), Places: 150, Seed: 3, Split: "test", FittedOn: "elsewhere"})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func TestRun(t *testing.T) {
	r := runAll(t)
	if r.Places != 150 || r.Blocks < MinBlocks || r.Empty+r.Duplicates != 0 {
		t.Fatalf("%d places in %d blocks, %+v dropped", r.Places, r.Blocks, r.Dropped)
	}
	rows := map[string]*SamePlaceRow{}
	for i := range r.SamePlace.Rows {
		rows[r.SamePlace.Rows[i].Method] = &r.SamePlace.Rows[i]
	}
	for _, s := range rows["longitude, latitude"].Shifts {
		if s.R1.Value != 1 {
			t.Errorf("the oracle finds %v at %v m, want 1", s.R1.Value, s.Metres)
		}
	}
	if got := rows["longitude, latitude"].MAPAtR.Value; got != 1 {
		t.Errorf("the oracle's MAP@R is %v, want 1", got)
	}
	ring := rows["ring histogram (36)"]
	// A patchwork's rings hardly change under rotation, and change under a shift of three fields.
	if at0, at80 := ring.At(0).R1.Value, ring.At(80).R1.Value; at0 < 0.95 || at80 > at0-0.1 {
		t.Errorf("ring histogram finds %v at 0 m and %v at 80 m", at0, at80)
	}
	for _, row := range r.SamePlace.Rows {
		if lead := row.At(80).Lead; (lead == nil) != (row.Method == "model") {
			t.Errorf("%s: lead %v", row.Method, lead)
		} else if lead != nil && math.Abs(lead.Value-(rows["model"].At(80).R1.Value-row.At(80).R1.Value)) > 1e-12 {
			t.Errorf("%s: lead %v is not the difference", row.Method, lead)
		}
		if row.Nearby.R1.Value < row.At(80).R1.Value {
			t.Errorf("%s: the gallery within 2 km is harder than the whole one", row.Method)
		}
	}
	if r.QuantisationFidelity == nil || r.QuantisationFidelity.Overlap.Value <= 0.5 || r.QuantisationFidelity.Overlap.Value >= 1 {
		t.Errorf("quantisation fidelity: %+v", r.QuantisationFidelity)
	}
	for metric, rows := range map[MetricName]int{
		LinearProbesMetric: len(r.LinearProbes.Rows), SmoothnessMetric: len(r.Smoothness.Rows), ArithmeticMetric: len(r.Arithmetic.Rows),
		JitterRobustnessMetric: len(r.JitterRobustness.Rows),
		SpaceHealthMetric:      len(r.SpaceHealth.Rows) + 1, // without the oracle
	} {
		if rows != len(r.SamePlace.Rows) {
			t.Errorf("%s has %d rows", metric, rows)
		}
	}
	// The oracle moves by as much as the place does.
	for _, row := range r.JitterRobustness.Rows {
		if e := row.Errors; row.Role == Oracle && math.Abs(e[4].Moved.Value/e[3].Moved.Value-2) > 0.02 {
			t.Errorf("the oracle moves by %v at 20 m and by %v at 40 m", e[3].Moved.Value, e[4].Moved.Value)
		}
	}
	checkMap(t, r)
	checkDeterminism(t, r)
}

func checkDeterminism(t *testing.T, r *Result) {
	t.Helper()
	a, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(runAll(t))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a, b) {
		t.Error("two runs with one seed differ")
	}
}

func checkMap(t *testing.T, r *Result) {
	t.Helper()
	m, err := r.Map()
	if err != nil || m["places"] != 150.0 {
		t.Fatalf("places %v, %v", m["places"], err)
	}
	back, err := ParseResult(m)
	if err != nil {
		t.Fatal(err)
	}
	again, err := back.Map()
	if err != nil || !reflect.DeepEqual(m, again) {
		t.Errorf("the result changes on its way through JSON: %v", err)
	}
	if q := back.QuantisationOnly(); q.SamePlace != nil || q.QuantisationFidelity == nil {
		t.Error("QuantisationOnly leaves other metrics, or none")
	}
	// Bundles written before the metrics had names.
	m["quantisation"] = m["quantisation_fidelity"]
	delete(m, "quantisation_fidelity")
	m["figures"], m["twins"] = "ABGH", map[string]any{}
	delete(m, "metrics")
	if old, err := ParseResult(m); err != nil || !reflect.DeepEqual(old.QuantisationFidelity, back.QuantisationFidelity) {
		t.Errorf("with the former keys: %+v, %v", old, err)
	}
}

func TestErrorsStopARun(t *testing.T) {
	broken := errors.New("broken")
	region := testRegion(12)
	fails := Method{Name: "fails", Dimension: 2, Embed: func([]float32, Views) error { return broken }}
	if _, err := Run(t.Context(), region, []Method{fails}, Options{}); !errors.Is(err, broken) {
		t.Errorf("failing method: %v", err)
	}
	nan := Method{Name: "nan", Dimension: 1, Embed: func(dst []float32, _ Views) error {
		dst[0] = float32(math.NaN())
		return nil
	}}
	if _, err := Run(t.Context(), region, []Method{nan}, Options{}); err == nil || !strings.Contains(err.Error(), "NaN") {
		t.Errorf("method that answers NaN: %v", err)
	}
	region.Drawer = func() Drawer { return failing{broken} }
	if _, err := Run(t.Context(), region, nil, Options{}); !errors.Is(err, broken) {
		t.Errorf("failing drawer: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Run(ctx, testRegion(12), []Method{Position()}, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := Run(t.Context(), testRegion(0), []Method{Position()}, Options{}); err == nil {
		t.Error("no places: no error")
	}
}

type failing struct{ err error }

func (f failing) Draw([]uint8, raster.Pose) error { return f.err }

func TestQuickRecall(t *testing.T) {
	p, err := NewQuickRecall(t.Context(), testRegion(50), QuickRecallOptions{Places: 45, Shifts: []float64{20, 80}, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if p.Places() != 45 || !reflect.DeepEqual(p.Shifts(), []float64{20, 80}) {
		t.Errorf("probe of %d places at %v", p.Places(), p.Shifts())
	}
	if got, err := p.Recall(Position()); err != nil || got[0] != 1 || got[1] != 1 {
		t.Errorf("the oracle finds %v, %v", got, err)
	}
	constant := Method{Name: "constant", Dimension: 2, Embed: func([]float32, Views) error { return nil }}
	if got, err := p.Recall(constant); err != nil || got[0] != 0 || got[1] != 0 {
		t.Errorf("a constant finds %v, %v", got, err)
	}
}

func TestParseMetrics(t *testing.T) {
	if got, err := ParseMetrics("space_health, same_place,space_health"); err != nil || got.String() != "space_health,same_place" {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := ParseMetrics(AllMetrics().String()); err != nil || !slices.Equal(got, AllMetrics()) {
		t.Errorf("%q, %v", got, err)
	}
	for _, text := range []string{"", "A", "same_place,twins"} {
		if _, err := ParseMetrics(text); err == nil {
			t.Errorf("metrics %q: no error", text)
		}
	}
}

func TestSwitchOff(t *testing.T) {
	image := bytes.Repeat([]byte{9}, loc2vec.NumLayers*4)
	switchOff(image, 3, rand.New(rand.NewPCG(1, 1)))
	var off int
	for c := range loc2vec.NumLayers {
		if image[4*c] == 0 && image[4*c+3] == 0 {
			off++
		}
	}
	if off != 3 {
		t.Errorf("%d layers are off, want 3", off)
	}
}
