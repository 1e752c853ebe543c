package showcase

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/likeness"
	"github.com/loc2vec/loc2vec/trainer/internal/report"
	"github.com/loc2vec/loc2vec/trainer/internal/sample"
)

const (
	// shownNear is the number of neighbours of a place.
	shownNear = 5
	// shownSpread is the number of places whose neighbours are shown, if none are asked for.
	shownSpread = 8
	// maxShown is the number of places of the user whose neighbours are shown.
	maxShown = 40
	// maxNamed is the number of places that are named as left out.
	maxNamed = 5
)

// focus is a place whose neighbours are shown.
type focus struct {
	Place
	vector   []float32
	coverage likeness.Coverage
	near     []int   // of the scene, nearest first
	mean     float64 // distance to them
}

// neighbourhoods shows the neighbours of the places asked for, or of some that differ, those with the nearest ones
// first.
func (s *scene) neighbourhoods(ctx context.Context) ([]report.Neighbourhood, []report.Omission, error) {
	chosen, omitted, err := s.asked(ctx)
	if err != nil {
		return nil, nil, err
	}
	if len(s.Places) == 0 {
		chosen = s.spread()
	}
	slices.SortStableFunc(chosen, func(a, b focus) int { return cmp.Compare(a.mean, b.mean) })
	var out []report.Neighbourhood
	for _, f := range chosen {
		hood, err := s.neighbourhood(f)
		if err != nil {
			return nil, nil, err
		}
		out = append(out, hood)
	}
	return out, omitted, nil
}

// asked returns the places asked for that have a vector, and why others are left out.
func (s *scene) asked(ctx context.Context) ([]focus, []report.Omission, error) {
	var inside []Place
	var outside, tooMany, unmapped []string
	for _, p := range s.Places {
		p.Name = cmp.Or(p.Name, coordinate(p.At))
		covered, err := s.Region.Tiles.Contains(p.At)
		if err != nil {
			return nil, nil, err
		}
		switch {
		case !covered:
			outside = append(outside, p.Name)
		case len(inside) == maxShown:
			tooMany = append(tooMany, p.Name)
		default:
			inside = append(inside, p)
		}
	}
	var at []loc2vec.LatLon
	for _, p := range inside {
		at = append(at, p.At)
	}
	views, err := s.look(ctx, "places", at)
	if err != nil {
		return nil, nil, err
	}
	var chosen []focus
	for i, v := range views {
		if v.mapped < sample.EmptyCoverage {
			unmapped = append(unmapped, inside[i].Name)
			continue
		}
		chosen = append(chosen, s.focusOn(inside[i], s.spaceOf(v.vector[:]).Vectors, v.coverage))
	}
	var omitted []report.Omission
	for _, o := range []struct {
		names []string
		why   string
	}{
		{outside, "outside the packs."},
		{unmapped, "nothing is mapped within the window of the model."},
		{tooMany, fmt.Sprintf("the page shows the neighbours of %d places.", maxShown)},
	} {
		if len(o.names) > 0 {
			omitted = append(omitted, report.Omission{What: enumerate(o.names), Why: o.why})
		}
	}
	return chosen, omitted, nil
}

// enumerate names the first of some things, and counts the others.
func enumerate(names []string) string {
	if n := len(names) - maxNamed; n > 0 {
		return fmt.Sprintf("%s, and %d more", strings.Join(names[:maxNamed], ", "), n)
	}
	return strings.Join(names, ", ")
}

// spread returns places that differ from each other, of those that have near neighbours.
func (s *scene) spread() []focus {
	all := make([]focus, len(s.places))
	var means []float64
	for i, place := range s.places {
		all[i] = s.focusOn(Place{coordinate(place), place}, s.space.Row(i), s.coverages[i])
		means = append(means, all[i].mean)
	}
	slices.Sort(means)
	var among []int
	for i := range all {
		if all[i].mean <= means[len(means)/2] && s.rich(i) {
			among = append(among, i)
		}
	}
	var out []focus
	for _, i := range s.space.Spread(among, shownSpread) {
		out = append(out, all[i])
	}
	return out
}

// focusOn finds the neighbours of a place. It leaves out places near it on the map, and near a neighbour that is found
// already.
func (s *scene) focusOn(p Place, vector []float32, coverage likeness.Coverage) focus {
	f := focus{Place: p, vector: vector, coverage: coverage}
	for len(f.near) < shownNear {
		next := s.space.Nearest(vector, 1, func(j int) bool {
			return p.At.DistanceTo(s.places[j]) >= s.apart() && !slices.ContainsFunc(f.near, func(k int) bool {
				return s.places[k].DistanceTo(s.places[j]) < s.apart()
			})
		})
		if len(next) == 0 {
			break
		}
		f.near = append(f.near, next[0])
		f.mean += (s.space.Distance(vector, s.space.Row(next[0])) - f.mean) / float64(len(f.near))
	}
	return f
}

// neighbourhood draws a place and its neighbours.
func (s *scene) neighbourhood(f focus) (report.Neighbourhood, error) {
	hood := report.Neighbourhood{Vector: f.vector}
	var err error
	if hood.Place, err = s.picture(f.Name, f.At); err != nil {
		return hood, err
	}
	for _, j := range f.near {
		shown, err := s.shown(j)
		if err != nil {
			return hood, err
		}
		hood.Near = append(hood.Near, report.Neighbour{
			Picture: shown, Distance: s.space.Distance(f.vector, s.space.Row(j)),
			Metres: f.At.DistanceTo(s.places[j]), Words: s.typical.Words(f.coverage, s.coverages[j]),
		})
	}
	return hood, nil
}
