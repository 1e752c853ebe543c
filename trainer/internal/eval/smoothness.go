package eval

import (
	"math/rand/v2"

	"github.com/loc2vec/loc2vec"
)

const (
	smoothNeighbours = 10
	walks            = 200
	walkHops         = 5
	farMetres        = 100_000
)

// Smoothness is figure D: whether walking through the embedding space changes the map little by
// little.
type Smoothness struct {
	Rows []SmoothnessRow `json:"rows"`
}

// SmoothnessRow is one method's figure D.
type SmoothnessRow struct {
	Method string `json:"method"`
	Role   Role   `json:"role"`
	// Coverage is R² of the mean coverage of the ten nearest neighbours as a prediction of a place's
	// own, mean over the layers that vary.
	Coverage Estimate `json:"coverage_r2"`
	// Walk is, after each hop of random walks to one of the ten nearest neighbours, the mean layout
	// difference from the start over that of random pairs.
	Walk []float64 `json:"walk"`
	// Far is the share of nearest neighbours more than 100 km away.
	Far Estimate `json:"far"`
}

// smoothness computes figure D. anchors are the summaries of the anchors.
func smoothness(gallery []embedded, region *Region, anchors []Summary, boot *bootstrap, rng *rand.Rand) *Smoothness {
	fig := &Smoothness{}
	n := len(anchors)
	truth := coverages(anchors)
	compare := newLayouts()
	typical := meanDifference(compare, anchors, rng)
	seed := rng.Uint64()
	for _, g := range gallery {
		vectors := g.views[anchorView]
		near := make([][]int, n)
		parallel(n, func(i int) { near[i] = vectors.nearest(i, smoothNeighbours) })
		row := SmoothnessRow{Method: g.method.Name, Role: g.method.Role}
		predicted := newMatrix(n, loc2vec.NumLayers)
		far := make([]float64, n)
		for i, kin := range near {
			for _, j := range kin {
				for c, v := range anchors[j].Coverage {
					predicted.row(i)[c] += v / float32(len(kin))
				}
			}
			if len(kin) > 0 && region.Places[i].DistanceTo(region.Places[kin[0]]) > farMetres {
				far[i] = 1
			}
		}
		row.Coverage, row.Far = boot.rSquared(truth, predicted), boot.mean(far)
		// The same walks for every method, as far as their neighbours allow.
		row.Walk = walk(near, compare, anchors, typical, rand.New(rand.NewPCG(seed, 0)))
		fig.Rows = append(fig.Rows, row)
	}
	return fig
}

// coverages returns the coverages as [N][C].
func coverages(summaries []Summary) matrix {
	m := newMatrix(len(summaries), loc2vec.NumLayers)
	for i := range summaries {
		copy(m.row(i), summaries[i].Coverage[:])
	}
	return m
}

// meanDifference is the mean layout difference of random pairs.
func meanDifference(compare *layouts, anchors []Summary, rng *rand.Rand) float64 {
	pairs := randomPairs(len(anchors), rng)
	pairs = pairs[:min(len(pairs), 4*walks)]
	differences := make([]float64, len(pairs))
	parallel(len(pairs), func(i int) {
		differences[i] = compare.difference(&anchors[pairs[i][0]], &anchors[pairs[i][1]])
	})
	var sum float64
	for _, d := range differences {
		sum += d
	}
	return sum / float64(max(len(pairs), 1))
}

// walk returns the mean layout difference from the start after each hop, over the typical one.
func walk(near [][]int, compare *layouts, anchors []Summary, typical float64, rng *rand.Rand) []float64 {
	if typical == 0 {
		return make([]float64, walkHops)
	}
	trails := make([][walkHops + 1]int, walks)
	for w := range trails {
		at := rng.IntN(len(near))
		trails[w][0] = at
		for hop := range walkHops {
			if kin := near[at]; len(kin) > 0 {
				at = kin[rng.IntN(len(kin))]
			}
			trails[w][hop+1] = at
		}
	}
	differences := make([][walkHops]float64, walks)
	parallel(walks, func(w int) {
		for hop := range walkHops {
			differences[w][hop] = compare.difference(&anchors[trails[w][0]], &anchors[trails[w][hop+1]])
		}
	})
	out := make([]float64, walkHops)
	for hop := range out {
		for w := range differences {
			out[hop] += differences[w][hop] / walks / typical
		}
	}
	return out
}
