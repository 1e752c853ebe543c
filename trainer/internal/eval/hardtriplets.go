package eval

import (
	"math"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/vectorspace"
)

const (
	// maxChiSquare is the greatest chi-square distance between the coverages of an anchor and its
	// hard negative: a third of what a shift by up to 80 m usually causes in a city.
	maxChiSquare = 0.01
	// minLayoutDifference is the least difference of layout between an anchor and its hard negative,
	// see layoutComparer.difference.
	minLayoutDifference = 0.25
	// MinTriplets is the number of triplets below which the accuracy says nothing.
	MinTriplets = 20
	// minNegativeMetres keeps an anchor and its negative apart: two windows of 200 m, rotated and
	// shifted by 80 m along each axis, cannot overlap beyond 2·(141 + 113) m.
	minNegativeMetres = 510
	// negativeCandidates is the number of nearest coverages that are checked for another layout.
	negativeCandidates = 20
)

// HardTriplets measures the accuracy on triplets of an anchor a, another view p of its place, and a
// hard negative n. The negative is a real raster of a place more than 510 m away with nearly the
// anchor's coverage of every layer (chi-square distance at most 0.01) and another layout (a quarter
// of what is mapped lies elsewhere at every rotation). A triplet is right when d(a,p) < d(a,n).
//
// A method that sees coverages alone cannot do it: the coverages of the shifted view differ more
// from the anchor's than those of the negative.
type HardTriplets struct {
	Triplets         int               `json:"triplets"`          // anchors with a hard negative
	ChiSquare        float64           `json:"chi_square"`        // median between anchor and negative
	LayoutDifference float64           `json:"layout_difference"` // median between anchor and negative
	Rows             []HardTripletsRow `json:"rows"`
}

// HardTripletsRow holds the accuracies of one method.
type HardTripletsRow struct {
	Method string `json:"method"`
	Role   Role   `json:"role"`
	// Accuracy has p rotated and shifted by up to 80 m per axis, Accuracy20 by up to 20 m.
	Accuracy   Estimate `json:"accuracy"`
	Accuracy20 Estimate `json:"accuracy_20m"`
	// Lead is the model's accuracy minus this method's on the same triplets.
	Lead *Estimate `json:"model_lead,omitempty"`
}

// hardNegative is a view of a place. place is negative when an anchor has none.
type hardNegative struct {
	place, view                 int
	chiSquare, layoutDifference float64
}

func (s *study) hardTriplets() *HardTriplets {
	negatives := findHardNegatives(s.gallery.Places, s.descriptors, len(s.plan.scanner.views))
	out := &HardTriplets{}
	var chi, layout []float64
	for _, n := range negatives {
		if n.place >= 0 {
			out.Triplets++
			chi, layout = append(chi, n.chiSquare), append(layout, n.layoutDifference)
		}
	}
	if out.Triplets == 0 {
		return out
	}
	out.ChiSquare, out.LayoutDifference = median(chi), median(layout)
	right := make([][]float64, len(s.methods))
	model := -1
	for i, m := range s.methods {
		right[i] = tripletScores(m, negatives, firstMapView)
		if m.method.Role == Model {
			model = i
		}
	}
	for i, m := range s.methods {
		row := HardTripletsRow{
			Method: m.method.Name, Role: m.method.Role,
			Accuracy:   s.boot.mean(right[i]),
			Accuracy20: s.boot.mean(tripletScores(m, negatives, firstShift+2)),
		}
		if model >= 0 && i != model {
			lead := s.boot.mean(differences(right[model], right[i]))
			row.Lead = &lead
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}

// tripletScores scores each anchor 1 when its positive view is nearer than its hard negative, 0
// otherwise, NaN without a negative. A tie scores 0.
func tripletScores(m embedded, negatives []hardNegative, positive int) []float64 {
	out := make([]float64, len(negatives))
	for i, n := range negatives {
		if n.place < 0 {
			out[i] = math.NaN()
			continue
		}
		a := m.views[anchorView].row(i)
		if vectorspace.SquaredDistance(a, m.views[positive].row(i)) < vectorspace.SquaredDistance(a, m.views[n.view].row(n.place)) {
			out[i] = 1
		}
	}
	return out
}

// findHardNegatives looks for each anchor's hard negative among all complete views of all places.
// descriptors are [N][views], galleryViews first.
func findHardNegatives(places []loc2vec.LatLon, descriptors []Descriptor, views int) []hardNegative {
	far, layouts := farApart(places, minNegativeMetres), newLayoutComparer()
	out := make([]hardNegative, len(places))
	parallel(len(places), func(i int) {
		out[i] = hardNegative{place: -1}
		anchor := &descriptors[i*views]
		for _, c := range nearestCoverages(anchor, descriptors, views, far[i]) {
			other := &descriptors[c.place*views+c.view]
			if c.layoutDifference = layouts.difference(anchor, other); c.layoutDifference >= minLayoutDifference {
				out[i] = c
				break
			}
		}
	})
	return out
}

// farApart reports for each place which others lie beyond the given metres.
func farApart(places []loc2vec.LatLon, metres float64) [][]bool {
	out := make([][]bool, len(places))
	for i, near := range neighbourhoods(places, metres) {
		out[i] = make([]bool, len(places))
		for j := range out[i] {
			out[i][j] = true
		}
		for _, j := range near {
			out[i][j] = false
		}
	}
	return out
}

// nearestCoverages returns up to negativeCandidates views within maxChiSquare of the anchor, the
// nearest first, at most one of each place.
func nearestCoverages(anchor *Descriptor, descriptors []Descriptor, views int, far []bool) []hardNegative {
	var best []hardNegative
	for place := range far {
		if !far[place] {
			continue
		}
		c := hardNegative{place: place, chiSquare: math.Inf(1)}
		for v := range offView { // views from offView on do not show the real world
			if d := chiSquare(&anchor.Coverage, &descriptors[place*views+v].Coverage); d < c.chiSquare {
				c.view, c.chiSquare = v, d
			}
		}
		if c.chiSquare > maxChiSquare || len(best) == negativeCandidates && c.chiSquare >= best[len(best)-1].chiSquare {
			continue
		}
		if len(best) < negativeCandidates {
			best = append(best, hardNegative{})
		}
		p := len(best) - 1
		for ; p > 0 && c.chiSquare < best[p-1].chiSquare; p-- {
			best[p] = best[p-1]
		}
		best[p] = c
	}
	return best
}

// chiSquare returns half the sum of (a-b)²/(a+b) over the layers.
func chiSquare(a, b *[loc2vec.NumLayers]float32) float64 {
	var sum float64
	for c := range a {
		if total := a[c] + b[c]; total > 0 { // a layer that both lack makes no difference
			d := float64(a[c] - b[c])
			sum += d * d / float64(total)
		}
	}
	return sum / 2
}
