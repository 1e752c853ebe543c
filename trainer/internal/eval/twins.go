package eval

import (
	"math"

	"github.com/loc2vec/loc2vec"
)

const (
	// twinDistance is the greatest chi-square distance between the coverages of histogram twins: a
	// third of what a shift by up to 80 m usually makes in a city.
	twinDistance = 0.01
	// twinLayout is the least difference of layout between histogram twins, see layouts.difference.
	twinLayout = 0.25
	// MinTriplets is the number of triplets below which figure B says nothing.
	MinTriplets = 20
	// twinMetres keeps twins apart: two windows of 200 m, turned and shifted by 80 m on each axis,
	// cannot overlap beyond 2·(141 + 113) m.
	twinMetres = 510
	// twinCandidates is how many of the nearest coverages are tried for another layout.
	twinCandidates = 20
)

// Twins is figure B: triplets of an anchor a, another view p of its place, and a histogram twin n:
// a real raster of a place more than 510 m away, with all but the same coverage of every layer as
// the anchor's (chi-square distance at most 0.01) and another layout (at every rotation a quarter of
// what is mapped lies elsewhere). The score is the share of triplets with d(a,p) < d(a,n).
//
// A method that sees coverages alone has nothing to go by: the shifted view's coverages differ
// more from the anchor's than the twin's do.
type Twins struct {
	Triplets  int       `json:"triplets"`   // anchors that have a twin
	ChiSquare float64   `json:"chi_square"` // median between anchor and twin
	Layout    float64   `json:"layout"`     // median layout difference between anchor and twin
	Rows      []TwinRow `json:"rows"`
}

// TwinRow is one method's figure B.
type TwinRow struct {
	Method string `json:"method"`
	Role   Role   `json:"role"`
	// Share with p rotated and shifted by up to 80 m per axis; Near with p at up to 20 m.
	Share Estimate `json:"share"`
	Near  Estimate `json:"share_20m"`
	// Lead is the model's share minus this method's on the same triplets.
	Lead *Estimate `json:"model_lead,omitempty"`
}

// twin is the negative of an anchor: a view of a place. place is negative when there is none.
type twin struct {
	place, view       int
	chiSquare, layout float64
}

// twins computes figure B. summaries are [N][views], galleryViews first.
func twins(gallery []embedded, region *Region, summaries []Summary, boot *bootstrap) *Twins {
	found := findTwins(region.Places, summaries, len(summaries)/len(region.Places))
	fig := &Twins{}
	var chi, layout []float64
	for _, t := range found {
		if t.place >= 0 {
			fig.Triplets++
			chi, layout = append(chi, t.chiSquare), append(layout, t.layout)
		}
	}
	if fig.Triplets == 0 {
		return fig
	}
	fig.ChiSquare, fig.Layout = median(chi), median(layout)
	shares := make([][]float64, len(gallery))
	model := -1
	for i, g := range gallery {
		shares[i] = tripletScores(g, found, firstMapView)
		if g.method.Role == Model {
			model = i
		}
	}
	for i, g := range gallery {
		row := TwinRow{
			Method: g.method.Name, Role: g.method.Role,
			Share: boot.mean(shares[i]),
			Near:  boot.mean(tripletScores(g, found, firstShift+2)),
		}
		if model >= 0 && i != model {
			lead := boot.mean(differences(shares[model], shares[i]))
			row.Lead = &lead
		}
		fig.Rows = append(fig.Rows, row)
	}
	return fig
}

// tripletScores scores each anchor 1 when its positive view is nearer than its twin, NaN when it
// has no twin. A tie is a failure.
func tripletScores(g embedded, found []twin, positive int) []float64 {
	out := make([]float64, len(found))
	for i, t := range found {
		if t.place < 0 {
			out[i] = math.NaN()
			continue
		}
		a := g.views[anchorView].row(i)
		if squared(a, g.views[positive].row(i)) < squared(a, g.views[t.view].row(t.place)) {
			out[i] = 1
		}
	}
	return out
}

// findTwins looks for each anchor's twin among all whole views of all places.
func findTwins(places []loc2vec.LatLon, summaries []Summary, views int) []twin {
	far, layouts := farApart(places, twinMetres), newLayouts()
	out := make([]twin, len(places))
	parallel(len(places), func(i int) {
		out[i] = twin{place: -1}
		anchor := &summaries[i*views]
		for _, c := range nearestCoverages(anchor, summaries, views, far[i]) {
			other := &summaries[c.place*views+c.view]
			if c.layout = layouts.difference(anchor, other); c.layout >= twinLayout {
				out[i] = c
				break
			}
		}
	})
	return out
}

// farApart tells for each place which others lie beyond the given metres.
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

// nearestCoverages returns up to twinCandidates views within twinDistance of the anchor, nearest
// first, one for each place.
func nearestCoverages(anchor *Summary, summaries []Summary, views int, far []bool) []twin {
	var best []twin
	for place := range far {
		if !far[place] {
			continue
		}
		c := twin{place: place, chiSquare: math.Inf(1)}
		for v := range offView { // those from offView on are no rasters of the real world
			if d := chiSquare(&anchor.Coverage, &summaries[place*views+v].Coverage); d < c.chiSquare {
				c.view, c.chiSquare = v, d
			}
		}
		if c.chiSquare > twinDistance || len(best) == twinCandidates && c.chiSquare >= best[len(best)-1].chiSquare {
			continue
		}
		if len(best) < twinCandidates {
			best = append(best, twin{})
		}
		p := len(best) - 1
		for ; p > 0 && c.chiSquare < best[p-1].chiSquare; p-- {
			best[p] = best[p-1]
		}
		best[p] = c
	}
	return best
}

// chiSquare is half the sum of (a-b)²/(a+b) over the layers.
func chiSquare(a, b *[loc2vec.NumLayers]float32) float64 {
	var sum float64
	for c := range a {
		if total := a[c] + b[c]; total > 0 { // a layer absent from both is no difference
			d := float64(a[c] - b[c])
			sum += d * d / float64(total)
		}
	}
	return sum / 2
}
