package eval

import (
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/vectorspace"
)

func TestRanksOfConstructedEmbeddings(t *testing.T) {
	// Places on a line at 0, 10, 20. The queries lie 1 away from place 0, between places 1 and 2, and
	// halfway between places 0 and 1.
	gallery := matrix{3, 1, []float32{0, 10, 20}}
	queries := matrix{3, 1, []float32{1, 16, 5}}
	got := ranks(gallery, queries, nil)
	if want := []int{0, 1, 2}; !slices.Equal(got, want) {
		t.Errorf("ranks %v, want %v", got, want)
	}
	if one, ten := within(got, 1), within(got, 10); !slices.Equal(one, []float64{1, 0, 0}) || !slices.Equal(ten, []float64{1, 1, 1}) {
		t.Errorf("R@1 scores %v and R@10 scores %v", one, ten)
	}
	near := [][]int32{{0, 1}, {0, 1}, {2}}
	if got, want := ranks(gallery, queries, near), []int{0, 0, 0}; !slices.Equal(got, want) {
		t.Errorf("ranks among the near %v, want %v", got, want)
	}
}

func TestConstantAndBrokenEmbeddingsFindNothing(t *testing.T) {
	for _, value := range []float32{0, 7, float32(math.NaN())} {
		m := newMatrix(20, 4)
		for i := range m.data {
			m.data[i] = value
		}
		for i, r := range ranks(m, m, nil) {
			if r != 19 {
				t.Fatalf("all numbers %v: place %d has rank %d, want 19", value, i, r)
			}
		}
	}
}

func TestRanksAgainstSorting(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	gallery, queries := random(60, 5, rng), random(60, 5, rng)
	for i, got := range ranks(gallery, queries, nil) {
		order := make([]int, gallery.n)
		for j := range order {
			order[j] = j
		}
		sort.Slice(order, func(a, b int) bool {
			return vectorspace.SquaredDistance(queries.row(i), gallery.row(order[a])) < vectorspace.SquaredDistance(queries.row(i), gallery.row(order[b]))
		})
		if want := slices.Index(order, i); got != want {
			t.Errorf("query %d: rank %d, want %d", i, got, want)
		}
	}
}

func TestAveragePrecisionAtRAgainstSorting(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	const n, r, d = 40, 5, 3
	anchors := random(n, d, rng)
	views := make([]matrix, r)
	for v := range views {
		views[v] = random(n, d, rng)
		for i := range views[v].data {
			views[v].data[i] = anchors.data[i] + views[v].data[i]/2
		}
	}
	for i, got := range averagePrecisionAtR(anchors, views) {
		type answer struct {
			d   float32
			own bool
		}
		var answers []answer
		for _, view := range views {
			for j := range view.n {
				answers = append(answers, answer{vectorspace.SquaredDistance(anchors.row(i), view.row(j)), i == j})
			}
		}
		sort.Slice(answers, func(a, b int) bool { return answers[a].d < answers[b].d })
		var want, hits float64
		for k := range r {
			if answers[k].own {
				hits++
				want += hits / float64(k+1) / r
			}
		}
		if math.Abs(got-want) > 1e-12 {
			t.Errorf("anchor %d: %v, want %v", i, got, want)
		}
	}
}

func TestNearestAgainstSorting(t *testing.T) {
	m := random(50, 4, rand.New(rand.NewPCG(7, 8)))
	for i := range m.n {
		var order []int
		for j := range m.n {
			if j != i {
				order = append(order, j)
			}
		}
		sort.Slice(order, func(a, b int) bool {
			return vectorspace.SquaredDistance(m.row(i), m.row(order[a])) < vectorspace.SquaredDistance(m.row(i), m.row(order[b]))
		})
		if got := m.nearest(i, 10); !slices.Equal(got, order[:10]) {
			t.Errorf("nearest of %d: %v, want %v", i, got, order[:10])
		}
	}
	if got := m.nearest(0, 100); len(got) != 49 {
		t.Errorf("%d neighbours in a gallery of 50, want 49", len(got))
	}
}

func TestNeighbourhoods(t *testing.T) {
	at := loc2vec.LatLon{Lat: 60, Lon: 10}
	places := []loc2vec.LatLon{at, at.Offset(1900, 0), at.Offset(0, -2100)}
	near := neighbourhoods(places, 2000)
	if !slices.Equal(near[0], []int32{0, 1}) || !slices.Equal(near[2], []int32{2}) {
		t.Errorf("neighbourhoods %v", near)
	}
}
