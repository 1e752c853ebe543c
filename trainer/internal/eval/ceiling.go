package eval

import (
	"context"
	"math"
)

// Ceiling bounds figure A: R@1 of exhaustive registration, which lays the whole rasters over each
// other at all rotations and shifts and knows no better place than that of the greatest overlap. It
// is slow and takes a small gallery, on which all methods are measured again.
type Ceiling struct {
	Places int `json:"places"` // N of the small gallery
	// Rows are those of the methods, and the registration last.
	Rows []CeilingRow `json:"rows"`
	// Way is, at each shift, how far the model has come from the best of the baselines to the
	// registration: (model - baseline) / (registration - baseline). It is nil without a model or
	// without baselines, and NaN where the registration is not ahead.
	Way []Estimate `json:"way,omitempty"`
}

// CeilingRow is one method on the small gallery.
type CeilingRow struct {
	Method string       `json:"method"`
	Role   Role         `json:"role"`
	Shifts []ShiftScore `json:"shifts"`
}

// registrationName is the method of the last row.
const registrationName = "exhaustive registration"

// ceiling measures the first n places of a gallery.
func ceiling(ctx context.Context, seen []embedded, gallery *Region, n int, o Options) (*Ceiling, error) {
	small := *gallery
	small.Places = gallery.Places[:min(n, len(gallery.Places))]
	n = len(small.Places)
	// A place's views follow from the seed and its number: these are the queries that seen has.
	found, err := register(ctx, &small, galleryViews()[:firstShift+len(shifts())], o.Seed, o.Progress)
	if err != nil {
		return nil, err
	}
	boot := newBootstrap(blocksOf(small.Places), o.random(7))
	fig := &Ceiling{Places: n, Rows: make([]CeilingRow, len(seen), len(seen)+1)}
	recalls := recaller{boot: boot}
	all := make([][][]int, len(seen)) // [method][shift] ranks
	for _, i := range modelFirst(seen) {
		g := seen[i]
		recalls.start(g.method.Role)
		row := CeilingRow{Method: g.method.Name, Role: g.method.Role}
		for k, metres := range shifts() {
			r := ranks(g.views[anchorView].head(n), g.views[firstShift+k].head(n), nil)
			all[i] = append(all[i], r)
			row.Shifts = append(row.Shifts, ShiftScore{metres, recalls.score(r)})
		}
		fig.Rows[i] = row
	}
	recalls.start(Oracle)
	row := CeilingRow{Method: registrationName, Role: Oracle}
	for k, metres := range shifts() {
		row.Shifts = append(row.Shifts, ShiftScore{metres, recalls.score(found[k])})
	}
	fig.Rows = append(fig.Rows, row)
	for k := range shifts() {
		model, best := -1, -1
		for i, r := range fig.Rows[:len(seen)] {
			switch {
			case r.Role == Model:
				model = i
			case r.Role == Baseline && (best < 0 || r.Shifts[k].R1.Value > fig.Rows[best].Shifts[k].R1.Value):
				best = i
			}
		}
		if model >= 0 && best >= 0 {
			fig.Way = append(fig.Way, boot.way(all[model][k], all[best][k], found[k]))
		}
	}
	return fig, nil
}

// way estimates how far R@1 of the model has come from that of a baseline to that of the ceiling.
func (b *bootstrap) way(model, baseline, ceiling []int) Estimate {
	part := b.meanOf(differences(within(model, 1), within(baseline, 1)))
	whole := b.meanOf(differences(within(ceiling, 1), within(baseline, 1)))
	return b.estimate(replicates, func(draw []uint16) float64 {
		if w := whole(draw); w > 0 {
			return part(draw) / w
		}
		return math.NaN()
	})
}
