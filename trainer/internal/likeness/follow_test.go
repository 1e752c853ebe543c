package likeness

import (
	"testing"

	"github.com/loc2vec/loc2vec"
)

func TestFollow(t *testing.T) {
	var places []Coverage
	var values []float64
	for i := range 20 {
		var c Coverage
		x := float32(i) / 20
		c[loc2vec.Building], c[loc2vec.Vegetation], c[loc2vec.Water] = x*x, (1-x)*(1-x), 0.3
		c[loc2vec.Path] = float32(i % 2)
		places, values = append(places, c), append(values, 7*float64(x)-2)
	}
	if got, want := Follow(places, values, 0.3), "buildings (1.00) grow; vegetation (−1.00) shrink"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := Follow(places, make([]float64, 20), 0.3), "no single layer follows it"; got != want {
		t.Errorf("of a constant: %q, want %q", got, want)
	}
}
