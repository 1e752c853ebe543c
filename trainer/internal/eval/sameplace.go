package eval

import (
	"math"
	"slices"
)

const (
	// mapViews is R of MAP@R: how often each place is drawn at the widest shift.
	mapViews = 5
	// layersOff is the number of layers that are cleared in the masked query.
	layersOff = 3
	// hardMetres is how far the places of the hard gallery lie at most.
	hardMetres = 2000
)

// The views of figure A, by their place in galleryViews.
const (
	anchorView   = 0
	firstShift   = 1
	firstMapView = 5 // the query at the widest shift is the first of the MAP@R views
	offView      = firstMapView + mapViews
)

// shifts are those of the queries, in metres per axis. A shift of 0 is rotation alone.
func shifts() []float64 { return []float64{0, 10, 20, 40, 80} }

// galleryViews are the views that figures A, B, G and H share: the anchor with north up, one query
// per shift, four more at the widest shift, and the last of these with layers cleared.
func galleryViews() []view {
	views := []view{{}}
	for _, s := range shifts() {
		views = append(views, view{rotate: true, shift: s})
	}
	widest := views[len(views)-1]
	for range mapViews - 1 {
		views = append(views, widest)
	}
	// A masked view has the pose of the view before it: the last of the wide ones.
	return append(views, view{off: layersOff})
}

// SamePlace is figure A: each place of the gallery is drawn once with north up; queries show the
// same places rotated by U(0°, 360°) and shifted by U(-s, s) metres on each axis.
type SamePlace struct {
	Rows []SamePlaceRow `json:"rows"`
}

// SamePlaceRow is one method's figure A.
type SamePlaceRow struct {
	Method    string       `json:"method"`
	Role      Role         `json:"role"`
	Dimension int          `json:"dimension"`
	Shifts    []ShiftScore `json:"shifts"`
	// MAPAtR is the mean average precision at R = 5: an anchor against five views at 80 m of every
	// place.
	MAPAtR Estimate `json:"map_at_r"`
	// LayersOff is the query at 80 m with 3 of the 12 layers cleared, against whole anchors.
	LayersOff Recall `json:"layers_off"`
	// Hard is the query at 80 m against the places within 2 km of it.
	Hard Recall `json:"hard"`
}

// Recall is the share of queries whose own place is the nearest, or among the ten nearest.
type Recall struct {
	R1  Estimate `json:"r_at_1"`
	R10 Estimate `json:"r_at_10"`
	// Lead is the model's R@1 minus this method's on the same queries; nil without a model and in
	// the model's own row.
	Lead *Estimate `json:"model_lead,omitempty"`
}

// ShiftScore is the recall at one shift.
type ShiftScore struct {
	Metres float64 `json:"metres"`
	Recall
}

// samePlace computes figure A.
func samePlace(gallery []embedded, region *Region, boot *bootstrap) *SamePlace {
	near := neighbourhoods(region.Places, hardMetres)
	fig := &SamePlace{Rows: make([]SamePlaceRow, len(gallery))}
	recalls := recaller{boot: boot}
	for _, i := range modelFirst(gallery) {
		g := gallery[i]
		recalls.start(g.method.Role)
		row := SamePlaceRow{Method: g.method.Name, Role: g.method.Role, Dimension: g.method.Dimension}
		anchors := g.views[anchorView]
		for k, metres := range shifts() {
			row.Shifts = append(row.Shifts, ShiftScore{metres, recalls.score(ranks(anchors, g.views[firstShift+k], nil))})
		}
		row.LayersOff = recalls.score(ranks(anchors, g.views[offView], nil))
		row.Hard = recalls.score(ranks(anchors, g.views[firstMapView], near))
		row.MAPAtR = boot.mean(averagePrecisionAtR(anchors, g.views[firstMapView:firstMapView+mapViews]))
		fig.Rows[i] = row
	}
	return fig
}

// modelFirst returns the methods' numbers, the model's first: the others' leads are against it.
func modelFirst(gallery []embedded) []int {
	order := make([]int, len(gallery))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return isModel(gallery[b]) - isModel(gallery[a])
	})
	return order
}

// recaller turns ranks into recalls, which have leads from the second method on when the first one
// is the model. Every method must score the same queries in the same order.
type recaller struct {
	boot  *bootstrap
	model [][]float64 // whether the model's queries found their place
	own   bool        // the method at hand is the model
	next  int
}

// start begins the next method.
func (r *recaller) start(role Role) {
	r.own, r.next = role == Model, 0
}

// score scores one kind of query.
func (r *recaller) score(ranks []int) Recall {
	one := within(ranks, 1)
	out := Recall{R1: r.boot.mean(one), R10: r.boot.mean(within(ranks, 10))}
	switch {
	case r.own:
		r.model = append(r.model, one)
	case r.model != nil:
		lead := r.boot.mean(differences(r.model[r.next], one))
		out.Lead = &lead
	}
	r.next++
	return out
}

func isModel(e embedded) int {
	if e.method.Role == Model {
		return 1
	}
	return 0
}

// differences returns a - b.
func differences(a, b []float64) []float64 {
	out := make([]float64, len(a))
	for i := range out {
		out[i] = a[i] - b[i]
	}
	return out
}

// at returns the score at the given shift.
func (r *SamePlaceRow) at(metres float64) Recall {
	for _, s := range r.Shifts {
		if s.Metres == metres {
			return s.Recall
		}
	}
	missing := Estimate{math.NaN(), math.NaN(), math.NaN()}
	return Recall{R1: missing, R10: missing}
}
