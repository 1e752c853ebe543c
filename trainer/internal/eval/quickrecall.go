package eval

import (
	"context"
	"fmt"
	"slices"

	"github.com/loc2vec/loc2vec"
)

// QuickRecall measures R@1 of the same place at a few shifts while a model is being trained. It draws
// the rasters once and keeps them: (1 + shifts) x C x H x W bytes for each place. Safe for concurrent
// use.
type QuickRecall struct {
	places int
	shifts []float64
	chunks []Views // of [places][1 + shifts] each
	firsts []int   // index of each chunk's first place
}

// QuickRecallOptions are the settings of NewQuickRecall.
type QuickRecallOptions struct {
	Places int       // greatest N of the gallery
	Shifts []float64 // of the queries, in metres per axis
	Seed   uint64
}

// NewQuickRecall draws the places of a gallery, with north up and from the poses of the queries.
func NewQuickRecall(ctx context.Context, region *Region, o QuickRecallOptions) (*QuickRecall, error) {
	gallery, _, err := region.Gallery(ctx, o.Places)
	if err != nil {
		return nil, fmt.Errorf("drawing places: %w", err)
	}
	q := &QuickRecall{places: len(gallery.Places), shifts: o.Shifts}
	views := []view{{}}
	for _, s := range o.Shifts {
		views = append(views, view{rotate: true, shift: s})
	}
	// A single worker keeps the chunks in order.
	s := scanner{region: gallery, views: views, seed: o.Seed, workers: 1}
	err = s.scan(ctx, func(first int, v Views) error {
		q.firsts = append(q.firsts, first)
		q.chunks = append(q.chunks, Views{
			Rasters: slices.Clone(v.Rasters), Poses: slices.Clone(v.Poses), Descriptors: slices.Clone(v.Descriptors),
		})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("drawing places: %w", err)
	}
	return q, nil
}

// Places returns N.
func (q *QuickRecall) Places() int { return q.places }

// Shifts returns the shifts in metres. The caller must not change them.
func (q *QuickRecall) Shifts() []float64 { return q.shifts }

// Recall returns R@1 of the method at each shift.
func (q *QuickRecall) Recall(m Method) ([]float64, error) {
	views := 1 + len(q.shifts)
	vectors := make([]matrix, views)
	for j := range vectors {
		vectors[j] = newMatrix(q.places, m.Dimension)
	}
	for c, chunk := range q.chunks {
		out := newMatrix(len(chunk.Poses), m.Dimension)
		if err := m.Embed(out.data, chunk); err != nil {
			return nil, fmt.Errorf("embedding with %s: %w", m.Name, err)
		}
		for k := range out.n {
			copy(vectors[k%views].row(q.firsts[c]+k/views), out.row(k))
		}
	}
	recall := make([]float64, len(q.shifts))
	for j := range vectors {
		if err := vectors[j].checkFinite(m.Name); err != nil {
			return nil, err
		}
		if m.Metric == loc2vec.Cosine {
			vectors[j].normalise()
		}
	}
	for j := range recall {
		var hits float64
		for _, hit := range within(ranks(vectors[0], vectors[1+j], nil), 1) {
			hits += hit
		}
		recall[j] = hits / float64(max(q.places, 1))
	}
	return recall, nil
}
