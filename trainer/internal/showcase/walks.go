package showcase

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/report"
	"github.com/loc2vec/loc2vec/trainer/internal/vectorspace"
)

const (
	// walkNear is the number of neighbours that a hop chooses from.
	walkNear = 10
	// walked and walkHops are the walks that figures are the mean of, and shownWalks and shownHops those that are shown.
	walked, walkHops      = 200, 5
	shownWalks, shownHops = 3, 6
	// farMetres is the distance from which on a neighbour is in another part of the world.
	farMetres = 100_000
)

// walks follows random walks from place to place.
func (s *scene) walks() (*report.Walks, error) {
	near := s.near(s.space)
	w := &report.Walks{
		Near: walkNear, Walked: walked * walkHops, FarMetres: farMetres, ShowFar: len(s.Region.Metadata()) > 1,
		Hop: s.hop(s.space, near), Control: s.hop(s.shuffled(), s.near(s.shuffled())), Far: s.far(near),
	}
	rng := s.rng(walksSeed)
	for _, start := range s.space.Spread(s.richPlaces(), shownWalks) {
		walk := vectorspace.Walk(near, vectorspace.WalkOptions{Start: start, Hops: shownHops, Onward: true}, rng)
		steps, err := s.steps(walk)
		if err != nil {
			return nil, err
		}
		w.Shown = append(w.Shown, steps)
	}
	return w, nil
}

// near returns the nearest neighbours of each place in a space.
func (s *scene) near(space vectorspace.Space) [][]int {
	near := make([][]int, space.Len())
	parallel(len(near), func(i int) { near[i] = space.NearestTo(i, walkNear) })
	return near
}

// eachHop calls visit for the hops of walks.
func (s *scene) eachHop(near [][]int, visit func(from, to int)) {
	rng := s.rng(walksSeed)
	for range walked {
		walk := vectorspace.Walk(near, vectorspace.WalkOptions{Start: rng.IntN(len(near)), Hops: walkHops, Onward: true}, rng)
		for h, to := range walk[1:] {
			visit(walk[h], to)
		}
	}
}

// hop returns the mean distance of a hop over that of two places drawn at random.
func (s *scene) hop(space vectorspace.Space, near [][]int) float64 {
	var hops, random float64
	rng := s.rng(walksSeed)
	s.eachHop(near, func(from, to int) {
		hops += space.Distance(space.Row(from), space.Row(to))
		random += space.Distance(space.Row(rng.IntN(space.Len())), space.Row(rng.IntN(space.Len())))
	})
	return hops / random
}

// far returns the share of hops that lead beyond farMetres.
func (s *scene) far(near [][]int) float64 {
	far := 0.0
	s.eachHop(near, func(from, to int) {
		if s.places[from].DistanceTo(s.places[to]) > farMetres {
			far++
		}
	})
	return far / (walked * walkHops)
}

// shuffled returns the space with each axis shuffled over the places: every number is as it was, and what they have to
// do with each other is gone.
func (s *scene) shuffled() vectorspace.Space {
	out, rng := s.space, s.rng(shuffleSeed)
	out.Vectors = slices.Clone(out.Vectors)
	for k := range out.Dimension {
		rng.Shuffle(out.Len(), func(i, j int) {
			a, b := i*out.Dimension+k, j*out.Dimension+k
			out.Vectors[a], out.Vectors[b] = out.Vectors[b], out.Vectors[a]
		})
	}
	if out.Metric == loc2vec.Cosine {
		vectorspace.Normalise(out.Vectors, out.Dimension)
	}
	return out
}

// steps draws places on a way, each with how far it is from the one before.
func (s *scene) steps(way []int) ([]report.Step, error) {
	var steps []report.Step
	for k, i := range way {
		shown, err := s.shown(i)
		if err != nil {
			return nil, err
		}
		step := report.Step{Picture: shown}
		if k > 0 {
			step.Note = fmt.Sprintf("distance %.2f", s.distance(way[k-1], i))
		}
		steps = append(steps, step)
	}
	return steps, nil
}

// richPlaces returns the places with several layers, or all if there are few.
func (s *scene) richPlaces() []int {
	var rich, all []int
	for i := range s.places {
		all = append(all, i)
		if s.rich(i) {
			rich = append(rich, i)
		}
	}
	if len(rich) < minPlaces/2 {
		return all
	}
	return rich
}

// Streams of random numbers, one for each figure, so that none depends on another.
const (
	pairsSeed = iota + 1
	walksSeed
	waysSeed
	sumsSeed
	shuffleSeed
)

// rng returns the generator of a stream.
func (s *scene) rng(stream uint64) *rand.Rand { return rand.New(rand.NewPCG(s.Seed, stream)) }
