package nearest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/sdk"
)

// town returns items of a square of some kilometres. Many vectors are equal, as those of fields are.
func town(n int, rng *rand.Rand) []Item {
	items := make([]Item, n)
	for i := range items {
		items[i].Row = int64(i + 1)
		items[i].Place = loc2vec.LatLon{Lat: 53 + rng.Float64()*0.02, Lon: 8 + rng.Float64()*0.02}
		for d := range items[i].Vector {
			items[i].Vector[d] = float32(rng.IntN(3))
		}
		if i%3 == 0 {
			items[i].Vector = [loc2vec.Dimension]float32{1, 1, 2}
		}
	}
	return items
}

// store returns a store of items.
func store(t testing.TB, items []Item) *Store {
	t.Helper()
	s, err := NewStore()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	for i := range items {
		if err := s.Add(&items[i]); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// naive answers a query by sorting all items.
func naive(t *testing.T, items []Item, q Query, o Options) []Answer {
	t.Helper()
	distance := func(a, b [loc2vec.Dimension]float32) float64 {
		d, err := sdk.Distance(sdk.Vector{Metric: o.Metric, Values: a}, sdk.Vector{Metric: o.Metric, Values: b})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	var all []Answer
	for _, item := range items {
		d := distance(q.Vector, item.Vector)
		if !slices.ContainsFunc(o.Not, func(not [loc2vec.Dimension]float32) bool { return distance(not, item.Vector) < d }) {
			all = append(all, Answer{item.Row, item.Place, d})
		}
	}
	slices.SortFunc(all, func(a, b Answer) int {
		if a.Distance != b.Distance {
			return int(math.Copysign(1, a.Distance-b.Distance))
		}
		return int(a.Row - b.Row)
	})
	var found []Answer
	for _, a := range all {
		near := o.Apart > 0 && q.Place.DistanceTo(a.Place) < o.Apart
		for i := 0; i < len(found) && o.Apart > 0 && !near; i++ {
			near = found[i].Place.DistanceTo(a.Place) < o.Apart
		}
		if len(found) < o.K && !near {
			found = append(found, a)
		}
	}
	return found
}

// TestSearch: answers are those of a loop over all items, with few candidates or many, on any number of processors.
func TestSearch(t *testing.T) {
	rng := rand.New(rand.NewPCG(19, 4))
	items := town(10_000, rng)
	var queries []Query
	for _, item := range town(12, rng) {
		queries = append(queries, Query{item.Place, item.Vector})
	}
	queries = append(queries, Query{items[7].Place, items[7].Vector})
	not := town(3, rng)
	s := store(t, items)
	for _, o := range []Options{
		{K: 10, Metric: loc2vec.Euclidean},
		{K: 10, Metric: loc2vec.Cosine},
		{K: 10, Metric: loc2vec.Euclidean, Apart: 300},
		{K: 10, Metric: loc2vec.Cosine, Apart: 300},
		{K: 10, Metric: loc2vec.Euclidean, Apart: 300, pool: 16},
		{K: 1, Metric: loc2vec.Euclidean, Apart: 100, pool: 1},
		{K: 100, Metric: loc2vec.Euclidean, Apart: 800}, // there are fewer
		{K: 100, Metric: loc2vec.Euclidean, Apart: 800, pool: 64},
		{K: 10, Metric: loc2vec.Euclidean, Apart: 300, Not: [][loc2vec.Dimension]float32{not[1].Vector, not[2].Vector}},
		{K: 20_000, Metric: loc2vec.Euclidean},
	} {
		for _, processors := range []int{1, 3} {
			before := runtime.GOMAXPROCS(processors)
			got, err := s.Search(t.Context(), queries, o)
			runtime.GOMAXPROCS(before)
			if err != nil {
				t.Fatal(err)
			}
			for i, q := range queries {
				if want := naive(t, items, q, o); !reflect.DeepEqual(got[i], want) {
					t.Fatalf("%+v, query %d:\n%v\nwant\n%v", o, i, got[i], want)
				}
			}
		}
	}
}

// TestSearchIsCancelled: a search ends with its context, and reports how far it is.
func TestSearchIsCancelled(t *testing.T) {
	s := store(t, town(3*blockItems, rand.New(rand.NewPCG(1, 2))))
	ctx, cancel := context.WithCancel(t.Context())
	var reported int64
	o := Options{K: 5, Metric: loc2vec.Euclidean, Progress: func(done, total int64) {
		if total != 2*s.Len() || done%blockItems != 0 {
			t.Errorf("%d of %d done", done, total)
		}
		reported = done
		cancel()
	}}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if _, err := s.Search(ctx, make([]Query, 2), o); !errors.Is(err, context.Canceled) || reported != blockItems {
		t.Errorf("%v, after %d comparisons", err, reported)
	}
	if _, err := s.Search(t.Context(), nil, Options{}); err == nil {
		t.Error("no answer is wanted, and no error")
	}
}

// TestStore: items come back as they were; a sample is even; no file is left.
func TestStore(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	items := town(100, rand.New(rand.NewPCG(1, 2)))
	s, err := NewStore()
	if err != nil {
		t.Fatal(err)
	}
	for i := range items {
		if err := s.Add(&items[i]); err != nil {
			t.Fatal(err)
		}
	}
	all, err := s.Sample(200)
	if err != nil || !reflect.DeepEqual(all, items) {
		t.Errorf("%v: %v", err, all)
	}
	if some, err := s.Sample(4); err != nil || fmt.Sprint(some[0].Row, some[1].Row, some[2].Row, some[3].Row) != "1 26 51 76" {
		t.Errorf("%v: %v", err, some)
	}
	if err := s.Add(&Item{Vector: [loc2vec.Dimension]float32{float32(math.NaN())}}); err == nil {
		t.Error("NaN is kept")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
	if _, err := os.Stat(dir); err != nil {
		t.Error(err)
	}
}

// BenchmarkSearch searches for the like of ten places among a million.
func BenchmarkSearch(b *testing.B) {
	const places, queries = 1_000_000, 10
	rng := rand.New(rand.NewPCG(3, 4))
	var s *Store
	for b.Loop() {
		b.StopTimer()
		if s == nil {
			items := make([]Item, places)
			for i := range items {
				items[i].Row, items[i].Place = int64(i), loc2vec.LatLon{Lat: 50 + 5*rng.Float64(), Lon: 5 + 5*rng.Float64()}
				for d := range items[i].Vector {
					items[i].Vector[d] = rng.Float32()
				}
			}
			s = store(b, items)
		}
		b.StartTimer()
		if _, err := s.Search(b.Context(), make([]Query, queries), Options{K: 10, Metric: loc2vec.Euclidean, Apart: 500}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(places*queries*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mcompare/s")
}

// TestMemory: what a search keeps does not grow with the items.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("half a million items")
	}
	live := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := live()
	s := store(t, nil)
	item := Item{}
	for i := range int64(500_000) {
		item.Row, item.Place.Lat, item.Vector[i%loc2vec.Dimension] = i, float64(i%80), float32(i%101)
		if err := s.Add(&item); err != nil {
			t.Fatal(err)
		}
	}
	var most, calls atomic.Uint64
	o := Options{K: 10, Metric: loc2vec.Euclidean, Apart: 500, Progress: func(done, _ int64) {
		if calls.Add(1)%100 == 0 {
			most.Store(max(most.Load(), live()))
		}
	}}
	if _, err := s.Search(t.Context(), make([]Query, 4), o); err != nil {
		t.Fatal(err)
	}
	if grown := int64(most.Load()) - int64(before); grown > 8<<20 || calls.Load() < 900 {
		t.Errorf("%d kB of memory, %d blocks", grown>>10, calls.Load())
	}
}
