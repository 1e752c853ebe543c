package eval

import (
	"context"
	"errors"
	"fmt"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/raster"
)

// embedded is a gallery embedded by one method.
type embedded struct {
	method Method
	views  []matrix  // [views] of [N][D]
	empty  []float32 // [D] the embedding of an empty raster
}

// embed embeds all views by all methods. Rows of cosine methods are normalised, so that later
// distances are Euclidean throughout. keep, when not nil, receives the descriptors [N][views].
func (s *scanner) embed(ctx context.Context, methods []Method, keep []Descriptor) ([]embedded, error) {
	if len(s.region.Places) == 0 {
		return nil, errors.New("no places to evaluate on")
	}
	out := make([]embedded, len(methods))
	for i, m := range methods {
		out[i] = embedded{method: m, views: make([]matrix, len(s.views))}
		for j := range s.views {
			out[i].views[j] = newMatrix(len(s.region.Places), m.Dimension)
		}
	}
	err := s.scan(ctx, func(first int, v Views) error {
		if keep != nil {
			copy(keep[first*len(s.views):], v.Descriptors)
		}
		for _, e := range out {
			vectors := newMatrix(len(v.Poses), e.method.Dimension)
			if err := e.method.Embed(vectors.data, v); err != nil {
				return fmt.Errorf("embedding with %s: %w", e.method.Name, err)
			}
			for k := range v.Poses {
				copy(e.views[k%len(s.views)].row(first+k/len(s.views)), vectors.row(k))
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	blank := Views{Rasters: make([]uint8, loc2vec.NumLayers*s.region.Pixels*s.region.Pixels), Poses: make([]raster.Pose, 1), Descriptors: make([]Descriptor, 1)}
	for i := range out {
		e := &out[i]
		empty := newMatrix(1, e.method.Dimension)
		if err := e.method.Embed(empty.data, blank); err != nil {
			return nil, fmt.Errorf("embedding an empty raster with %s: %w", e.method.Name, err)
		}
		e.empty = empty.data
		for _, m := range append(e.views, empty) {
			if err := m.checkFinite(e.method.Name); err != nil {
				return nil, err
			}
			if e.method.Metric == loc2vec.Cosine {
				m.normalise()
			}
		}
	}
	return out, nil
}
