package showcase

import (
	"math/rand/v2"
	"testing"

	"github.com/loc2vec/loc2vec"
)

// around8km is places of a town.
func around8km(centre loc2vec.LatLon, n int) (out []loc2vec.LatLon) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range n {
		out = append(out, centre.Offset(8000*(rng.Float64()-0.5), 8000*(rng.Float64()-0.5)))
	}
	return out
}

// TestDensest: the view is that of the town, without its few far places, at any longitude.
func TestDensest(t *testing.T) {
	for _, centre := range []loc2vec.LatLon{{Lat: 53, Lon: 8.8}, {Lat: -17, Lon: 179.99}, {Lat: -17, Lon: -180}, {Lat: 60, Lon: -179.98}} {
		places := around8km(centre, 180)
		for i := range 20 {
			places = append(places, centre.Offset(0, 20_000+float64(i)*100))
		}
		view := densest(places)
		for _, e := range []float64{-1500, 1500} {
			for _, n := range []float64{-1500, 1500} {
				if !view.Contains(centre.Offset(e, n)) {
					t.Errorf("%v: %v lacks the town", centre, view)
				}
			}
		}
		if view.Contains(centre.Offset(0, 9000)) || view.Contains(centre.Offset(9000, 0)) || view.Contains(loc2vec.LatLon{Lat: centre.Lat}) {
			t.Errorf("%v: %v is larger than the town", centre, view)
		}
	}
	alone := loc2vec.LatLon{Lat: 1, Lon: 2}
	if view := densest([]loc2vec.LatLon{alone}); !view.Contains(alone.Offset(450, 450)) || view.Contains(alone.Offset(550, 0)) {
		t.Errorf("around one place: %v", view)
	}
}

// TestTowns: a town and its harbour are two maps, two quarters of a town one.
func TestTowns(t *testing.T) {
	town := loc2vec.LatLon{Lat: 53, Lon: 8.8}
	places := around8km(town, 50)
	places = append(places, around8km(town.Offset(0, 50_000), 30)...)
	places = append(places, around8km(town.Offset(12_000, 0), 10)...)
	var sizes []int
	for _, group := range towns(places, townMetres) {
		sizes = append(sizes, len(group))
	}
	if len(sizes) != 2 || sizes[0] != 60 || sizes[1] != 30 {
		t.Errorf("towns of %v places, want 60 and 30", sizes)
	}
}
