package eval

import (
	"math/rand/v2"

	"github.com/loc2vec/loc2vec"
)

// Arithmetic measures whether sums of vectors correspond to sums of maps.
type Arithmetic struct {
	Rows []ArithmeticRow `json:"rows"`
}

// ArithmeticRow holds the scores of one method.
type ArithmeticRow struct {
	Method string `json:"method"`
	Role   Role   `json:"role"`
	// Union is the recall of the embedding of two maps drawn over each other, among all such unions,
	// for the query e(a) + e(b) - e(empty), over random pairs of places a and b.
	Union Recall `json:"union"`
	// Midpoint is R² of the mean coverage of a and b as predicted by the place nearest to
	// (e(a) + e(b)) / 2 other than a and b. Control predicts it by a random place.
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

func (s *study) arithmetic(rng *rand.Rand) *Arithmetic {
	out := &Arithmetic{}
	n, partner := len(s.anchors), s.plan.scanner.partner
	cover := coverages(s.anchors)
	truth, control := newMatrix(n, cover.d), newMatrix(n, cover.d)
	for i, j := range partner {
		for c := range cover.d {
			truth.row(i)[c] = (cover.row(i)[c] + cover.row(j)[c]) / 2
		}
		copy(control.row(i), cover.row(rng.IntN(n)))
	}
	chance := s.boot.rSquared(truth, control)
	for _, m := range s.methods {
		a := m.views[anchorView]
		sum, found := newMatrix(n, a.d), newMatrix(n, cover.d)
		for i, j := range partner {
			for k := range a.d {
				sum.row(i)[k] = a.row(i)[k] + a.row(j)[k] - m.empty[k]
			}
		}
		if m.method.Metric == loc2vec.Cosine {
			sum.normalise()
		}
		parallel(n, func(i int) {
			if j := nearestToMidpoint(a, i, partner[i], m.method.Metric); j >= 0 {
				copy(found.row(i), cover.row(j))
			}
		})
		order := ranks(m.views[s.plan.union], sum, nil)
		out.Rows = append(out.Rows, ArithmeticRow{
			Method: m.method.Name, Role: m.method.Role,
			Union:    Recall{R1: s.boot.mean(within(order, 1)), R10: s.boot.mean(within(order, 10))},
			Midpoint: s.boot.rSquared(truth, found), Control: chance,
		})
	}
	return out
}

// nearestToMidpoint returns the row nearest to the midpoint of rows i and j other than these, and -1
// without another row.
func nearestToMidpoint(m matrix, i, j int, metric loc2vec.Metric) int {
	space := m.space()
	space.Metric = metric
	if way := space.Way(i, j, 1); len(way) > 0 {
		return way[0]
	}
	return -1
}

// coverages returns the coverages as [N][C].
func coverages(descriptors []Descriptor) matrix {
	m := newMatrix(len(descriptors), loc2vec.NumLayers)
	for i := range descriptors {
		copy(m.row(i), descriptors[i].Coverage[:])
	}
	return m
}
