package sample

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/loc2vec/loc2vec"
)

// anywhere draws places around a centre; some are at the antimeridian or at high latitudes.
func anywhere(rng *rand.Rand, n int, metres float64) []loc2vec.LatLon {
	centres := []loc2vec.LatLon{{Lat: 0, Lon: 0}, {Lat: 51.5, Lon: -0.1}, {Lat: -17, Lon: 180}, {Lat: 78.2, Lon: 15.6}}
	var places []loc2vec.LatLon
	for i := range n {
		c := centres[i%len(centres)]
		places = append(places, c.Offset(metres*(2*rng.Float64()-1), metres*(2*rng.Float64()-1)))
	}
	return places
}

func TestGridFindsEveryNeighbour(t *testing.T) {
	places := anywhere(rand.New(rand.NewPCG(1, 1)), 400, 3000)
	for _, g := range []grid{{250}, {2000}} {
		for _, a := range places {
			cells := slices.Collect(g.around(a, 700))
			for i, c := range cells {
				if slices.Contains(cells[i+1:], c) {
					t.Fatalf("cell %v comes twice", c)
				}
			}
			for _, b := range places {
				if a.DistanceTo(b) <= 700 && !slices.Contains(cells, g.cell(b)) {
					t.Fatalf("%v is %.0f m from %v, and its cell %v is missing", b, a.DistanceTo(b), a, g.cell(b))
				}
			}
		}
	}
}

func TestGridCellsAreSquare(t *testing.T) {
	for _, ll := range anywhere(rand.New(rand.NewPCG(2, 1)), 100, 5000) {
		g := grid{2000}
		b := g.bounds(g.cell(ll))
		if !b.Contains(ll) {
			t.Fatalf("cell %v does not contain %v", b, ll)
		}
		middle := (b.Min.Lat + b.Max.Lat) / 2
		width := loc2vec.LatLon{Lat: middle, Lon: b.Min.Lon}.DistanceTo(loc2vec.LatLon{Lat: middle, Lon: b.Max.Lon})
		height := (b.Max.Lat - b.Min.Lat) * metresPerDegree
		if math.Abs(width-2000) > 4 || math.Abs(height-2000) > 1e-3 {
			t.Errorf("cell of %v is %.1f m x %.1f m", ll, width, height)
		}
	}
}

func TestBlocksKeepTrainingAway(t *testing.T) {
	b := DefaultBlocks(3)
	places := anywhere(rand.New(rand.NewPCG(3, 1)), 3000, 10000)
	var train, test []loc2vec.LatLon
	for _, ll := range places {
		if b.Train(ll) {
			train = append(train, ll)
		}
		if b.Test(ll) {
			test = append(test, ll)
		}
	}
	for _, a := range train {
		for _, o := range test {
			if d := a.DistanceTo(o); d < 999 {
				t.Fatalf("training place %v is %.0f m from test place %v", a, d, o)
			}
		}
	}
	if got := float64(len(test)) / float64(len(places)); math.Abs(got-0.2) > 0.05 {
		t.Errorf("%.3f of the places are for testing, want about 0.2", got)
	}
	if len(train) < len(places)/10 {
		t.Errorf("%d of %d places are left for training", len(train), len(places))
	}
	if other := DefaultBlocks(4); slices.EqualFunc(places, places, func(a, _ loc2vec.LatLon) bool { return b.Test(a) == other.Test(a) }) {
		t.Error("another seed holds out the same blocks")
	}
}

func TestSpread(t *testing.T) {
	places := anywhere(rand.New(rand.NewPCG(4, 1)), 1200, 2000)
	spread := Spread(places, 250)
	for i, a := range spread {
		for _, b := range spread[:i] {
			if d := a.DistanceTo(b); d < 250 {
				t.Fatalf("%v and %v are %.1f m apart", a, b, d)
			}
		}
	}
	for _, a := range places {
		if !slices.ContainsFunc(spread, func(b loc2vec.LatLon) bool { return a.DistanceTo(b) < 250 }) {
			t.Fatalf("%v was left out although nothing is near it", a)
		}
	}
	if spread[0] != places[0] {
		t.Error("the first place was not kept")
	}
}
