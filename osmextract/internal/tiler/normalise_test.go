package tiler

import (
	"slices"
	"testing"

	"github.com/loc2vec/loc2vec/osmextract/internal/grid"
)

func TestNormalise(t *testing.T) {
	want := []grid.Point{{X: 0, Y: 0}, {X: 5, Y: 0}, {X: 5, Y: 5}, {X: 0, Y: 7}}
	for cut := range want {
		ring := slices.Concat(want[cut:], want[:cut])
		if normalise(ring); !slices.Equal(ring, want) {
			t.Errorf("became %v", ring)
		}
		slices.Reverse(ring)
		if normalise(ring); !slices.Equal(ring, want) {
			t.Errorf("reversed, became %v", ring)
		}
	}
}
