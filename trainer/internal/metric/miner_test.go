package metric

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// distances returns the matrix of a random batch and its labels.
func distances(seed uint64) ([]float64, []int) {
	labels := []int{0, 1, 0, 2, 1, 0, 3, 2, 1}
	n := randomBatch(rand.New(rand.NewPCG(seed, 9)), labels, 3, 0.8)
	var b batch
	if err := load(&b, slices.Concat(n.e...), labels); err != nil {
		panic(err)
	}
	d := make([]float64, len(labels)*len(labels))
	Euclidean.matrix(d, &b)
	return d, labels
}

func TestMinersSelectValidTriplets(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for seed := range uint64(10) {
		d, labels := distances(seed)
		for _, m := range []Miner{
			AllTriplets{}, RandomNegative{rng}, BatchHard{}, SemiHard{}, SemiHard{Fallback: true},
			Classified{Easy, 1}, Classified{Semi, 1}, Classified{Hard, 1},
		} {
			before := Triplet{90, 91, 92}
			got := m.Mine([]Triplet{before}, d, labels)
			if got[0] != before {
				t.Fatalf("%T wrote over what stood there", m)
			}
			for _, tr := range got[1:] {
				if tr.A == tr.P || labels[tr.A] != labels[tr.P] || labels[tr.A] == labels[tr.N] {
					t.Fatalf("%T selected %v", m, tr)
				}
			}
		}
	}
}

func TestDifficultiesPartitionAllTriplets(t *testing.T) {
	for seed := range uint64(10) {
		d, labels := distances(seed)
		var union []Triplet
		for _, difficulty := range []Difficulty{Easy, Semi, Hard} {
			union = Classified{difficulty, 0.7}.Mine(union, d, labels)
		}
		all := AllTriplets{}.Mine(nil, d, labels)
		sortTriplets(union)
		sortTriplets(all)
		if !slices.Equal(union, all) {
			t.Fatalf("the three kinds hold %d triplets, there are %d", len(union), len(all))
		}
	}
}

func TestEasyTripletsLoseNothing(t *testing.T) {
	d, labels := distances(3)
	for _, tr := range (Classified{Easy, 0.7}).Mine(nil, d, labels) {
		if v, _, _ := (hinge{0.7}).at(d[int(tr.A)*len(labels)+int(tr.P)] - d[int(tr.A)*len(labels)+int(tr.N)]); v != 0 {
			t.Fatalf("easy triplet %v has loss %v", tr, v)
		}
	}
}

func TestRandomNegativeIsSeeded(t *testing.T) {
	d, labels := distances(1)
	mine := func(seed uint64) []Triplet {
		return RandomNegative{rand.New(rand.NewPCG(seed, 0))}.Mine(nil, d, labels)
	}
	if !slices.Equal(mine(4), mine(4)) {
		t.Error("one seed gave two selections")
	}
	if slices.Equal(mine(4), mine(5)) {
		t.Error("two seeds gave one selection")
	}
	seen := map[int32]bool{}
	for seed := range uint64(200) {
		seen[mine(seed)[0].N] = true
	}
	if len(seen) != 6 {
		t.Errorf("200 seeds drew %d of the 6 negatives", len(seen))
	}
}

func TestBankKeepsItsDistanceOnTheMap(t *testing.T) {
	bank := Bank{
		Embeddings: []float32{0, 1, 2, 3, 4, 4},
		Labels:     []int{0, 1, 1, 2, 0, 2},
		Apart:      func(query, item int) bool { return query == 10 && item != 1 },
	}
	q := Query{ID: 10, Embedding: []float32{0}, Label: 0}
	if got, want := bank.Nearest(nil, q, 2), []int{2, 3}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := bank.Nearest([]int{8}, q, 9); !slices.Equal(got, []int{8, 2, 3, 5}) {
		t.Errorf("asked for more than there is, got %v", got)
	}
	if got := bank.Nearest(nil, q, 0); len(got) != 0 {
		t.Errorf("asked for none, got %v", got)
	}
}
