package eval

import (
	"math"
	"math/rand/v2"

	"github.com/loc2vec/loc2vec/trainer/internal/vectorspace"
)

// jitters lists the position errors in metres.
func jitters() []float64 { return []float64{1, 5, 10, 20, 40} }

// jitterViews lists the anchor moved by each of the errors in a random direction.
func jitterViews() []view {
	var out []view
	for _, metres := range jitters() {
		out = append(out, view{move: metres})
	}
	return out
}

// JitterRobustness measures how far an embedding moves when the position is wrong by some metres.
type JitterRobustness struct {
	Rows []JitterRow `json:"rows"`
}

// JitterRow holds the movements of one method.
type JitterRow struct {
	Method string        `json:"method"`
	Role   Role          `json:"role"`
	Errors []JitterScore `json:"errors"`
}

// JitterScore is the mean distance between the embeddings of a place and of the place moved by some
// metres, over the median distance of two places.
type JitterScore struct {
	Metres float64  `json:"metres"`
	Moved  Estimate `json:"moved"`
}

func (s *study) jitterRobustness(rng *rand.Rand) *JitterRobustness {
	out := &JitterRobustness{}
	pairs := randomPairs(len(s.gallery.Places), rng)
	for _, m := range s.methods {
		row := JitterRow{Method: m.method.Name, Role: m.method.Role}
		anchors := m.views[anchorView]
		distances := make([]float64, len(pairs))
		for i, p := range pairs {
			distances[i] = math.Sqrt(float64(vectorspace.SquaredDistance(anchors.row(p[0]), anchors.row(p[1]))))
		}
		unit := median(distances)
		for k, metres := range jitters() {
			moved := make([]float64, anchors.n)
			for i := range moved {
				moved[i] = math.Sqrt(float64(vectorspace.SquaredDistance(anchors.row(i), m.views[s.plan.jitter+k].row(i)))) / unit
				if unit == 0 { // a constant embedding has no scale
					moved[i] = 0
				}
			}
			row.Errors = append(row.Errors, JitterScore{metres, s.boot.mean(moved)})
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}

// randomPairs draws 10,000 pairs of different places, and none when there is only one place.
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
