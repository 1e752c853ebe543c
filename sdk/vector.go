package sdk

import (
	"fmt"
	"math"

	"github.com/loc2vec/loc2vec"
)

// Vector is a point of an embedding space. It may be stored and compared later.
type Vector struct {
	SpaceID string // identifies the space: the model, its rasters and its schema
	Metric  loc2vec.Metric
	Values  [loc2vec.Dimension]float32
}

// Distance returns how different two places are, 0 for places with the same map: the Euclidean distance of
// their vectors or, in a cosine space, one minus the cosine of their angle. For vectors of different spaces
// the error wraps loc2vec.ErrSpaceMismatch. In a cosine space the distance to a zero vector is 1.
func Distance(a, b Vector) (float64, error) {
	if a.SpaceID != b.SpaceID || a.Metric != b.Metric {
		return 0, fmt.Errorf("comparing vectors: %w: %q (%s) and %q (%s)",
			loc2vec.ErrSpaceMismatch, a.SpaceID, a.Metric, b.SpaceID, b.Metric)
	}
	var squares, dot, aa, bb float64
	for i := range a.Values {
		x, y := float64(a.Values[i]), float64(b.Values[i])
		squares += (x - y) * (x - y)
		dot, aa, bb = dot+x*y, aa+x*x, bb+y*y
	}
	if a.Metric != loc2vec.Cosine {
		return math.Sqrt(squares), nil
	}
	if aa == 0 || bb == 0 {
		return 1, nil
	}
	return 1 - dot/math.Sqrt(aa*bb), nil
}
