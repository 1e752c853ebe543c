package eval

import (
	"math"
	"math/rand/v2"
)

// jitters are the errors of a position in metres that figure F looks at.
func jitters() []float64 { return []float64{1, 5, 10, 20, 40} }

// jitterViews are the anchor moved by each of the errors in a random direction.
func jitterViews() []view {
	var out []view
	for _, metres := range jitters() {
		out = append(out, view{move: metres})
	}
	return out
}

// Jitter is figure F: how far an embedding moves when the position is wrong by some metres.
type Jitter struct {
	Rows []JitterRow `json:"rows"`
}

// JitterRow is one method's figure F.
type JitterRow struct {
	Method string `json:"method"`
	Role   Role   `json:"role"`
	// Errors: the mean distance between the embeddings of a place and of the place moved, over the
	// median distance of two places.
	Errors []JitterScore `json:"errors"`
}

// JitterScore is the movement at one error.
type JitterScore struct {
	Metres float64  `json:"metres"`
	Moved  Estimate `json:"moved"`
}

// jitter computes figure F from the views from first on.
func jitter(gallery []embedded, first int, boot *bootstrap, rng *rand.Rand) *Jitter {
	fig := &Jitter{}
	pairs := randomPairs(gallery[0].views[anchorView].n, rng)
	for _, g := range gallery {
		row := JitterRow{Method: g.method.Name, Role: g.method.Role}
		anchors := g.views[anchorView]
		distances := make([]float64, len(pairs))
		for i, p := range pairs {
			distances[i] = math.Sqrt(float64(squared(anchors.row(p[0]), anchors.row(p[1]))))
		}
		unit := median(distances)
		for k, metres := range jitters() {
			moved := make([]float64, anchors.n)
			for i := range moved {
				moved[i] = math.Sqrt(float64(squared(anchors.row(i), g.views[first+k].row(i)))) / unit
				if unit == 0 { // a constant embedding has no scale
					moved[i] = 0
				}
			}
			row.Errors = append(row.Errors, JitterScore{metres, boot.mean(moved)})
		}
		fig.Rows = append(fig.Rows, row)
	}
	return fig
}

// randomPairs draws 10,000 pairs of different places, none when there is only one place.
func randomPairs(n int, rng *rand.Rand) [][2]int {
	if n < 2 {
		return nil
	}
	out := make([][2]int, 10_000)
	for i := range out {
		a := rng.IntN(n)
		out[i] = [2]int{a, (a + 1 + rng.IntN(n-1)) % n}
	}
	return out
}
