package eval

import (
	"math/rand/v2"

	"github.com/loc2vec/loc2vec"
)

// Arithmetic is figure E: whether sums of vectors mean sums of maps.
type Arithmetic struct {
	Rows []ArithmeticRow `json:"rows"`
}

// ArithmeticRow is one method's figure E.
type ArithmeticRow struct {
	Method string `json:"method"`
	Role   Role   `json:"role"`
	// Union: for random pairs of places a and b, how often the embedding of both maps drawn over each
	// other is the nearest of all such unions, or among the ten nearest, to e(a) + e(b) - e(empty).
	Union Recall `json:"union"`
	// Midpoint is R² of the mean coverage of a and b as predicted by the place nearest to
	// (e(a) + e(b)) / 2, a and b left out; Control the same with a random place.
	Midpoint Estimate `json:"midpoint_r2"`
	Control  Estimate `json:"control_r2"`
}

// partners pairs every place with another at random: a cycle through all of them.
func partners(n int, rng *rand.Rand) []int {
	order, out := rng.Perm(n), make([]int, n)
	for i, p := range order {
		out[p] = order[(i+1)%n]
	}
	return out
}

// arithmetic computes figure E; union is the number of the view that is the union with the partner.
func arithmetic(gallery []embedded, union int, partner []int, anchors []Summary, boot *bootstrap, rng *rand.Rand) *Arithmetic {
	fig := &Arithmetic{}
	n := len(anchors)
	cover := coverages(anchors)
	truth, control := newMatrix(n, cover.d), newMatrix(n, cover.d)
	for i, j := range partner {
		for c := range cover.d {
			truth.row(i)[c] = (cover.row(i)[c] + cover.row(j)[c]) / 2
		}
		copy(control.row(i), cover.row(rng.IntN(n)))
	}
	chance := boot.rSquared(truth, control)
	for _, g := range gallery {
		a := g.views[anchorView]
		sum, found := newMatrix(n, a.d), newMatrix(n, cover.d)
		for i, j := range partner {
			for k := range a.d {
				sum.row(i)[k] = a.row(i)[k] + a.row(j)[k] - g.empty[k]
			}
		}
		if g.method.Distance == loc2vec.Cosine {
			sum.normalise()
		}
		parallel(n, func(i int) {
			if j := nearestToMiddle(a, i, partner[i], g.method.Distance); j >= 0 {
				copy(found.row(i), cover.row(j))
			}
		})
		order := ranks(g.views[union], sum, nil)
		fig.Rows = append(fig.Rows, ArithmeticRow{
			Method: g.method.Name, Role: g.method.Role,
			Union:    Recall{R1: boot.mean(within(order, 1)), R10: boot.mean(within(order, 10))},
			Midpoint: boot.rSquared(truth, found), Control: chance,
		})
	}
	return fig
}

// nearestToMiddle returns the row nearest to the middle of rows i and j, other than these; -1 when
// there is none.
func nearestToMiddle(m matrix, i, j int, distance loc2vec.Metric) int {
	middle := newMatrix(1, m.d)
	for k := range m.d {
		middle.data[k] = (m.row(i)[k] + m.row(j)[k]) / 2
	}
	if distance == loc2vec.Cosine {
		middle.normalise()
	}
	best, least := -1, float32(0)
	for k := range m.n {
		if k == i || k == j {
			continue
		}
		if d := squared(middle.data, m.row(k)); best < 0 || d < least {
			best, least = k, d
		}
	}
	return best
}
