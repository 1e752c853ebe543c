package eval

import (
	"context"
	"fmt"
	"slices"

	"github.com/loc2vec/loc2vec"
)

// Probe is a small figure A for use while a model is in training: R@1 at a few shifts on rasters
// that are drawn once and held, (1 + shifts) x C x H x W bytes for each place. Safe for concurrent
// use.
type Probe struct {
	places int
	shifts []float64
	chunks []Views // [places][1 + shifts]
	firsts []int
}

// NewProbe draws up to n places of the region.
func NewProbe(ctx context.Context, region *Region, n int, shifts []float64, seed uint64) (*Probe, error) {
	gallery, _, err := region.Gallery(ctx, n)
	if err != nil {
		return nil, fmt.Errorf("draw probe: %w", err)
	}
	p := &Probe{places: len(gallery.Places), shifts: shifts}
	views := []view{{}}
	for _, s := range shifts {
		views = append(views, view{rotate: true, shift: s})
	}
	// One worker: chunks arrive in order.
	s := scanner{region: gallery, views: views, seed: seed, workers: 1}
	err = s.scan(ctx, func(first int, v Views) error {
		p.firsts = append(p.firsts, first)
		p.chunks = append(p.chunks, Views{
			Rasters: slices.Clone(v.Rasters), Poses: slices.Clone(v.Poses), Summaries: slices.Clone(v.Summaries),
		})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("draw probe: %w", err)
	}
	return p, nil
}

// Places returns N.
func (p *Probe) Places() int { return p.places }

// Shifts returns the shifts in metres. The caller must not change them.
func (p *Probe) Shifts() []float64 { return p.shifts }

// Recall returns R@1 of the method at each shift.
func (p *Probe) Recall(m Method) ([]float64, error) {
	views := 1 + len(p.shifts)
	vectors := make([]matrix, views)
	for j := range vectors {
		vectors[j] = newMatrix(p.places, m.Dimension)
	}
	for c, chunk := range p.chunks {
		out := newMatrix(len(chunk.Poses), m.Dimension)
		if err := m.Embed(out.data, chunk); err != nil {
			return nil, fmt.Errorf("embed with %s: %w", m.Name, err)
		}
		for k := range out.n {
			copy(vectors[k%views].row(p.firsts[c]+k/views), out.row(k))
		}
	}
	recall := make([]float64, len(p.shifts))
	for j := range vectors {
		if err := vectors[j].checkFinite(m.Name); err != nil {
			return nil, err
		}
		if m.Distance == loc2vec.Cosine {
			vectors[j].normalise()
		}
	}
	for j := range recall {
		var hits float64
		for _, hit := range within(ranks(vectors[0], vectors[1+j], nil), 1) {
			hits += hit
		}
		recall[j] = hits / float64(max(p.places, 1))
	}
	return recall, nil
}
