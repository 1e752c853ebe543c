package eval

import "slices"

const (
	// mapViews is R of MAP@R: the number of views of each place at the widest shift.
	mapViews = 5
	// layersOff is the number of layers that are cleared in the query with layers off.
	layersOff = 3
	// nearbyMetres is the radius of the gallery of nearby places.
	nearbyMetres = 2000
)

// Indices of the views in galleryViews.
const (
	anchorView   = 0
	firstShift   = 1
	firstMapView = 5 // the query at the widest shift is the first of the MAP@R views
	offView      = firstMapView + mapViews
)

// shifts lists those of the queries, in metres per axis. A shift of 0 is rotation alone.
func shifts() []float64 { return []float64{0, 10, 20, 40, 80} }

// galleryViews lists the views that several metrics share: the anchor with north up, one query
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
	// A view with layers off has the pose of the view before it.
	return append(views, view{off: layersOff})
}

// SamePlace measures whether a place is found again from another view. The gallery holds each place
// once, with north up. Queries show the same places rotated by U(0°, 360°) and shifted by U(-s, s)
// metres along each axis.
type SamePlace struct {
	Rows []SamePlaceRow `json:"rows"`
}

// SamePlaceRow holds the recalls of one method.
type SamePlaceRow struct {
	Method    string       `json:"method"`
	Role      Role         `json:"role"`
	Dimension int          `json:"dimension"`
	Shifts    []ShiftScore `json:"shifts"`
	// MAPAtR is the mean average precision at R = 5: an anchor against five views of every place at
	// 80 m.
	MAPAtR Estimate `json:"map_at_r"`
	// LayersOff is the query at 80 m with 3 of the 12 layers cleared, against complete anchors.
	LayersOff Recall `json:"layers_off"`
	// Nearby is the query at 80 m against the places within 2 km of it.
	Nearby Recall `json:"nearby"`
}

// Recall is the share of queries whose own place is the nearest, or among the ten nearest.
type Recall struct {
	R1  Estimate `json:"r_at_1"`
	R10 Estimate `json:"r_at_10"`
	// Lead is the model's R@1 minus this method's on the same queries. It is nil without a model and
	// in the model's own row.
	Lead *Estimate `json:"model_lead,omitempty"`
}

// ShiftScore is the recall at one shift.
type ShiftScore struct {
	Metres float64 `json:"metres"`
	Recall
}

func (s *study) samePlace() *SamePlace {
	near := neighbourhoods(s.gallery.Places, nearbyMetres)
	out := &SamePlace{Rows: make([]SamePlaceRow, len(s.methods))}
	recalls := recaller{boot: s.boot}
	for _, i := range modelFirst(s.methods) {
		m := s.methods[i]
		recalls.start(m.method.Role)
		row := SamePlaceRow{Method: m.method.Name, Role: m.method.Role, Dimension: m.method.Dimension}
		anchors := m.views[anchorView]
		for k, metres := range shifts() {
			row.Shifts = append(row.Shifts, ShiftScore{metres, recalls.score(ranks(anchors, m.views[firstShift+k], nil))})
		}
		row.LayersOff = recalls.score(ranks(anchors, m.views[offView], nil))
		row.Nearby = recalls.score(ranks(anchors, m.views[firstMapView], near))
		row.MAPAtR = s.boot.mean(averagePrecisionAtR(anchors, m.views[firstMapView:firstMapView+mapViews]))
		out.Rows[i] = row
	}
	return out
}

// modelFirst returns the indices of the methods with the model first, because the leads of the
// others are measured against it.
func modelFirst(methods []embedded) []int {
	order := make([]int, len(methods))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return isModel(methods[b]) - isModel(methods[a])
	})
	return order
}

func isModel(e embedded) int {
	if e.method.Role == Model {
		return 1
	}
	return 0
}

// recaller turns ranks into recalls. When the first method is the model, those of the later ones
// have leads. Every method must score the same queries in the same order.
type recaller struct {
	boot  *bootstrap
	model [][]float64 // 1 for each of the model's queries that found its place
	own   bool        // the current method is the model
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

// differences returns a - b.
func differences(a, b []float64) []float64 {
	out := make([]float64, len(a))
	for i := range out {
		out[i] = a[i] - b[i]
	}
	return out
}

// At returns the recall at a shift in metres, and an unknown one when there is none.
func (r *SamePlaceRow) At(metres float64) Recall {
	for _, s := range r.Shifts {
		if s.Metres == metres {
			return s.Recall
		}
	}
	return Recall{R1: unknown(), R10: unknown()}
}
