package vectorspace

import (
	"math/rand/v2"
	"slices"
)

// WalkOptions are where a walk starts and how it goes on.
type WalkOptions struct {
	Start, Hops int
	// Onward walks lead to no place twice.
	Onward bool
}

// Walk follows a random walk, each hop to one of the neighbours of a place, which near lists. It returns the places,
// the start first: [Hops+1]. It stays where there is no neighbour to go to.
func Walk(near [][]int, o WalkOptions, rng *rand.Rand) []int {
	walk := []int{o.Start}
	for at := o.Start; len(walk) <= o.Hops; walk = append(walk, at) {
		next := near[at]
		if o.Onward {
			next = slices.DeleteFunc(slices.Clone(next), func(i int) bool { return slices.Contains(walk, i) })
		}
		if len(next) > 0 {
			at = next[rng.IntN(len(next))]
		}
	}
	return walk
}

// Way returns the places nearest to evenly spaced points on the segment from place i to place j, without both and none
// of them twice: as many as steps, or fewer where there are no more places.
func (s Space) Way(i, j, steps int) []int {
	var way []int
	for step := range steps {
		point := s.Between(s.Row(i), s.Row(j), float64(step+1)/float64(steps+1))
		way = append(way, s.Nearest(point, 1, func(k int) bool { return k != i && k != j && !slices.Contains(way, k) })...)
	}
	return way
}
