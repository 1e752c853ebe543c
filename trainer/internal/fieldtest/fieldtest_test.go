package fieldtest

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/sdk"
	"github.com/loc2vec/loc2vec/trainer/internal/geofile"
)

var home = loc2vec.LatLon{Lat: 53.08, Lon: 8.8}

// outcome is at the given metres east of home; its vector has one number.
func outcome(east, number float64) Outcome {
	o := Outcome{Place: home.Offset(east, 0), Known: true}
	o.Result.Vector = sdk.Vector{SpaceID: "test", Metric: loc2vec.Euclidean}
	o.Result.Vector.Values[0] = float32(number)
	return o
}

func TestRecognise(t *testing.T) {
	r := &Result{Outcomes: []Outcome{
		outcome(0, 1), outcome(100, 1.2), // the first place and its surroundings
		outcome(300, 2), outcome(600, 3), // two more
		{Place: home.Offset(2000, 0)},   // unknown
		outcome(320, 2.1),               // back, and alike
		outcome(310, 9),                 // still there: no second return
		outcome(0, 2.9),                 // back, and not alike
		outcome(200, 1), outcome(40, 1), // not far enough away to return
		outcome(600, 3.1), outcome(30, .9), // back at the third and the first
	}}
	r.recognise()
	want := Places{Places: 3, Returns: 4, Recognised: 3, Chance: 4.0 / 3}
	if math.Abs(r.Places.Chance-want.Chance) > 1e-12 {
		t.Errorf("by chance %v, want %v", r.Places.Chance, want.Chance)
	}
	r.Places.Chance = want.Chance
	if r.Places != want {
		t.Errorf("%+v, want %+v", r.Places, want)
	}
}

// TestSmoothed: smoothing recovers a straight line at constant speed from noise, and to the centimetre without noise.
func TestSmoothed(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	from := home
	way := func(noise float64) (fixes []geofile.Fix, truth []loc2vec.LatLon) {
		for s := range 120 {
			east, north := 1.2*float64(s), -0.7*float64(s)
			truth = append(truth, from.Offset(east, north))
			fixes = append(fixes, geofile.Fix{
				Time:  start.Add(time.Duration(s) * time.Second),
				Place: from.Offset(east+noise*rng.NormFloat64(), north+noise*rng.NormFloat64()),
			})
		}
		return fixes, truth
	}
	date := loc2vec.LatLon{Lat: -16.8, Lon: 179.9994} // 64 m west of the antimeridian
	for _, c := range []struct {
		from        loc2vec.LatLon
		noise, most float64
	}{{home, 0, 0.01}, {home, 5, 2}, {date, 0, 0.01}, {date, 5, 2}} {
		from = c.from
		fixes, truth := way(c.noise)
		var sum float64
		for i := range fixes {
			got, ok := smoothed(fixes, i)
			if !ok {
				t.Fatalf("fix %d is not smoothed", i)
			}
			d := got.DistanceTo(truth[i])
			sum += d * d
		}
		if rms := math.Sqrt(sum / float64(len(fixes))); rms > c.most {
			t.Errorf("noise of %v m: %v m off after smoothing", c.noise, rms)
		}
	}
	fixes, _ := way(0)
	if _, ok := smoothed(fixes[:5], 2); ok {
		t.Error("smoothed with five fixes")
	}
	// A break is no part of a line: the way from before the break.
	for i := range fixes {
		if i < 60 {
			fixes[i].Place = fixes[i].Place.Offset(5000, 0)
		}
		fixes[i].Break = i == 60
	}
	if got, ok := smoothed(fixes, 65); !ok || got.DistanceTo(fixes[65].Place) > 0.01 {
		t.Errorf("smoothed across a break: %v, %v", got, ok)
	}
	if got, ok := smoothed(fixes, 55); !ok || got.DistanceTo(fixes[55].Place) > 0.01 {
		t.Errorf("smoothed across a break: %v, %v", got, ok)
	}
	for i := range fixes {
		fixes[i].Time = start
	}
	if _, ok := smoothed(fixes, 50); ok {
		t.Error("smoothed although all fixes are of one time")
	}
}

func TestDistribution(t *testing.T) {
	var values []float64
	for i := range 101 {
		values = append(values, float64((i*37)%101))
	}
	if got, want := distribution(values), (Distribution{Median: 50, P95: 95, P99: 99, Max: 100}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := distribution(nil); got != (Distribution{}) {
		t.Errorf("of nothing: %+v", got)
	}
}

func TestResident(t *testing.T) {
	if mb := Resident(); mb < 1 || mb > 1e5 {
		t.Errorf("%v MB", mb)
	}
}
