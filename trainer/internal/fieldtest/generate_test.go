package fieldtest

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/loc2vec/loc2vec"
)

func plan() Plan {
	home := loc2vec.LatLon{Lat: 53.08, Lon: 8.8}
	return Plan{
		Stops: []loc2vec.LatLon{home, home.Offset(600, 0), home.Offset(3000, 2000)}, Stay: 5 * time.Minute,
		Duration: 3 * time.Hour, Start: time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC),
	}
}

// TestGenerate: the synthetic track has errors of metres, stops and gaps.
func TestGenerate(t *testing.T) {
	p := plan()
	track, err := Generate(rand.New(rand.NewPCG(1, 2)), p)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Generate(rand.New(rand.NewPCG(1, 2)), p)
	if err != nil || len(again.Fixes) != len(track.Fixes) || again.Fixes[5000] != track.Fixes[5000] {
		t.Errorf("the same seed gives another track, %v", err)
	}
	seconds := int(p.Duration / time.Second)
	if n := len(track.Fixes); n < seconds*9/10 || n >= seconds {
		t.Errorf("%d fixes in %d s", n, seconds)
	}
	// While the first stay lasts, the error is known.
	var sum float64
	var n int
	for _, f := range track.Fixes {
		if f.Time.Sub(p.Start) < p.Stay {
			d := f.Place.DistanceTo(p.Stops[0])
			sum, n = sum+d*d, n+1
		}
	}
	if rms := math.Sqrt(sum / float64(n)); rms < 2 || rms > 40 {
		t.Errorf("errors of %v m", rms)
	}
	for i, stop := range p.Stops {
		near := 0
		for _, f := range track.Fixes {
			if f.Place.DistanceTo(stop) < 60 {
				near++
			}
		}
		if near < 300 {
			t.Errorf("%d s near stop %d", near, i)
		}
	}
	if track.Recorded() > p.Duration || track.Recorded() < p.Duration-time.Minute || track.Metres() < 10_000 {
		t.Errorf("recorded %v, %v m", track.Recorded(), track.Metres())
	}
	if _, err := Generate(rand.New(rand.NewPCG(1, 2)), Plan{Duration: time.Hour}); err == nil {
		t.Error("no error for a track to nowhere")
	}
}

// TestGenerateAcrossAntimeridian: the track takes the short way.
func TestGenerateAcrossAntimeridian(t *testing.T) {
	p := plan()
	home := loc2vec.LatLon{Lat: -16.8, Lon: 179.998}
	p.Stops = []loc2vec.LatLon{home, home.Offset(600, 0)}
	track, err := Generate(rand.New(rand.NewPCG(1, 2)), p)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range track.Fixes {
		if err := f.Place.Validate(); err != nil || f.Place.DistanceTo(home) > 800 {
			t.Fatalf("a fix at %v: %v", f.Place, err)
		}
	}
}
