package showcase

import (
	"math"
	"runtime"
	"sync"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/likeness"
	"github.com/loc2vec/loc2vec/trainer/internal/report"
)

const (
	// wayPairs is the number of pairs of places that figures are the mean of.
	wayPairs = 400
	// shownWays is the number of ways shown, with shownBetween places between the ends.
	shownWays, shownBetween = 3, 5
)

// ways looks at what lies between two places.
func (s *scene) ways() (*report.Ways, error) {
	w := &report.Ways{Pairs: wayPairs}
	w.Middle, w.Control = s.middles()
	ends := s.space.Spread(s.richPlaces(), shownWays+1)
	for k := range len(ends) - 1 {
		way := append(append([]int{ends[k]}, s.space.Way(ends[k], ends[k+1], shownBetween)...), ends[k+1])
		steps, err := s.steps(way)
		if err != nil {
			return nil, err
		}
		w.Shown = append(w.Shown, steps)
	}
	return w, nil
}

// middles returns how far the coverages of the place between two places are from the mean of theirs, and those of a
// place drawn at random.
func (s *scene) middles() (found, random float64) {
	rng := s.rng(waysSeed)
	n := len(s.places)
	type sample struct{ i, j, random int }
	samples := make([]sample, wayPairs)
	for k := range samples {
		p := &samples[k]
		p.i, p.j, p.random = rng.IntN(n), rng.IntN(n-1), rng.IntN(n)
		if p.j >= p.i {
			p.j++
		}
	}
	middle, control := make([]float64, wayPairs), make([]float64, wayPairs)
	parallel(wayPairs, func(k int) {
		p := samples[k]
		want := mix(&s.coverages[p.i], &s.coverages[p.j])
		middle[k] = difference(&want, &s.coverages[s.space.Way(p.i, p.j, 1)[0]], -1)
		control[k] = difference(&want, &s.coverages[p.random], -1)
	})
	return mean(middle), mean(control)
}

// mix returns the mean of two coverages.
func mix(a, b *likeness.Coverage) (m likeness.Coverage) {
	for l := range m {
		m[l] = (a[l] + b[l]) / 2
	}
	return m
}

// difference returns the mean difference of the coverages of a layer, 0..1, over all layers but one; -1: over all.
func difference(a, b *likeness.Coverage, except int) float64 {
	var sum, n float64
	for l := range loc2vec.NumLayers {
		if l != except {
			sum += math.Abs(float64(a[l]) - float64(b[l]))
			n++
		}
	}
	return sum / n
}

func mean(values []float64) float64 {
	var sum float64
	for _, v := range values {
		sum += v
	}
	return sum / float64(max(len(values), 1))
}

// parallel calls work for 0..n-1 on all processors.
func parallel(n int, work func(i int)) {
	workers := min(runtime.GOMAXPROCS(0), n)
	var group sync.WaitGroup
	for w := range workers {
		group.Go(func() {
			for i := w; i < n; i += workers {
				work(i)
			}
		})
	}
	group.Wait()
}
