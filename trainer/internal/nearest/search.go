package nearest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/loc2vec/loc2vec"
)

// Options say what a search answers with.
type Options struct {
	K      int // answers to a query, at least 1
	Metric loc2vec.Metric
	// Apart is the least distance on the ground in metres, between a query and its answers and between two answers to a
	// query. Of answers that are nearer to each other the one with the nearest vector counts. 0: also the place of the
	// query itself.
	Apart float64
	// Not are negative examples: a place whose vector is nearer to one of them than to the query is no answer.
	Not [][loc2vec.Dimension]float32
	// Progress is told how many comparisons of all are done, from several goroutines; nil: nobody is told.
	Progress func(done, total int64)

	pool int // candidates kept for a query at first, for tests; 0: as many as most queries need
}

// Query is a place whose like is searched.
type Query struct {
	Place  loc2vec.LatLon
	Vector [loc2vec.Dimension]float32
}

// Answer is an item that is like a query.
type Answer struct {
	Row      int64
	Place    loc2vec.LatLon
	Distance float64 // of the vectors
}

// compare orders answers by distance, then by their rows.
func (a *Answer) compare(b *Answer) int {
	return cmp.Or(cmp.Compare(a.Distance, b.Distance), cmp.Compare(a.Row, b.Row))
}

const (
	// poolsBytes is the memory for the candidates of the queries that are searched for together.
	poolsBytes = 128 << 20
	answerSize = 32 // of an Answer in bytes
	// candidatesPerAnswer is the number of candidates for each answer where answers have to lie apart. A query whose
	// candidates do not suffice is compared again, with more of them: a grid of 50 m has some 400 cells within 500 m of an
	// answer, in fields all alike.
	candidatesPerAnswer = 16
	moreCandidates      = 8 // times as many
	// maxCandidates bounds the candidates of a query.
	maxCandidates = 1 << 16
	// blockItems is the number of items that are read at once. They fit in the processor's cache.
	blockItems = 2048
)

// Search returns the answers to each query, the nearest first. There may be fewer than Options.K. The result does not
// depend on the number of processors, which are all used. Errors are those of the context or of the temporary file.
func (s *Store) Search(ctx context.Context, queries []Query, o Options) ([][]Answer, error) {
	if o.K < 1 {
		return nil, errors.New("a search needs one answer or more")
	}
	if err := s.flush(); err != nil {
		return nil, err
	}
	run := search{store: s, options: o, queries: make([]query, len(queries)), capacity: o.pool}
	if run.capacity == 0 {
		run.capacity = o.K
		if o.Apart > 0 {
			run.capacity = max(o.K, min(candidatesPerAnswer*o.K, maxCandidates))
		}
	}
	waiting := make([]*query, len(queries))
	for i := range queries {
		run.queries[i].Query, waiting[i] = queries[i], &run.queries[i]
	}
	if err := run.all(ctx, waiting); err != nil {
		return nil, fmt.Errorf("searching: %w", err)
	}
	answers := make([][]Answer, len(queries))
	for i := range answers {
		answers[i] = run.queries[i].found
	}
	return answers, nil
}

// query is a query with what is known of its answers. Answers are chosen from candidates by their distance: whether one
// is an answer depends only on candidates before it. So the nearest candidates suffice, if they have enough answers that
// lie apart. Otherwise the next candidates are those behind them.
type query struct {
	Query
	found []Answer // answers
	after *Answer  // the last candidate that was looked at; nil: none
}

// search is a search under way.
type search struct {
	store       *Store
	options     Options
	queries     []query
	capacity    int // candidates of a query in this pass
	done, total atomic.Int64
}

// all completes the queries that wait.
func (s *search) all(ctx context.Context, waiting []*query) error {
	processors := runtime.GOMAXPROCS(0)
	for len(waiting) > 0 {
		together := max(1, poolsBytes/(answerSize*s.capacity*processors))
		s.total.Add(int64(len(waiting)) * s.store.items)
		var incomplete []*query
		for block := range slices.Chunk(waiting, together) {
			candidates, err := s.scan(ctx, block, processors)
			if err != nil {
				return err
			}
			for i, q := range block {
				if !s.choose(q, candidates[i]) {
					incomplete = append(incomplete, q)
				}
			}
		}
		waiting = incomplete
		s.capacity = max(s.capacity, min(moreCandidates*s.capacity, maxCandidates))
	}
	return nil
}

// choose moves candidates, which are sorted, to the answers of a query. It reports whether they are complete.
func (s *search) choose(q *query, candidates []Answer) bool {
	for i := range candidates {
		if s.apart(q, candidates[i].Place) {
			q.found = append(q.found, candidates[i])
		}
		if len(q.found) == s.options.K {
			return true
		}
	}
	if len(candidates) < s.capacity {
		return true // there are no others
	}
	q.after = &candidates[len(candidates)-1]
	return false
}

// apart reports whether a place lies apart from a query and its answers.
func (s *search) apart(q *query, place loc2vec.LatLon) bool {
	near := s.options.Apart
	return near <= 0 || q.Place.DistanceTo(place) >= near &&
		!slices.ContainsFunc(q.found, func(a Answer) bool { return a.Place.DistanceTo(place) < near })
}

// scan returns the nearest candidates of each query, sorted.
func (s *search) scan(ctx context.Context, queries []*query, processors int) ([][]Answer, error) {
	pools, errs := make([][]pool, processors), make([]error, processors)
	var next atomic.Int64 // item that is not taken yet
	var running sync.WaitGroup
	for p := range processors {
		running.Go(func() {
			own := make([]pool, len(queries))
			items, buffer := make([]Item, blockItems), make([]byte, blockItems*itemBytes)
			for errs[p] == nil {
				from := next.Add(blockItems) - blockItems
				if from >= s.store.items {
					break
				}
				block := items[:min(blockItems, s.store.items-from)]
				if errs[p] = s.store.read(block, from, buffer); errs[p] == nil {
					errs[p] = s.compareAll(ctx, own, queries, block)
				}
			}
			pools[p] = own
		})
	}
	running.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	candidates := make([][]Answer, len(queries))
	for i := range queries {
		for p := range pools {
			candidates[i] = append(candidates[i], pools[p][i]...)
		}
		slices.SortFunc(candidates[i], func(a, b Answer) int { return a.compare(&b) })
		candidates[i] = candidates[i][:min(len(candidates[i]), s.capacity)]
	}
	return candidates, nil
}

// compareAll adds items to the candidates of each query.
func (s *search) compareAll(ctx context.Context, pools []pool, queries []*query, items []Item) error {
	for i, q := range queries {
		if err := ctx.Err(); err != nil {
			return err
		}
		s.compare(&pools[i], q, items)
		if done := s.done.Add(int64(len(items))); s.options.Progress != nil {
			s.options.Progress(done, s.total.Load())
		}
	}
	return nil
}

// compare adds items to the candidates of a query.
func (s *search) compare(candidates *pool, q *query, items []Item) {
	limit := math.Inf(1) // beyond which no item is a candidate
	for i := range items {
		if len(*candidates) == s.capacity {
			limit = (*candidates)[0].Distance
		}
		item := &items[i]
		d := distanceWithin(s.options.Metric, &q.Vector, &item.Vector, limit)
		if d > limit {
			continue
		}
		one := Answer{item.Row, item.Place, d}
		if d == limit && one.compare(&(*candidates)[0]) >= 0 || q.after != nil && one.compare(q.after) <= 0 ||
			s.excluded(item, d) || !s.apart(q, item.Place) {
			continue
		}
		candidates.add(one, s.capacity)
	}
}

// excluded reports whether an item is nearer to a negative example than to a query at a distance.
func (s *search) excluded(item *Item, distance float64) bool {
	for i := range s.options.Not {
		if Distance(s.options.Metric, &s.options.Not[i], &item.Vector) < distance {
			return true
		}
	}
	return false
}
