package layout

import (
	"cmp"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Faithfulness tells how well a layout keeps the K nearest neighbours of each point, in Euclidean distance (Venna and
// Kaski, Neighborhood Preservation in Nonlinear Projection Methods, 2001). Both are 1 for a perfect layout, and about 0.5
// for a random one.
type Faithfulness struct {
	K int
	// Trustworthiness falls with points that are neighbours in the layout alone, by how far away they are in truth.
	Trustworthiness float64
	// Continuity falls with neighbours that the layout has torn apart, by how far away it puts them.
	Continuity float64
}

// Compare returns the faithfulness of a layout [N][d] of points [N][D] over k neighbours, fewer than N/2. Of points at
// the same distance, the first is the nearer one.
func Compare(points, layout *mat.Dense, k int) (Faithfulness, error) {
	n, _ := points.Dims()
	if m, _ := layout.Dims(); m != n || k < 1 || 2*k >= n {
		return Faithfulness{}, fmt.Errorf("comparing a layout of %d points with %d points over %d neighbours", m, n, k)
	}
	// Excess ranks are whole numbers: their sums do not depend on the order.
	intruders, torn := make([]int, n), make([]int, n)
	each(n, func(i int) {
		inPoints, inLayout := ranks(points, i), ranks(layout, i)
		for j := range n {
			if j == i {
				continue
			}
			if inLayout[j] <= k && inPoints[j] > k {
				intruders[i] += inPoints[j] - k
			}
			if inPoints[j] <= k && inLayout[j] > k {
				torn[i] += inLayout[j] - k
			}
		}
	})
	var intrusion, tear int
	for i := range n {
		intrusion, tear = intrusion+intruders[i], tear+torn[i]
	}
	worst := float64(n*k*(2*n-3*k-1)) / 2
	return Faithfulness{K: k, Trustworthiness: 1 - float64(intrusion)/worst, Continuity: 1 - float64(tear)/worst}, nil
}

// ranks returns [N], the rank of each point by its distance to point i: 1 for the nearest one, 0 for i itself.
func ranks(points *mat.Dense, i int) []int {
	n, _ := points.Dims()
	type other struct {
		point   int
		squared float64
	}
	others := make([]other, 0, n-1)
	for j := range n {
		if j != i {
			others = append(others, other{j, squaredDistance(points.RawRowView(i), points.RawRowView(j))})
		}
	}
	slices.SortFunc(others, func(a, b other) int { return cmp.Or(cmp.Compare(a.squared, b.squared), cmp.Compare(a.point, b.point)) })
	out := make([]int, n)
	for rank, o := range others {
		out[o.point] = rank + 1
	}
	return out
}
