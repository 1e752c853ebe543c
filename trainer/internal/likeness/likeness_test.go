package likeness

import (
	"math"
	"testing"

	"github.com/loc2vec/loc2vec"
)

func TestWordsNameWhatIsUncommon(t *testing.T) {
	// All places have buildings, two have water, a third one has a path.
	var harbour, quay, path Coverage
	for _, c := range []*Coverage{&harbour, &quay, &path} {
		c[loc2vec.Building] = 0.25
	}
	harbour[loc2vec.Water], quay[loc2vec.Water] = 0.5, 0.4
	path[loc2vec.Path] = 0.02
	typical := NewTypical([]Coverage{harbour, quay, path, path})
	got := typical.Words(harbour, quay)
	if want := "water 50 %, no paths 50 %"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	var sum float64
	for _, s := range typical.Shared(harbour, quay) {
		sum += s.Share
		if s.Layer == loc2vec.Building {
			t.Error("a layer that all places have is named")
		}
	}
	if math.Abs(sum-1) > 1e-12 {
		t.Errorf("shares add up to %v", sum)
	}
	if got := typical.Words(harbour, path); got != "no layer stands out" {
		t.Errorf("unlike places: %q", got)
	}
}

func TestCoverageOf(t *testing.T) {
	image := make([]uint8, loc2vec.NumLayers*4)
	copy(image[int(loc2vec.Park)*4:], []uint8{255, 255, 0, 0})
	c := CoverageOf(image)
	if c[loc2vec.Park] != 0.5 || c[loc2vec.Water] != 0 {
		t.Errorf("coverage %v", c)
	}
}

func TestSeen(t *testing.T) {
	c := Coverage{loc2vec.Water: 0.5, loc2vec.Building: 0.25, loc2vec.Path: 0.004, loc2vec.Park: 0.1, loc2vec.Commerce: 0.01}
	weights := [loc2vec.NumLayers]float64{loc2vec.Water: 1, loc2vec.Building: 3, loc2vec.Path: 2, loc2vec.Park: 0.5, loc2vec.Vegetation: 9}
	if got, want := Seen(c, weights), "buildings 25 %, paths under 1 %, water 50 %, parks 10 %"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := Seen(Coverage{}, weights); got != "nothing is mapped" {
		t.Errorf("of an empty map: %q", got)
	}
}

// TestContrast names what two places do not share, the greatest difference first.
func TestContrast(t *testing.T) {
	var harbour, quarter Coverage
	harbour[loc2vec.Building], quarter[loc2vec.Building] = 0.2, 0.25
	harbour[loc2vec.Water], quarter[loc2vec.Path] = 0.6, 0.1
	typical := NewTypical([]Coverage{harbour, quarter, quarter, quarter, quarter, {loc2vec.Building: 0.9}, {}})
	if got, want := typical.Contrast(harbour, quarter), "water 60 to 0 %, paths 0 to 10 %"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := typical.Contrast(harbour, harbour); got != "the same layers, laid out otherwise" {
		t.Errorf("a place beside itself: %q", got)
	}
}
