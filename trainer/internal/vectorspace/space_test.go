package vectorspace

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/sdk"
)

func randomSpace(n, d int, metric loc2vec.Metric) Space {
	rng := rand.New(rand.NewPCG(3, uint64(n)))
	s := Space{Vectors: make([]float32, n*d), Dimension: d, Metric: metric}
	for i := range s.Vectors {
		s.Vectors[i] = float32(rng.NormFloat64())
	}
	if metric == loc2vec.Cosine {
		Normalise(s.Vectors, d)
	}
	return s
}

// TestDistanceIsThatOfTheSDK: also to a vector of zeros.
func TestDistanceIsThatOfTheSDK(t *testing.T) {
	for _, metric := range []loc2vec.Metric{loc2vec.Euclidean, loc2vec.Cosine} {
		s := randomSpace(20, loc2vec.Dimension, metric)
		clear(s.Row(7))
		for i := range s.Len() {
			a, b := sdk.Vector{Metric: metric}, sdk.Vector{Metric: metric}
			copy(a.Values[:], s.Row(i))
			copy(b.Values[:], s.Row(7))
			want, err := sdk.Distance(a, b)
			if err != nil {
				t.Fatal(err)
			}
			if metric == loc2vec.Euclidean && i == 7 {
				want = 0
			}
			if got := s.Distance(s.Row(i), s.Row(7)); math.Abs(got-want) > 1e-5 {
				t.Errorf("%s: distance %v, want %v", metric, got, want)
			}
			copy(b.Values[:], s.Row(3))
			if want, err = sdk.Distance(a, b); err != nil {
				t.Fatal(err)
			}
			if got := s.Distance(s.Row(i), s.Row(3)); math.Abs(got-want) > 1e-5 {
				t.Errorf("%s: distance %v, want %v", metric, got, want)
			}
		}
	}
}

// TestNearest: those accepted, sorted by distance, of which the first counts among equal ones.
func TestNearest(t *testing.T) {
	s := randomSpace(60, 4, loc2vec.Euclidean)
	copy(s.Row(30), s.Row(11)) // as near as 11
	even := func(i int) bool { return i%2 == 0 }
	for i := range s.Len() {
		var want []int
		for j := range s.Len() {
			if even(j) {
				want = append(want, j)
			}
		}
		slices.SortStableFunc(want, func(a, b int) int {
			return int(math.Copysign(1, float64(SquaredDistance(s.Row(i), s.Row(a))-SquaredDistance(s.Row(i), s.Row(b)))))
		})
		if got := s.Nearest(s.Row(i), 9, even); !slices.Equal(got, want[:9]) {
			t.Errorf("nearest to %d: %v, want %v", i, got, want[:9])
		}
	}
	if got := s.Nearest(s.Row(30), 2, nil); !slices.Equal(got, []int{11, 30}) {
		t.Errorf("of equal places: %v", got)
	}
	if got := s.Nearest(s.Row(0), 0, nil); len(got) != 0 {
		t.Errorf("no place asked for: %v", got)
	}
	if got := s.NearestTo(5, 100); len(got) != 59 || slices.Contains(got, 5) {
		t.Errorf("%d neighbours of 59, itself among them: %v", len(got), slices.Contains(got, 5))
	}
}

// TestSpread: every place left over is nearer to one chosen than any two chosen are to each other.
func TestSpread(t *testing.T) {
	s := randomSpace(80, 5, loc2vec.Euclidean)
	var among []int
	for i := 0; i < 80; i += 2 {
		among = append(among, i)
	}
	chosen := s.Spread(among, 7)
	apart, cover := math.Inf(1), 0.0
	for a, i := range chosen {
		for _, j := range chosen[:a] {
			apart = min(apart, s.Distance(s.Row(i), s.Row(j)))
		}
	}
	for _, i := range among {
		gap := math.Inf(1)
		for _, j := range chosen {
			gap = min(gap, s.Distance(s.Row(i), s.Row(j)))
		}
		cover = max(cover, gap)
	}
	if len(chosen) != 7 || cover > apart || slices.ContainsFunc(chosen, func(i int) bool { return i%2 == 1 }) {
		t.Errorf("%v: a place %v from all chosen, two of which are %v from each other", chosen, cover, apart)
	}
	if got := s.Spread(among, 100); len(got) != 40 {
		t.Errorf("%d of 40 places", len(got))
	}
}

func TestBetweenAndSum(t *testing.T) {
	s := randomSpace(3, 4, loc2vec.Cosine)
	a, b, c := s.Row(0), s.Row(1), s.Row(2)
	if got := s.Between(a, b, 0); s.Distance(got, a) > 1e-6 {
		t.Errorf("at 0 the way is at %v, want %v", got, a)
	}
	if got := s.Between(a, b, 1); s.Distance(got, b) > 1e-6 {
		t.Errorf("at 1 the way is at %v, want %v", got, b)
	}
	middle := s.Between(a, b, 0.5)
	if d, e := s.Distance(middle, a), s.Distance(middle, b); math.Abs(d-e) > 1e-5 {
		t.Errorf("the middle is %v and %v from the ends", d, e)
	}
	if got := s.Sum(a, b, b); s.Distance(got, a) > 1e-6 {
		t.Errorf("a - b + b = %v, want %v", got, a)
	}
	if got := s.Sum(a, b, c); math.Abs(float64(SquaredDistance(got, make([]float32, 4)))-1) > 1e-5 {
		t.Errorf("the sum %v is not of length 1", got)
	}
}
