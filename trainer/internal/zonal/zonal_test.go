package zonal

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/sdk"
)

// outcome is that of a place whose vector has two coordinates.
func outcome(metric loc2vec.Metric, x, y float32) sdk.Outcome {
	o := sdk.Outcome{Result: sdk.Result{Vector: sdk.Vector{Metric: metric}, Mapped: 0.5}}
	o.Vector.Values[0], o.Vector.Values[1] = x, y
	return o
}

func TestSummarise(t *testing.T) {
	outside := sdk.Outcome{Err: fmt.Errorf("embedding: %w", loc2vec.ErrNoCoverage)}
	empty := outcome(loc2vec.Euclidean, 3, 3)
	empty.Mapped, empty.Unmapped = 0, true
	empty.Coverage[loc2vec.Commerce], outside.Coverage[loc2vec.Commerce] = 0.5, 1
	places := []loc2vec.LatLon{{Lat: 0}, {Lat: 1}, {Lat: 2}, {Lat: 3}, {Lat: 4}}
	outcomes := []sdk.Outcome{outside, outcome(loc2vec.Euclidean, 1, 0), outcome(loc2vec.Euclidean, 3, 1), outcome(loc2vec.Euclidean, 5, 0), empty}
	s, err := Summarise(places, outcomes)
	if err != nil {
		t.Fatal(err)
	}
	// The mean is (3, 1); the squares of the distances are 5, 0, 5 and 4.
	if s.Mean.Values[0] != 3 || s.Mean.Values[1] != 1 || s.Count != 4 || s.Nearest.Lat != 2 || s.Mapped != 0.375 || s.Unmapped != 0.25 ||
		s.Coverage != [loc2vec.NumLayers]float32{loc2vec.Commerce: 0.125} || math.Abs(s.Spread-math.Sqrt(14.0/4)) > 1e-12 {
		t.Errorf("%+v", s)
	}
	if _, err := Summarise(places[:1], outcomes[:1]); !errors.Is(err, loc2vec.ErrNoCoverage) {
		t.Errorf("no place: %v", err)
	}
	outcomes[0].Err = loc2vec.ErrCorrupt
	if _, err := Summarise(places, outcomes); !errors.Is(err, loc2vec.ErrCorrupt) {
		t.Errorf("a corrupt pack: %v", err)
	}
}

// TestCosine: lengths of vectors do not matter in a cosine space.
func TestCosine(t *testing.T) {
	places := make([]loc2vec.LatLon, 3)
	s, err := Summarise(places, []sdk.Outcome{outcome(loc2vec.Cosine, 100, 0), outcome(loc2vec.Cosine, 0, 1), outcome(loc2vec.Cosine, 0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	if x, y := s.Mean.Values[0], s.Mean.Values[1]; x != y || x == 0 {
		t.Errorf("mean %v, %v", x, y)
	}
	// The distance is 1 - cos 45° twice, and 1 to the vector of zeros.
	d := 1 - math.Sqrt2/2
	if want := math.Sqrt((2*d*d + 1) / 3); math.Abs(s.Spread-want) > 1e-6 {
		t.Errorf("spread %v, want %v", s.Spread, want)
	}
}
