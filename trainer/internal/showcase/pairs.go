package showcase

import (
	"cmp"
	"slices"

	"github.com/loc2vec/loc2vec/trainer/internal/likeness"
	"github.com/loc2vec/loc2vec/trainer/internal/report"
)

const (
	// shownPairs is the number of pairs of each kind.
	shownPairs = 4
	// nearSpacings is how many spacings apart two places are near.
	nearSpacings = 1.6
	// A place is rich if richLayers or more layers cover at least richCoverage of it: empty fields are alike everywhere.
	richLayers, richCoverage = 4, 0.01
)

// pair is two places with their distance in the space.
type pair struct {
	i, j     int
	distance float64
}

// pairs finds places that are alike though far apart, and unalike though near.
func (s *scene) pairs() (*report.Pairs, error) {
	p := &report.Pairs{Apart: 2 * s.apart(), Near: nearSpacings * s.spacing, Typical: s.random[len(s.random)/2]}
	var alike, unalike []pair
	for i := range s.places {
		found := s.space.Nearest(s.space.Row(i), 1, func(j int) bool {
			return s.rich(i) && s.rich(j) && s.places[i].DistanceTo(s.places[j]) >= p.Apart
		})
		for _, j := range found {
			alike = append(alike, pair{i, j, s.distance(i, j)})
		}
		for j := range i {
			if s.places[i].DistanceTo(s.places[j]) <= p.Near {
				unalike = append(unalike, pair{j, i, s.distance(i, j)})
			}
		}
	}
	slices.SortStableFunc(alike, func(a, b pair) int { return cmp.Compare(a.distance, b.distance) })
	slices.SortStableFunc(unalike, func(a, b pair) int { return cmp.Compare(b.distance, a.distance) })
	var err error
	if p.Alike, err = s.showPairs(alike, s.typical.Words); err != nil {
		return nil, err
	}
	p.Unalike, err = s.showPairs(unalike, s.typical.Contrast)
	return p, err
}

// rich reports whether a place has several layers.
func (s *scene) rich(i int) bool {
	layers := 0
	for _, c := range s.coverages[i] {
		if c >= richCoverage {
			layers++
		}
	}
	return layers >= richLayers
}

// showPairs draws the first pairs that show different things, with words for the layers of both places.
func (s *scene) showPairs(pairs []pair, words func(a, b likeness.Coverage) string) ([]report.Pair, error) {
	var out []report.Pair
	for _, p := range s.different(pairs, shownPairs) {
		first, err := s.shown(p.i)
		if err != nil {
			return nil, err
		}
		second, err := s.shown(p.j)
		if err != nil {
			return nil, err
		}
		out = append(out, report.Pair{
			First: first, Second: second, Distance: p.distance, Closer: s.closer(p.distance),
			Metres: s.places[p.i].DistanceTo(s.places[p.j]), Words: words(s.coverages[p.i], s.coverages[p.j]),
		})
	}
	return out, nil
}

// different returns the first k pairs of which no two have alike places in both roles, or fewer.
func (s *scene) different(pairs []pair, k int) []pair {
	radius := s.random[len(s.random)/2] / 2
	alike := func(i, j int) bool { return s.distance(i, j) < radius }
	var out []pair
	for _, p := range pairs {
		if len(out) == k {
			break
		}
		if !slices.ContainsFunc(out, func(q pair) bool {
			return alike(p.i, q.i) && alike(p.j, q.j) || alike(p.i, q.j) && alike(p.j, q.i)
		}) {
			out = append(out, p)
		}
	}
	return out
}

// closer returns the share of pairs drawn at random whose distance is larger.
func (s *scene) closer(distance float64) float64 {
	i, _ := slices.BinarySearch(s.random, distance)
	return 1 - float64(i)/float64(len(s.random))
}
