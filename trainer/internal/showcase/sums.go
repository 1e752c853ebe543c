package showcase

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/likeness"
	"github.com/loc2vec/loc2vec/trainer/internal/report"
)

const (
	// A place has a layer if it covers at least withCoverage of its window, and lacks it at withoutCoverage or less.
	withCoverage, withoutCoverage = 0.08, 0.005
	// sumPlaces is the number of places with a layer, and without it, that its sums need.
	sumPlaces = 20
	// sumsPerLayer is the number of sums of a layer, and shownSums the number of layers of which one is shown.
	sumsPerLayer, shownSums = 60, 4
)

// sum is a place with a layer, less one without it, plus another without it, and the answer.
type sum struct {
	layer         loc2vec.Layer
	a, b, c, d    int
	neighbour     int     // of c
	rest, control float64 // difference of the other layers from c: of the answer, and of a place drawn at random
	error         float64 // difference of all layers from the sum of the coverages
}

// sums adds up places. It returns nil if no layer has enough places with it and without it.
func (s *scene) sums() (*report.Sums, error) {
	rng := s.rng(sumsSeed)
	out := &report.Sums{}
	var best []sum // of each layer the one nearest to the sum of the maps, of those that came out
	for layer := range loc2vec.Layer(loc2vec.NumLayers) {
		all := s.sumsOf(layer, rng)
		if len(all) == 0 {
			continue
		}
		var found []sum
		for _, x := range all {
			half := s.coverages[x.a][layer] / 2
			out.Count++
			out.Rest += x.rest
			out.RestControl += x.control
			if s.coverages[x.d][layer] >= half {
				out.Found++
				if s.rich(x.c) && s.rich(x.d) {
					found = append(found, x)
				}
			}
			if s.coverages[x.neighbour][layer] >= half {
				out.Control++
			}
		}
		slices.SortStableFunc(found, func(a, b sum) int { return cmp.Compare(a.error, b.error) })
		best = append(best, found[:min(len(found), 1)]...)
	}
	if out.Count == 0 {
		return nil, nil
	}
	for _, v := range []*float64{&out.Found, &out.Control, &out.Rest, &out.RestControl} {
		*v /= float64(out.Count)
	}
	slices.SortStableFunc(best, func(a, b sum) int { return cmp.Compare(a.error, b.error) })
	for _, x := range best[:min(len(best), shownSums)] {
		shown, err := s.showSum(x)
		if err != nil {
			return nil, err
		}
		out.Shown = append(out.Shown, shown)
	}
	return out, nil
}

// sumsOf adds up places with and without a layer, or returns none if there are too few.
func (s *scene) sumsOf(layer loc2vec.Layer, rng *rand.Rand) []sum {
	var with, without []int
	for i, c := range s.coverages {
		switch {
		case c[layer] >= withCoverage:
			with = append(with, i)
		case c[layer] <= withoutCoverage:
			without = append(without, i)
		}
	}
	if len(with) < sumPlaces || len(without) < sumPlaces {
		return nil
	}
	all := make([]sum, sumsPerLayer)
	random := make([]int, sumsPerLayer)
	for k := range all {
		all[k] = sum{layer: layer, a: with[rng.IntN(len(with))], c: without[rng.IntN(len(without))]}
		random[k] = rng.IntN(len(s.places))
	}
	parallel(len(all), func(k int) {
		x := &all[k]
		x.b = s.likeWithout(x.a, layer, without, x.c)
		d := s.space.Nearest(s.space.Sum(s.space.Row(x.a), s.space.Row(x.b), s.space.Row(x.c)), 1, func(i int) bool {
			return i != x.a && i != x.b && i != x.c
		})
		x.d, x.neighbour = d[0], s.space.NearestTo(x.c, 1)[0]
		var want likeness.Coverage
		for l := range want {
			want[l] = min(max(s.coverages[x.a][l]-s.coverages[x.b][l]+s.coverages[x.c][l], 0), 1)
		}
		x.error = difference(&want, &s.coverages[x.d], -1)
		x.rest = difference(&s.coverages[x.c], &s.coverages[x.d], int(layer))
		x.control = difference(&s.coverages[x.c], &s.coverages[random[k]], int(layer))
	})
	return all
}

// likeWithout returns the place without a layer whose other layers are most like those of a place, other than one.
func (s *scene) likeWithout(a int, layer loc2vec.Layer, without []int, other int) int {
	best, least := -1, math.Inf(1)
	for _, i := range without {
		if i == other {
			continue
		}
		if d := difference(&s.coverages[a], &s.coverages[i], int(layer)); d < least {
			best, least = i, d
		}
	}
	return best
}

// showSum draws the places of a sum.
func (s *scene) showSum(x sum) (report.Sum, error) {
	out := report.Sum{Layer: likeness.Name(x.layer)}
	for _, t := range []struct {
		step  *report.Step
		place int
	}{{&out.A, x.a}, {&out.B, x.b}, {&out.C, x.c}, {&out.D, x.d}} {
		shown, err := s.shown(t.place)
		if err != nil {
			return out, err
		}
		*t.step = report.Step{Picture: shown, Note: fmt.Sprintf("%s %.0f %%", out.Layer, 100*s.coverages[t.place][x.layer])}
	}
	return out, nil
}
