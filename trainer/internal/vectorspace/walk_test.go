package vectorspace

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/loc2vec/loc2vec"
)

// TestWalk: every hop leads to a neighbour; an onward walk leads to no place twice, and stays where it cannot go on.
func TestWalk(t *testing.T) {
	s := randomSpace(40, 3, loc2vec.Euclidean)
	near := make([][]int, s.Len())
	for i := range near {
		near[i] = s.NearestTo(i, 4)
	}
	for seed := range uint64(20) {
		for _, onward := range []bool{false, true} {
			o := WalkOptions{Start: int(seed), Hops: 8, Onward: onward}
			walk := Walk(near, o, rand.New(rand.NewPCG(seed, 1)))
			if len(walk) != 9 || walk[0] != o.Start || !slices.Equal(walk, Walk(near, o, rand.New(rand.NewPCG(seed, 1)))) {
				t.Fatalf("walk %v", walk)
			}
			for h, to := range walk[1:] {
				stuck := onward && to == walk[h]
				if !stuck && !slices.Contains(near[walk[h]], to) {
					t.Errorf("%v: hop %d leads to no neighbour", walk, h)
				}
				if onward && !stuck && slices.Contains(walk[:h+1], to) {
					t.Errorf("%v: hop %d leads back", walk, h)
				}
			}
		}
	}
	if got := Walk([][]int{{1}, {0}}, WalkOptions{Hops: 3, Onward: true}, rand.New(rand.NewPCG(1, 1))); !slices.Equal(got, []int{0, 1, 1, 1}) {
		t.Errorf("where there is no way on: %v", got)
	}
}

// TestWay: on a line of places the way between two of them is that of the places between.
func TestWay(t *testing.T) {
	line := Space{Dimension: 1, Vectors: []float32{0, 40, 10, 30, 20, 500}}
	if got := line.Way(0, 1, 3); !slices.Equal(got, []int{2, 4, 3}) {
		t.Errorf("the way is %v, want 2, 4, 3", got)
	}
	if got := line.Way(0, 1, 9); len(got) != 4 {
		t.Errorf("%v: of six places four lie on a way", got)
	}
	if got := (Space{Dimension: 1, Vectors: []float32{0, 1}}).Way(0, 1, 1); len(got) != 0 {
		t.Errorf("a way over %v without places between", got)
	}
}
