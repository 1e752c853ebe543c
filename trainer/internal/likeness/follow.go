package likeness

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat"

	"github.com/loc2vec/loc2vec"
)

// Follow names the layers that grow and those that shrink with a value of each place, at most three of either, by the
// correlation of the square root of their coverage: "buildings (0.81), minor roads (0.62) grow; vegetation (−0.74)
// shrink". Layers whose correlation is below least are left out.
func Follow(places []Coverage, values []float64, least float64) string {
	type follower struct {
		layer       loc2vec.Layer
		correlation float64
	}
	var all []follower
	for l := range loc2vec.Layer(loc2vec.NumLayers) {
		coverage := make([]float64, len(places))
		for i, p := range places {
			coverage[i] = math.Sqrt(float64(p[l]))
		}
		if r := stat.Correlation(coverage, values, nil); math.Abs(r) >= least { // false for NaN: a layer that does not vary
			all = append(all, follower{l, r})
		}
	}
	slices.SortStableFunc(all, func(a, b follower) int { return cmp.Compare(math.Abs(b.correlation), math.Abs(a.correlation)) })
	var parts []string
	for _, side := range []struct {
		verb string
		sign float64
	}{{"grow", 1}, {"shrink", -1}} {
		var names []string
		for _, f := range all {
			if f.correlation*side.sign > 0 && len(names) < 3 {
				names = append(names, strings.Replace(fmt.Sprintf("%s (%.2f)", layerWords(f.layer).name, f.correlation), "-", "−", 1))
			}
		}
		if len(names) > 0 {
			parts = append(parts, strings.Join(names, ", ")+" "+side.verb)
		}
	}
	if len(parts) == 0 {
		return "no single layer follows it"
	}
	return strings.Join(parts, "; ")
}
