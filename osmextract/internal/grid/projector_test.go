package grid_test

import (
	"math/rand/v2"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/osmextract/internal/grid"
)

// TestProjector compares a Projector with the projection, all over the Earth and in a walk through a city.
func TestProjector(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var p grid.Projector
	check := func(l grid.Location) {
		t.Helper()
		if got, want := p.Grid(l), l.Grid(); got != want {
			t.Fatalf("%v is at %v, want %v", l.LatLon(), got, want)
		}
	}
	for range 200_000 {
		check(grid.Location{Lat: int32(rng.Int64N(180e7+1) - 90e7), Lon: int32(rng.Int64N(360e7+1) - 180e7)})
	}
	maxLatitude := loc2vec.MaxLatitude
	edge := int32(maxLatitude * 1e7)
	for _, lat := range []int32{0, 515074560, -338688000, 819999999, edge, -edge} {
		at := grid.Location{Lat: lat, Lon: rng.Int32N(170e7)}
		for range 100_000 {
			at.Lat += int32(rng.NormFloat64() * 200)
			at.Lon += int32(rng.NormFloat64() * 200)
			check(at)
		}
	}
	// Every latitude of two bands, at the equator and where the projection bends the most.
	for lat := int32(-1 << 14); lat < 1<<14; lat++ {
		check(grid.Location{Lat: lat})
		check(grid.Location{Lat: edge - 1<<15 + lat, Lon: 1})
	}
}

func BenchmarkProjector(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	at := make([]grid.Location, 4096)
	for i := range at {
		at[i] = grid.Location{Lat: 515e6 + rng.Int32N(1e5), Lon: rng.Int32N(1e5)}
	}
	b.Run("exact", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			at[i%len(at)].Grid()
		}
	})
	b.Run("projector", func(b *testing.B) {
		var p grid.Projector
		for i := 0; b.Loop(); i++ {
			p.Grid(at[i%len(at)])
		}
	})
}
