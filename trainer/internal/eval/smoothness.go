package eval

import (
	"math/rand/v2"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/vectorspace"
)

const (
	smoothNeighbours = 10
	walks            = 200
	walkHops         = 5
	farMetres        = 100_000
)

// Smoothness measures whether the map changes gradually along the embedding space.
type Smoothness struct {
	Rows []SmoothnessRow `json:"rows"`
}

// SmoothnessRow holds the scores of one method.
type SmoothnessRow struct {
	Method string `json:"method"`
	Role   Role   `json:"role"`
	// Coverage is R² of the mean coverage of the ten nearest neighbours as a prediction of a place's
	// own, averaged over the layers that vary.
	Coverage Estimate `json:"coverage_r2"`
	// Walk follows random walks, each hop to one of the ten nearest neighbours. Walk[h] is the mean
	// layout difference from the start after hop h+1, over that of random pairs.
	Walk []float64 `json:"walk"`
	// Far is the share of nearest neighbours more than 100 km away.
	Far Estimate `json:"far"`
}

func (s *study) smoothness(rng *rand.Rand) *Smoothness {
	out := &Smoothness{}
	n := len(s.anchors)
	truth := coverages(s.anchors)
	w := walker{layouts: newLayoutComparer(), anchors: s.anchors}
	w.typical = w.meanDifference(rng)
	seed := rng.Uint64()
	for _, m := range s.methods {
		vectors := m.views[anchorView]
		near := make([][]int, n)
		parallel(n, func(i int) { near[i] = vectors.nearest(i, smoothNeighbours) })
		row := SmoothnessRow{Method: m.method.Name, Role: m.method.Role}
		predicted := newMatrix(n, loc2vec.NumLayers)
		far := make([]float64, n)
		for i, neighbours := range near {
			for _, j := range neighbours {
				for c, v := range s.anchors[j].Coverage {
					predicted.row(i)[c] += v / float32(len(neighbours))
				}
			}
			if len(neighbours) > 0 && s.gallery.Places[i].DistanceTo(s.gallery.Places[neighbours[0]]) > farMetres {
				far[i] = 1
			}
		}
		row.Coverage, row.Far = s.boot.rSquared(truth, predicted), s.boot.mean(far)
		// Every method has the same walks, as far as its neighbours allow.
		row.Walk = w.walk(near, rand.New(rand.NewPCG(seed, 0)))
		out.Rows = append(out.Rows, row)
	}
	return out
}

// walker follows random walks through an embedding space.
type walker struct {
	layouts *layoutComparer
	anchors []Descriptor // [N]
	typical float64      // mean layout difference of random pairs
}

// meanDifference returns the mean layout difference of random pairs.
func (w *walker) meanDifference(rng *rand.Rand) float64 {
	pairs := randomPairs(len(w.anchors), rng)
	pairs = pairs[:min(len(pairs), 4*walks)]
	differences := make([]float64, len(pairs))
	parallel(len(pairs), func(i int) {
		differences[i] = w.layouts.difference(&w.anchors[pairs[i][0]], &w.anchors[pairs[i][1]])
	})
	var sum float64
	for _, d := range differences {
		sum += d
	}
	return sum / float64(max(len(pairs), 1))
}

// walk returns the mean layout difference from the start after each hop, over the typical one. near
// lists each place's nearest neighbours.
func (w *walker) walk(near [][]int, rng *rand.Rand) []float64 {
	if w.typical == 0 {
		return make([]float64, walkHops)
	}
	trails := make([][]int, walks)
	for t := range trails {
		trails[t] = vectorspace.Walk(near, vectorspace.WalkOptions{Start: rng.IntN(len(near)), Hops: walkHops}, rng)
	}
	differences := make([][walkHops]float64, walks)
	parallel(walks, func(t int) {
		for hop := range walkHops {
			differences[t][hop] = w.layouts.difference(&w.anchors[trails[t][0]], &w.anchors[trails[t][hop+1]])
		}
	})
	out := make([]float64, walkHops)
	for hop := range out {
		for t := range differences {
			out[hop] += differences[t][hop] / walks / w.typical
		}
	}
	return out
}
